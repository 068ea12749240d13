#!/bin/sh
# Hands in one disposition and asks what became of it. Needs curl, WRAPUPS_URL and WRAPUPS_KEY.
#   WRAPUPS_URL=https://wrapups.example.org WRAPUPS_KEY=wu_… sh disposition.sh <conversation id> <disposition>
set -eu

# The key comes to curl by a file, so that no list of processes shows it.
ask() {
  printf 'header = "Authorization: Bearer %s"\n' "$WRAPUPS_KEY" | curl --silent --show-error --fail-with-body --config - "$@"
}

# The same Idempotency-Key on every try: curl may send the request again, and it is still done once.
answer=$(ask "$WRAPUPS_URL/api/v1/dispositions" \
  --retry 5 --retry-connrefused \
  --header 'Content-Type: application/json' \
  --header "Idempotency-Key: $1-$2" \
  --data "{\"conversation_id\": \"$1\", \"disposition\": \"$2\"}")
echo "$answer"

status_url=$(printf '%s' "$answer" | sed 's/.*"status_url": *"\([^"]*\)".*/\1/')
ask "$WRAPUPS_URL$status_url"

"""Programs that post one signed event, to be copied and run: they differ from a real sender in nothing but the values.

The secret is read from the environment, so that it stands in no history of a shell and in no file.
"""

from datetime import UTC, datetime
from json import dumps

HEADER = "Wrapups-Signature"
CONVERSATION = "00000000-0000-4000-8000-000000000000"
"""What the examples speak of unless somebody puts a real conversation in its place."""


def body(event_id: str, *, at: datetime) -> str:
    """Return the body of a disposition, as a CRM would say it."""
    said = {
        "event_id": event_id,
        "kind": "disposition",
        "conversation_id": CONVERSATION,
        "occurred_at": at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "disposition": "REF-OK",
        "notes": "Refund of 20 EUR granted.",
    }
    return dumps(said)


def curl(address: str, *, event_id: str, at: datetime) -> str:
    """Return commands of a shell that sign with openssl and post with curl; SECRET is in the environment."""
    return f"""\
BODY='{body(event_id, at=at)}'
TIME=$(date +%s)
SIGNATURE=$(printf '%s.%s' "$TIME" "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)
curl --silent --show-error --fail-with-body '{address}' \\
  --header 'Content-Type: application/json' \\
  --header "{HEADER}: t=$TIME,v1=$SIGNATURE" \\
  --data-raw "$BODY"
"""


def python(address: str, *, event_id: str, at: datetime) -> str:
    """Return a Python program, standard library only, that signs and posts; SECRET is in the environment."""
    return f"""\
import hashlib
import hmac
import json
import os
import time
import urllib.request

event = json.loads('''{body(event_id, at=at)}''')
raw = json.dumps(event).encode()
now = str(int(time.time()))
signature = hmac.new(os.environ["SECRET"].encode(), now.encode() + b"." + raw, hashlib.sha256).hexdigest()
request = urllib.request.Request(
    "{address}",
    data=raw,
    headers={{"Content-Type": "application/json", "{HEADER}": f"t={{now}},v1={{signature}}"}},
)
with urllib.request.urlopen(request, timeout=10) as answer:
    print(answer.status, answer.read().decode())
"""

"""Hands in the dispositions of a CSV (conversation_id,disposition) in batches, with nothing but Python's own library.

WRAPUPS_URL=https://wrapups.example.org WRAPUPS_KEY=wu_… python client.py < dispositions.csv
"""

import csv
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request

URL, KEY = os.environ["WRAPUPS_URL"], os.environ["WRAPUPS_KEY"]
AT_ONCE = 500
TRIES = 6


def post(path, told):
    """Return the answer. Tries again where that may help, under one Idempotency-Key, so it is done once."""
    body = json.dumps(told).encode()
    headers = {
        "Authorization": f"Bearer {KEY}",
        "Content-Type": "application/json",
        "Idempotency-Key": hashlib.sha256(body).hexdigest(),
    }
    attempt = 0
    while True:
        attempt += 1
        try:
            request = urllib.request.Request(URL + path, body, headers)
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            problem = json.load(refused)
            again = refused.code in (429, 503) or problem["type"].endswith("still-at-work")
            if not again or attempt == TRIES:
                raise SystemExit(json.dumps(problem, indent=2)) from refused
            time.sleep(int(refused.headers.get("Retry-After", "1")))
        except urllib.error.URLError:
            if attempt == TRIES:
                raise
            time.sleep(2**attempt)


def main():
    """Send every line; the event id, made of the line, lets the same file be sent twice without harm."""
    rows = [(row["conversation_id"], row["disposition"]) for row in csv.DictReader(sys.stdin)]
    for start in range(0, len(rows), AT_ONCE):
        items = [
            {"conversation_id": conversation, "disposition": said, "event_id": f"{conversation} {said}"}
            for conversation, said in rows[start : start + AT_ONCE]
        ]
        answer = post("/api/v1/dispositions/batch", {"items": items})
        print(*(f"{name}: {answer[name]}" for name in ("accepted", "repeated", "conflicts")), sep=", ")


main()

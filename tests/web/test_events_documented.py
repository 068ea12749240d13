"""The example of docs/events.md runs, and is answered as it says."""

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest
from django.conf import settings

from tests.factories import EventSourceFactory
from wrapups.models import Disposition, InboundEvent

TEXT = (settings.BASE_DIR / "docs/events.md").read_text()


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    assert found
    return found[1]


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("openssl")), reason="needs curl and openssl")
def test_the_example_runs_and_is_answered_as_it_says(transactional_db: None, live_server: Any):
    source = EventSourceFactory()
    address = {"ADDRESS": f"{live_server.url}/events/{source.key}", "SECRET": "the secret"}

    done = subprocess.run(
        ["sh", "-ec", block("sh")],
        env={**os.environ, **address},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    event = InboundEvent.everywhere.get()
    assert json.loads(done.stdout) == json.loads(block("json")) | {"event": event.pk}
    assert Disposition.everywhere.get().notes == "by phone"


def test_every_answer_of_the_door_is_explained():
    rows = re.findall(r"^\| ([\d, ]+) \|", TEXT, re.MULTILINE)

    explained = {status for row in rows for status in row.split(", ")}
    said = set(re.findall(r"(?:_said\(|status=)(\d{3})", (settings.BASE_DIR / "dashboard/views/events.py").read_text()))
    assert said - {"400"} == explained

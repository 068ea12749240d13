"""The main job, end to end: what `make journey` does, on fewer conversations and at ten times the speed."""

import json
import subprocess
import sys

import pytest
from django.conf import settings

AT_MOST_S = 240


@pytest.mark.lengthy
def test_ended_conversations_get_the_codes_the_rules_ask_for_and_nothing_else():
    command = [sys.executable, "manage.py", "journey", "--conversations", "24", "--speed", "10"]
    environment = {"PATH": "/usr/bin:/bin"}

    done = subprocess.run(
        [*command, "--at-most", str(AT_MOST_S)],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=AT_MOST_S + 60,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    line = json.loads(done.stdout.splitlines()[-1])
    assert (line["wrong"], line["failed"], line["rate_limited"]) == (0, 0, 0)
    assert line["alive"] == ["pump", "worker"]
    assert line["verified"] > 0
    assert line["writes"] == line["verified"]
    assert line["assignments"] == line["verified"] + sum(line["skipped"].values())

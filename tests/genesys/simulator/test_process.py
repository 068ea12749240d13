"""The simulator as a process: it says where it is, begins with what it is given, and stops when told."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import urllib3

from tests.genesys.simulator.factories import CallFactory
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running

COMMAND = (sys.executable, "-m", "wrapups.genesys.simulator")


def test_it_starts_with_conversations_and_files_and_stops(calls: CallFactory, tmp_path: Path) -> None:
    file = tmp_path / "details.json"
    file.write_text(json.dumps({"conversations": [calls.build()], "cursor": "x"}))

    with running(conversations=3, load=[file], arrivals_per_minute=1) as control:
        assert len({row["conversation_id"] for row in control.state()}) == 4

    with pytest.raises(urllib3.exceptions.NewConnectionError):
        urllib3.request("GET", f"{control.url}/_sim/clock", retries=False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_cleanly(number: signal.Signals) -> None:
    with subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        assert SimulatorControl(url).state() == []

        process.send_signal(number)
        _, errors = process.communicate(timeout=10)

    assert errors == ""
    assert process.returncode in (0, -number)


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "No such file"), ("{", "cannot start"), ('{"conversations": [{}]}', "analytics form")],
)
def test_a_file_that_cannot_be_loaded_is_said_before_it_serves(
    content: str | None, message: str, tmp_path: Path
) -> None:
    file = tmp_path / "details.json"
    if content is not None:
        file.write_text(content)

    process = subprocess.run([*COMMAND, "--load", str(file)], capture_output=True, text=True, timeout=30, check=False)

    assert process.returncode == 1
    assert message in process.stderr
    assert process.stdout == ""


def test_a_port_that_is_taken_is_said(simulator: SimulatorControl) -> None:
    port = simulator.url.rpartition(":")[2]

    process = subprocess.run([*COMMAND, "--port", port], capture_output=True, text=True, timeout=30, check=False)

    assert process.returncode == 1
    assert "cannot start" in process.stderr


def test_it_knows_neither_django_nor_the_sdk() -> None:
    script = (
        "import sys, wrapups.genesys.simulator.__main__;"
        "print([name for name in ('django', 'celery', 'PureCloudPlatformClientV2') if name in sys.modules])"
    )

    process = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=True)

    assert process.stdout.strip() == "[]"

"""Processes run together: all of them or none, and none is left behind, whatever happens to whoever watches them."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from dashboard.demo.claiming import AlreadyRunning, Claim

WAIT_S = 30
# A run of two processes: one that works until it is told to stop, and one that does what the test says.
RUN = """
import os, sys
from pathlib import Path
from dashboard.demo import supervising
from dashboard.demo.claiming import Claim
from dashboard.demo.processes import Process

claim = Claim(Path(sys.argv[1]))
steady = Process("steady", (sys.executable, "-c", "import time; time.sleep(600)"))
other = Process("other", (sys.executable, "-c", sys.argv[2]))
with claim.held():
    sys.exit(supervising.supervise([steady, other], environment=os.environ, claim=claim, folder="."))
"""
Run = Callable[..., subprocess.Popen[bytes]]
STEADY = "import time; time.sleep(600)"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Start a run whose second process executes the given Python; whatever is left of it is stopped at the end."""
    started: list[subprocess.Popen[bytes]] = []

    def start(other: str, stdout: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", RUN, str(tmp_path), other]
        started.append(subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=stdout, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    Claim(tmp_path).stop_holder()
    for process in started:
        process.wait(WAIT_S)


def test_a_run_that_is_told_to_stop_stops_its_processes_and_succeeds(run: Run, tmp_path: Path):
    process = run(STEADY)
    children = _ids_of_both(tmp_path)

    process.send_signal(signal.SIGTERM)

    assert process.wait(WAIT_S) == 0
    assert [child for child in children if _is_alive(child)] == []


def test_a_run_that_is_told_to_stop_while_it_starts_leaves_nothing(run: Run, tmp_path: Path):
    process = run(STEADY)
    _wait_for(lambda: Claim(tmp_path).pid_file("steady").exists())

    process.send_signal(signal.SIGTERM)

    assert process.wait(WAIT_S) == 0
    assert not Claim(tmp_path).is_held()


def test_when_one_process_fails_the_others_are_stopped_and_the_run_fails_as_it_did(run: Run, tmp_path: Path):
    process = run("import time, sys; time.sleep(1); sys.exit(3)")
    steady, _ = _ids_of_both(tmp_path)

    assert process.wait(WAIT_S) == 3
    assert not _is_alive(steady)


def test_when_nobody_reads_its_output_any_more_the_run_ends_and_leaves_nothing(run: Run, tmp_path: Path):
    process = run("import time\nwhile True: print('.', flush=True); time.sleep(0.1)", stdout=subprocess.PIPE)
    children = _ids_of_both(tmp_path)

    assert process.stdout is not None
    process.stdout.close()

    assert process.wait(WAIT_S) != 0
    assert [child for child in children if _is_alive(child)] == []


def test_a_second_run_in_the_same_folder_is_refused(run: Run, tmp_path: Path):
    run(STEADY)
    _ids_of_both(tmp_path)

    with pytest.raises(AlreadyRunning, match="make demo-stop"), Claim(tmp_path).held():
        pass


def test_what_a_killed_run_leaves_behind_keeps_its_claim_and_can_be_stopped(run: Run, tmp_path: Path):
    process = run(STEADY)
    children = _ids_of_both(tmp_path)
    process.kill()
    process.wait(WAIT_S)
    claim = Claim(tmp_path)
    held_by_orphans = claim.is_held()

    stopped = claim.stop_holder()

    assert held_by_orphans
    assert stopped
    assert not claim.is_held()
    assert [child for child in children if _is_alive(child)] == []


def test_where_nothing_runs_there_is_nothing_to_stop(tmp_path: Path):
    assert Claim(tmp_path).stop_holder() is False


def _ids_of_both(folder: Path) -> tuple[int, int]:
    """Wait until both processes have noted their ids, and return them."""
    files = [Claim(folder).pid_file(name) for name in ("steady", "other")]
    _wait_for(lambda: all(file.exists() and file.read_text().strip() for file in files))
    steady, other = (int(file.read_text()) for file in files)
    return steady, other


def _wait_for(happened: Callable[[], bool]) -> None:
    patience = time.monotonic() + WAIT_S
    while not happened():
        assert time.monotonic() < patience, "the processes did not start"
        time.sleep(0.005)


def _is_alive(process_id: int) -> bool:
    """Return whether the process runs; one that ended but was not waited for yet does not."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False

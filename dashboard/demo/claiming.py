"""One run at a time in a folder, and finding the run there is, also after a kill.

The claim is a lock on a file. The processes that watch over each command inherit it, so it is held for as long as
anything of the run is alive, even when the run itself was killed.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

STOP_WITHIN_S = 60
# The name under which the run itself notes its id.
SUPERVISOR = "demo"


class AlreadyRunning(Exception):
    """Something of a run in this folder is still alive."""


class Claim:
    """The claim of runs on a folder."""

    def __init__(self, folder: Path) -> None:
        self._lock = folder / "demo.lock"
        self._pids = folder / "pids"

    def pid_file(self, name: str) -> Path:
        """Return the file that a process of the run writes its id into."""
        return self._pids / name

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the claim for the block. Raises `AlreadyRunning` if somebody else does."""
        self._pids.mkdir(exist_ok=True)
        with self._lock.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning("A demo runs here already. `make demo-stop` stops it.") from None
            for left_over in self._pids.iterdir():
                left_over.unlink()
            self.pid_file(SUPERVISOR).write_text(str(os.getpid()))
            yield

    def is_held(self) -> bool:
        """Return whether anything of a run is alive."""
        if not self._lock.exists():
            return False
        with self._lock.open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def stop_holder(self) -> bool:
        """Ask the run to stop and wait until nothing of it is left; return whether there was one.

        A run whose supervisor was killed is stopped process by process. Raises `TimeoutError` if it does not end.
        """
        if not self.is_held():
            return False
        if not _signal(self._recorded(SUPERVISOR)):
            self.end_processes()
        patience = time.monotonic() + STOP_WITHIN_S
        while self.is_held():
            if time.monotonic() > patience:
                raise TimeoutError(f"The demo did not stop in {STOP_WITHIN_S} seconds; see the ids in {self._pids}.")
            time.sleep(0.1)
        return True

    def end_processes(self) -> None:
        """Ask every process that noted its id to end, without its supervisor."""
        for file in self._pids.iterdir():
            if file.name != SUPERVISOR:
                _signal_group(self._recorded(file.name))

    def _recorded(self, name: str) -> int | None:
        try:
            return int(self.pid_file(name).read_text())
        except (FileNotFoundError, ValueError):
            return None


def _signal(process_id: int | None) -> bool:
    """Ask a process to end; return whether there was one."""
    if process_id is None:
        return False
    try:
        os.kill(process_id, signal.SIGTERM)
    except ProcessLookupError:
        return False
    return True


def _signal_group(process_id: int | None) -> None:
    """Ask a command and its children to end. Every command leads a session; a recycled id hardly does."""
    try:
        if process_id is not None and os.getsid(process_id) == process_id:
            os.killpg(process_id, signal.SIGTERM)
    except ProcessLookupError:
        pass

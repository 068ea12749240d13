"""Runs processes together: their output line by line under their names; when one ends, all end."""

import shlex
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import urllib3
from honcho import manager

from dashboard.demo.claiming import Claim
from dashboard.demo.processes import Process

# After a signal a worker finishes the call it is in, which may take the call's whole deadline; honcho alone would
# kill it after five seconds.
manager.KILL_WAIT = 40


class Supervisor(manager.Manager):
    """honcho's manager, which a signal may also meet while its processes are starting.

    As it is, it would then fail on a process whose id it does not know yet, and leave those it does know running.
    """

    _stop_asked = False

    def terminate(self) -> None:
        """Ask every process to end, as soon as every process is known."""
        self._stop_asked = True
        self._all_started()

    def _all_started(self) -> bool:
        started = bool(super()._all_started())
        if started and self._stop_asked:
            super().terminate()
        return started


def supervise(processes: Sequence[Process], *, environment: Mapping[str, str], claim: Claim, folder: str) -> int:
    """Run the processes in `folder` until one ends or we get SIGINT or SIGTERM; return the exit status.

    A stop that was asked for is a success: 0.
    """
    supervisor = Supervisor()
    for process in processes:
        # The shell makes way for the command, so that the id it noted is the command's.
        note = f"echo $$ > {shlex.quote(str(claim.pid_file(process.name)))}"
        line = f"{note}; exec {shlex.join(process.command)}"
        supervisor.add_process(process.name, line, env={**environment, "PROCESS_KIND": process.kind}, cwd=folder)
    try:
        supervisor.loop()
    except Exception:
        # The terminal we print on may be gone, for one. Nothing is a reason to leave processes behind.
        claim.end_processes()
        raise
    asked_to_stop = supervisor.returncode in (130, 143)
    return 0 if asked_to_stop else int(supervisor.returncode or 1)


def when_it_answers(url: str, act: Callable[[], None]) -> None:
    """Do `act` as soon as `url` answers, in a thread that ends with the run."""

    def wait() -> None:
        while not _answers(url):
            time.sleep(0.3)
        act()

    threading.Thread(target=wait, daemon=True).start()


def _answers(url: str) -> bool:
    """Return whether an HTTP server at `url` gives any answer but a failure of its own."""
    try:
        return urllib3.request("GET", url, timeout=5, redirect=False, retries=False).status < 500
    except urllib3.exceptions.HTTPError:
        return False

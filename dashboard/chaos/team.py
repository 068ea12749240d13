"""Workers and pumps under a supervisor that starts again what dies, as an init system would.

They are forked from a server process that has imported everything heavy already. From their settings on they are what
their command lines say; only the five seconds that importing takes are saved, so that on a small machine, too, a worker
is there to be killed again.
"""

import multiprocessing
import os
import runpy
import signal
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from dashboard.demo.processes import Process

LOOKS_EVERY_S = 0.2
RESTARTS_AFTER_S = 0.5
STOPS_WITHIN_S = 60
HEAVY = [
    "celery.apps.worker",
    "celery.bin.celery",
    "celery.concurrency.thread",
    "django.core.management",
    "django.db.backends.postgresql.base",
    "kombu.transport.redis",
    "structlog",
    "wrapups.genesys.sdk",
]
"""What takes long to import and does not look at the settings, which differ from process to process."""


@dataclass
class Member:
    """A process that is to run, and the one that runs now."""

    process: Process
    running: BaseProcess
    frozen: bool = False


@dataclass
class Team:
    """Processes that run until `stop`. What they say goes to the end of the file `log`."""

    processes: Sequence[Process]
    environment: Mapping[str, str]
    log: Path
    members: list[Member] = field(default_factory=list)
    restarts: int = 0

    def __post_init__(self) -> None:
        self._forks = multiprocessing.get_context("forkserver")
        self._forks.set_forkserver_preload(HEAVY)
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, daemon=True)

    def start(self) -> None:
        """Start every process, and begin to watch over them."""
        self.members = [Member(process, self._started(process)) for process in self.processes]
        self._supervisor.start()

    def of(self, kind: str) -> list[Member]:
        """Return the members of one kind, such as "worker"."""
        return [member for member in self.members if member.process.kind == kind]

    def stop(self) -> None:
        """Ask all to end, and wait until they have; whoever takes a minute is killed."""
        self._stopping.set()
        if self._supervisor.is_alive():
            self._supervisor.join()
        for member in self.members:
            thaw(member)
            member.running.terminate()
        for member in self.members:
            member.running.join(STOPS_WITHIN_S)
            kill(member)
            member.running.join()

    def _supervise(self) -> None:
        while not self._stopping.wait(LOOKS_EVERY_S):
            for member in self.members:
                if not member.running.is_alive() and not self._stopping.wait(RESTARTS_AFTER_S):
                    member.running, member.frozen = self._started(member.process), False
                    self.restarts += 1

    def _started(self, process: Process) -> BaseProcess:
        environment = {**self.environment, "PROCESS_KIND": process.kind}
        running = self._forks.Process(target=become, args=(process, environment, self.log), daemon=True)
        running.start()
        return running


def become(process: Process, environment: Mapping[str, str], log: Path) -> None:
    """Be this process from now on: its command line, its environment, its output at the end of `log`."""
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as output:
        os.dup2(output.fileno(), sys.stdout.fileno())
        os.dup2(output.fileno(), sys.stderr.fileno())
    program, *arguments = process.command
    if Path(program) == Path(sys.executable):
        program, *arguments = arguments
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")


def kill(member: Member) -> None:
    """End a process as kill -9 does: it has no time for anything."""
    _signal(member, signal.SIGKILL)


def freeze(member: Member) -> None:
    """Stop a process in the middle of whatever it does, as a machine that pauses would."""
    member.frozen = _signal(member, signal.SIGSTOP)


def thaw(member: Member) -> None:
    """Let a frozen process go on where it was."""
    if member.frozen:
        _signal(member, signal.SIGCONT)
    member.frozen = False


def _signal(member: Member, number: int) -> bool:
    """Send a signal to a process unless it has ended; return whether it was sent."""
    process_id = member.running.pid
    if process_id is None or not member.running.is_alive():
        return False
    os.kill(process_id, number)
    return True

"""Workers and pumps under a supervisor that starts again what dies, as an init system would."""

import os
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dashboard.demo.processes import Process

LOOKS_EVERY_S = 0.2
RESTARTS_AFTER_S = 0.5
STOPS_WITHIN_S = 60


@dataclass
class Member:
    """A process that is to run, and the one that runs now."""

    process: Process
    running: "subprocess.Popen[bytes]"
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
            try:
                member.running.wait(STOPS_WITHIN_S)
            except subprocess.TimeoutExpired:
                kill(member)
                member.running.wait()

    def _supervise(self) -> None:
        while not self._stopping.wait(LOOKS_EVERY_S):
            for member in self.members:
                if member.running.poll() is not None and not self._stopping.wait(RESTARTS_AFTER_S):
                    member.running, member.frozen = self._started(member.process), False
                    self.restarts += 1

    def _started(self, process: Process) -> "subprocess.Popen[bytes]":
        environment = {**self.environment, "PROCESS_KIND": process.kind}
        with self.log.open("ab") as log:
            return subprocess.Popen(
                process.command, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )


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
    """Send a signal to a process that was not waited for yet, so that its id is surely its own."""
    if member.running.poll() is not None:
        return False
    os.kill(member.running.pid, number)
    return True

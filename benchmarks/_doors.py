"""Web servers as production runs them, with two workers, and a crowd that posts to them. Needs Django to be set up."""

import http.client
import queue
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from dashboard.demo import processes

WORKERS = 2
STARTS_IN_S = 60.0
ANSWERS_IN_S = 30.0
ACCEPTED = 202


@dataclass(frozen=True, slots=True)
class Post:
    """One request: its address's path, its body and its headers."""

    path: str
    body: bytes
    headers: Mapping[str, str]


@dataclass
class Served:
    """What came of the posts so far, and what they took of the machine."""

    seconds: float = 0.0
    latencies_s: list[float] = field(default_factory=list)
    web_cpu_s: float = 0.0
    database_cpu_s: float = 0.0

    @property
    def per_second(self) -> float:
        """Posts answered, and so committed, a second."""
        return len(self.latencies_s) / self.seconds

    def latency_ms(self, share: float) -> float:
        """Return the time within which this share of the posts was answered."""
        return sorted(self.latencies_s)[int(share * (len(self.latencies_s) - 1))] * 1000

    @property
    def web_cpu_ms(self) -> float:
        """CPU time of the web server per post."""
        return self.web_cpu_s / len(self.latencies_s) * 1000

    @property
    def database_cpu_ms(self) -> float:
        """CPU time of PostgreSQL per post."""
        return self.database_cpu_s / len(self.latencies_s) * 1000


class Door:
    """A web server that runs, and the crowd before it."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int, postgres: Path) -> None:
        self._web = psutil.Process(process.pid)
        self._database = psutil.Process(int((postgres / "postmaster.pid").read_text().split()[0]))
        self._port = port

    def post(self, posts: Sequence[Post], *, people: int, into: Served) -> None:
        """Let so many people post these, each the next one as soon as the last is answered.

        Raises RuntimeError for an answer that is not 202.
        """
        waiting: queue.SimpleQueue[Post] = queue.SimpleQueue()
        for post in posts:
            waiting.put(post)
        refused: list[int] = []
        crowd = [threading.Thread(target=self._person, args=(waiting, into, refused)) for _ in range(people)]
        before, begun = self._cpu_s(), time.perf_counter()
        for person in crowd:
            person.start()
        for person in crowd:
            person.join()
        into.seconds += time.perf_counter() - begun
        after = self._cpu_s()
        into.web_cpu_s += after[0] - before[0]
        into.database_cpu_s += after[1] - before[1]
        if refused:
            raise RuntimeError(f"{len(refused)} posts were not accepted; the first was answered {refused[0]}.")

    def _person(self, waiting: "queue.SimpleQueue[Post]", into: Served, refused: list[int]) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=ANSWERS_IN_S)
        while True:
            try:
                post = waiting.get_nowait()
            except queue.Empty:
                return line.close()
            begun = time.perf_counter()
            line.request("POST", post.path, post.body, dict(post.headers))
            answer = line.getresponse()
            answer.read()
            into.latencies_s.append(time.perf_counter() - begun)
            if answer.status != ACCEPTED:
                refused.append(answer.status)

    def _cpu_s(self) -> tuple[float, float]:
        return _family_cpu_s(self._web), _family_cpu_s(self._database)


@contextmanager
def open_door(application: str, environment: Mapping[str, str], *, postgres: Path) -> Iterator[Door]:
    """Serve a WSGI application with two workers until the block ends."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    web = processes.web(host="127.0.0.1", port=port)
    command = [*web.command[:-1], application]
    command[command.index("--workers") + 1] = str(WORKERS)
    own = {"PROCESS_KIND": web.kind, "DEBUG": "false", "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    process = subprocess.Popen(command, env={**environment, **own}, stdout=2)
    try:
        _wait_for(port)
        yield Door(process, port, postgres)
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_for(port: int) -> None:
    until = time.monotonic() + STARTS_IN_S
    while time.monotonic() < until:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=ANSWERS_IN_S)
            line.request("GET", "/healthz")
            line.getresponse()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError("The web server did not start.")


def _family_cpu_s(process: psutil.Process) -> float:
    """Return what a process and its children have taken, those that have ended included."""
    own = process.cpu_times()
    ended = own.children_user + own.children_system
    return ended + sum(sum(one.cpu_times()[:2]) for one in [process, *process.children(recursive=True)])

"""The product as it is deployed, at ten times the speed that Genesys Cloud allows, and what it takes of the machine.

Needs Django to be set up.
"""

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import psutil
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from benchmarks._call_runs import Meter
from dashboard.chaos.work import Work
from dashboard.demo import processes
from dashboard.journey import has_looked, has_pending
from dashboard.standalone import Patience, own_services, working
from wrapups.domain.status import Status
from wrapups.genesys.simulator.process import running
from wrapups.management.showcase import seeding
from wrapups.models import Assignment, Organization, Person

ALLOWED_PER_MINUTE, OURS_PER_MINUTE = 3000, 2850
ENDED_WITHIN_S = 300
SETTLE_S = 3
DISCOVER_EVERY_S = 6
WATCH_EVERY_S = 5.0
POLL_S = 0.5


@dataclass
class Use:
    """What a process and its children have taken of the machine so far."""

    cpu_s: float = 0.0
    peak_mib: float = 0.0

    def look(self, process: psutil.Process) -> None:
        """Take in how things are now."""
        with suppress(psutil.NoSuchProcess):
            family = [process, *process.children(recursive=True)]
            self.cpu_s = sum(sum(one.cpu_times()[:2]) for one in family)
            self.peak_mib = max(self.peak_mib, sum(one.memory_info().rss for one in family) / 2**20)


@dataclass(frozen=True, slots=True)
class Run:
    """What came of the conversations, and what it took."""

    verified: int
    unverified: int
    """Neither verified nor skipped."""
    calls: int
    rate_limited: int
    share: float
    """Of the calls allowed between the first write and the last, how many were made."""
    uses: Mapping[str, Use]


def run(conversations: int, *, seed: int, at_most_s: float) -> Run:
    """Let worker and pump work off so many conversations, each of which a code is due on, while a person watches."""
    with ExitStack() as stack:
        environment = stack.enter_context(own_services())
        simulator = stack.enter_context(running(seed=seed))
        simulator.switch(rate_limit_calls=ALLOWED_PER_MINUTE)
        pace = {"grace_s": 0, "settle_s": SETTLE_S, "calls_per_minute": OURS_PER_MINUTE}
        organization = seeding.seed(simulator, password=os.urandom(12).hex(), **pace)
        Work(simulator, seed=seed).feed(conversations, ended_within_s=ENDED_WITHIN_S)
        web = stack.enter_context(_watched({**environment, "DEBUG": "true"}))
        team = stack.enter_context(working({**environment, "DISCOVER_EVERY_S": str(DISCOVER_EVERY_S)}))
        named = dict(zip(("worker", "pump", "web"), [*team, web], strict=True))
        observed = {name: (psutil.Process(process.pid), Use()) for name, process in named.items()}
        meter = Meter(simulator)
        patience = Patience([*team, web], time.monotonic() + at_most_s, pause_s=POLL_S)
        while not has_looked(organization) or has_pending(organization):
            meter.read()
            for process, use in observed.values():
                use.look(process)
            patience.wait("assignments are still on their way")
        meter.read()
        return _seen(organization, meter, {name: use for name, (_, use) in observed.items()})


def _seen(organization: Organization, meter: Meter, uses: Mapping[str, Use]) -> Run:
    seconds, calls_meanwhile = meter.between_writes()
    rows = Assignment.everywhere.of(organization)
    verified = rows.filter(status=Status.VERIFIED).count()
    calls = meter.simulator.calls()
    return Run(
        verified=verified,
        unverified=rows.exclude(status__in=[Status.VERIFIED, Status.SKIPPED]).count(),
        calls=calls["calls"],
        rate_limited=calls["rate_limited"],
        share=calls_meanwhile / (seconds / 60 * ALLOWED_PER_MINUTE),
        uses=uses,
    )


@contextmanager
def _watched(environment: Mapping[str, str]) -> "Iterator[subprocess.Popen[bytes]]":
    """Run the web server, with a supervisor who looks at the overview every few seconds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    web = processes.web(host="127.0.0.1", port=port)
    process = subprocess.Popen(web.command, env={**environment, "PROCESS_KIND": web.kind}, stdout=2)
    stop = threading.Event()
    watcher = threading.Thread(target=_watch, args=(f"http://127.0.0.1:{port}/", _session(), stop), daemon=True)
    try:
        watcher.start()
        yield process
    finally:
        stop.set()
        watcher.join()
        process.terminate()
        process.wait(timeout=60)


def _session() -> str:
    """Return the key of a session of the showcase's supervisor."""
    person = Person.objects.get(username="sam")
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _watch(url: str, session: str, stop: threading.Event) -> None:
    """Ask for the page again and again; a server that is not there yet is waited for, any other trouble is told."""
    request = urllib.request.Request(url, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session}"})
    while not stop.wait(WATCH_EVERY_S):
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                if answer.url != url:
                    raise RuntimeError(f"The supervisor was sent to {answer.url}.")
        except OSError as error:
            sys.stderr.write(f"The overview was not there: {error}\n")

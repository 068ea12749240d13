"""Two clients at the same work, each on a simulator of its own: what came over the wire, and what became of it.

Needs Django to be set up.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

from django.conf import settings

from dashboard.journey import finish_after_call_work, has_looked, has_pending
from dashboard.standalone import Patience, own_services, working
from wrapups.domain.status import Status
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running
from wrapups.management.showcase import crm, oracle, seeding
from wrapups.models import Assignment, Organization

ALLOWED_A_MINUTE = 300
POLL_S = 0.2
START_S = 60.0


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do, and how many times faster than in life its minutes pass."""

    conversations: int
    seed: int
    speed: float
    latency_ms: float
    """What each call waits at Genesys, in real milliseconds whatever the speed."""

    @contextmanager
    def simulator(self) -> Iterator[SimulatorControl]:
        """Run a simulator with this work on it, whose agents have finished theirs."""
        with running(seed=self.seed, conversations=self.conversations) as simulator:
            limit = {"rate_limit_calls": ALLOWED_A_MINUTE, "rate_limit_window_s": 60 / self.speed}
            simulator.switch(latency_ms=self.latency_ms, **limit)
            finish_after_call_work(simulator)
            yield simulator


@dataclass(frozen=True, slots=True)
class Run:
    """What the simulator saw of one client."""

    right: int
    """Communications it wrote to that carry what the rules ask for."""
    wrong: int
    """Communications it wrote to that carry something else, or should have been left alone."""
    verified: int | None
    """Wrap-ups the client itself has read back; None where it does not say."""
    calls: int
    rate_limited: int
    max_calls_in_60s: int
    minutes: float
    """How long there was work, in minutes of the simulator's rate limit."""
    calls_meanwhile: int

    @property
    def wrapups_a_minute(self) -> float:
        return self.right / self.minutes

    @property
    def calls_per_wrapup(self) -> float:
        return self.calls / self.right

    @property
    def share_of_allowed(self) -> float:
        return self.calls_meanwhile / (self.minutes * ALLOWED_A_MINUTE)


@dataclass
class Meter:
    """Reads calls and writes off a simulator, again and again, so that the time with work can be told afterwards."""

    simulator: SimulatorControl
    readings: list[tuple[float, int, int]] = field(default_factory=list)
    """When (seconds), calls by then, writes by then."""

    def read(self) -> None:
        """Take one reading."""
        calls, writes = self.simulator.calls()["calls"], len(self.simulator.ledger())
        self.readings.append((time.monotonic(), calls, writes))

    def between_writes(self) -> tuple[float, int]:
        """Return the seconds from the reading before the first write to that after the last, and the calls in them."""
        first, last = self.readings[0][2], self.readings[-1][2]
        start = next(
            before for before, after in zip(self.readings, self.readings[1:], strict=False) if after[2] > first
        )
        end = next(reading for reading in self.readings if reading[2] == last)
        return end[0] - start[0], end[1] - start[1]


def ours(work: Work, *, at_most_s: float) -> Run:
    """Let the product, as it is deployed, work until nothing is pending: PostgreSQL, Valkey, one worker, one pump.

    Its settings are the defaults, at the speed of the work, but for the grace time, of which there is none.
    """
    every_s = max(1, round(settings.DISCOVER_EVERY_S / work.speed))
    with ExitStack() as stack:
        environment = stack.enter_context(own_services())
        simulator = stack.enter_context(work.simulator())
        organization = seeding.seed(simulator, password=os.urandom(12).hex(), grace_s=0, **_pace(work.speed))
        crm.tell(organization, simulator, told=set())
        meter = Meter(simulator)
        team = stack.enter_context(working({**environment, "DISCOVER_EVERY_S": str(every_s)}))
        patience = Patience(team, time.monotonic() + at_most_s, pause_s=POLL_S)
        while not has_looked(organization) or has_pending(organization):
            meter.read()
            patience.wait("assignments are still on their way")
        meter.read()
        return _ours_seen(meter, organization, work.speed)


def _pace(speed: float) -> dict[str, int]:
    usual = Organization()
    return {
        "calls_per_minute": round(usual.calls_per_minute * speed),
        "settle_s": max(1, round(usual.settle_s / speed)),
    }


def _ours_seen(meter: Meter, organization: Organization, speed: float) -> Run:
    seconds, calls = meter.between_writes()
    verified = Assignment.everywhere.filter(organization=organization, status=Status.VERIFIED).count()
    return _seen(meter.simulator, minutes=seconds / 60 * speed, calls_meanwhile=calls, verified=verified)


def sdk_script(work: Work, *, minutes: float) -> Run:
    """Let the script work for so many minutes from its first call on.

    Whole minutes, since Genesys' windows begin with a token's first call: a broken one would flatter the script.
    """
    with work.simulator() as simulator, _scripting(simulator) as script:
        started = time.monotonic()
        while not simulator.calls()["tokens"]:
            if script.poll() is not None or time.monotonic() > started + START_S:
                raise RuntimeError("The SDK script made no call; what it said stands above.")
            time.sleep(0.05)
        try:
            ended = script.wait(minutes * 60 / work.speed)
            raise RuntimeError(f"The SDK script ended, with {ended}, before its time; give it more conversations.")
        except subprocess.TimeoutExpired:
            script.kill()
        calls = simulator.calls()["calls"]
        return _seen(simulator, minutes=minutes, calls_meanwhile=calls, verified=None)


@contextmanager
def _scripting(simulator: SimulatorControl) -> "Iterator[subprocess.Popen[bytes]]":
    """Run the script as a process of its own, away from a home directory that could configure the SDK."""
    client = simulator.client()
    with tempfile.TemporaryDirectory() as home:
        environment = {
            **os.environ,
            "HOME": home,
            "CLIENT_ID": client["client_id"],
            "CLIENT_SECRET": client["client_secret"],
        }
        command = [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "benchmarks._sdk_script", simulator.url]
        script = subprocess.Popen(command, env=environment, stdout=2)
        try:
            yield script
        finally:
            script.kill()
            script.wait()


def _seen(simulator: SimulatorControl, *, minutes: float, calls_meanwhile: int, verified: int | None) -> Run:
    applied = [entry for entry in simulator.ledger() if entry["outcome"] == "applied"]
    written = {oracle.key_of(entry) for entry in applied if entry["by"] != "agent"}
    wrong = len(written & {oracle.key_of(row) for row in oracle.wrong_communications(simulator)})
    calls = simulator.calls()
    return Run(
        right=len(written) - wrong,
        wrong=wrong,
        verified=verified,
        calls=calls["calls"],
        rate_limited=calls["rate_limited"],
        max_calls_in_60s=calls["max_calls_in_60s"],
        minutes=minutes,
        calls_meanwhile=calls_meanwhile,
    )

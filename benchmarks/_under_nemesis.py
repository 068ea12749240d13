"""Contenders at the same work under the same seed and nemesis, each on services and a simulator of its own.

What became of the work is read off the simulator alone, and the same way for each. Needs Django to be set up.
"""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import redis

from benchmarks import _task_per_row as task_per_row
from dashboard.chaos.blows import Blows, persistently
from dashboard.chaos.evidence import Write, ledger_of
from dashboard.chaos.nemesis import Kind, schedule
from dashboard.chaos.running import (
    CALLS_PER_ROW,
    DEADLINE_S,
    ENVIRONMENT,
    FEEDS_EVERY_S,
    FROZEN_S,
    LATENCY_MS,
    PUMPS,
    RUNS_AT,
    SETTLE_S,
    THREADS,
    WORKERS,
    unfold,
)
from dashboard.chaos.team import Team
from dashboard.chaos.troubles import trouble_the_wire
from dashboard.chaos.work import WANTED, Work
from dashboard.demo import processes
from dashboard.demo.processes import Process
from dashboard.embedded.places import places_in
from dashboard.standalone import own_services
from wrapups.domain.status import LIVE
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running
from wrapups.management.showcase import seeding
from wrapups.models import Assignment, Membership, Organization
from wrapups.services.auditing import Actor

OF_ALLOWED = 0.95
"""The part of what Genesys allows that each contender is set to use."""
POLL_S = 0.5
UP_WITHIN_S = 180.0
BY_PERSONS = frozenset({Kind.REFUSE, Kind.RETRY, Kind.INSIST})
"""No contender is struck by what persons have to mend, and none is mended by persons."""
BROKER_BLOWS = frozenset({Kind.FLUSH_BROKER, Kind.KILL_BROKER})


@dataclass(frozen=True, slots=True)
class Trial:
    """What each contender has to go through: so many rows, all there at first or trickling in, and so long a nemesis.

    `patience_s` is how long after the last blow a contender may take to come to an end.
    """

    seed: int
    rows: int
    duration_s: float
    deep: bool
    patience_s: float

    @property
    def calls_per_minute(self) -> int:
        """What each may call: enough for all rows within the duration, were nothing to go wrong."""
        return max(300, round(self.rows * CALLS_PER_ROW / (self.duration_s * RUNS_AT) * 60))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the simulator saw of one contender."""

    lost: int
    """Communications that carry no person's code in the end: nobody's, though ours was due."""
    duplicates: int
    """Writes that took effect after another one had, on the same communication."""
    overwritten: int
    """Agents' codes that were replaced by ours, however shortly they had been there."""
    rate_limited: int
    """Calls answered 429, be it in one of the nemesis' storms or for being too many."""
    calls: int
    seconds: float | None
    """From the team's first write until there was nothing left to do; None where that never came."""


class Contender(ABC):
    """A way of delivering, as processes and a door through which it hears of work."""

    spared: frozenset[Kind] = BY_PERSONS
    """Blows that do not fall on it, since it has nothing to be hit there."""

    @abstractmethod
    def team(self, trial: Trial, environment: Mapping[str, str], simulator: SimulatorControl) -> Team:
        """Return its processes, not yet started."""

    @abstractmethod
    def tell(self, blows: Blows, conversation_ids: Sequence[str]) -> None:
        """Let it know of conversations that have ended, where it does not find them by itself."""

    @abstractmethod
    def is_through(self, blows: Blows) -> bool:
        """Return whether there is nothing left for it to do, now or later."""

    def run(self, trial: Trial) -> Outcome:
        """Go through the trial."""
        with own_services(durable=True) as environment, running(seed=trial.seed) as simulator:
            simulator.switch(rate_limit_calls=round(trial.calls_per_minute / OF_ALLOWED), latency_ms=LATENCY_MS)
            organization = _organization(trial, simulator)
            blows = Blows(
                team=self.team(trial, environment, simulator),
                places=places_in(Path(environment["VAR_DIR"])),
                simulator=simulator,
                organization=organization,
                actor=Actor(Membership.objects.filter(organization=organization).earliest("pk").person, "bench"),
                work=Work(simulator, seed=trial.seed),
                frozen_s=FROZEN_S,
            )
            try:
                seconds = self._through(trial, blows)
            finally:
                blows.relent()
                blows.team.stop()
            return _outcome(blows, seconds)

    def _through(self, trial: Trial, blows: Blows) -> float | None:
        """Start, wait for the first write, let the blows fall, and wait for the end; return how long all that took."""
        at_first = trial.rows if trial.deep else 1
        self._feed(blows, at_first, ended_within_s=300)
        blows.team.start()
        try:
            _wait_until(lambda: bool(blows.simulator.ledger()), within_s=UP_WITHIN_S)
        except TimeoutError as error:
            said = blows.team.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"No write came from {type(self).__name__}; its processes said: {said}") from error
        started = time.monotonic()
        trouble_the_wire(blows.simulator, seed=trial.seed, deadline_s=DEADLINE_S)
        fate = schedule(seed=trial.seed, duration_s=trial.duration_s)
        fall = [(blow.at_s, partial(blows.strike, blow)) for blow in fate if blow.kind not in self.spared]
        unfold([*fall, *self._feeding(trial, blows, trial.rows - at_first)])
        blows.relent()
        with suppress(TimeoutError):
            _wait_until(lambda: self.is_through(blows), within_s=trial.patience_s)
            return time.monotonic() - started
        return None

    def _feed(self, blows: Blows, count: int, *, ended_within_s: float) -> None:
        self.tell(blows, blows.work.feed(count, ended_within_s=ended_within_s))

    def _feeding(self, trial: Trial, blows: Blows, rows: int) -> Iterator[tuple[float, partial[None]]]:
        """Yield the events that feed so many rows, evenly over the duration."""
        ticks = int(trial.duration_s / FEEDS_EVERY_S)
        for tick in range(ticks if rows else 0):
            share = (tick + 1) * rows // ticks - tick * rows // ticks
            yield tick * FEEDS_EVERY_S, partial(self._feed, blows, share, ended_within_s=1)


class Ours(Contender):
    """The product, as the chaos run has it: two workers, two pumps, short leases and the usual policies."""

    def team(self, trial: Trial, environment: Mapping[str, str], simulator: SimulatorControl) -> Team:
        pump = processes.pump()
        # Its check wants LEASE_S to leave half a minute to finish: here seconds have to do.
        hasty = replace(pump, command=(*pump.command, "--skip-checks"))
        crew = [*[processes.worker()] * WORKERS, *[hasty] * PUMPS]
        return Team(crew, {**environment, **ENVIRONMENT}, Path(environment["VAR_DIR"]) / "team.log")

    def tell(self, blows: Blows, conversation_ids: Sequence[str]) -> None:
        """It discovers by itself."""

    def is_through(self, blows: Blows) -> bool:
        """Return whether each leg has an assignment and none is on its way."""

        def count() -> tuple[int, int]:
            rows = Assignment.everywhere.of(blows.organization)
            return rows.count(), rows.filter(status__in=LIVE).count()

        return persistently(count) == (len(blows.work.legs), 0)


@dataclass
class TaskPerRow(Contender):
    """One Celery task a row: two workers, told of each ended conversation at once and without fail.

    Nothing it does not have is hit: no pump, no database, no pause. `looks`: reads before it writes, and after.
    """

    looks: bool
    broker_spared: bool

    def __post_init__(self) -> None:
        nothing = frozenset({Kind.KILL_PUMP, Kind.CRASH_DATABASE, Kind.PAUSE})
        self.spared = BY_PERSONS | nothing | (BROKER_BLOWS if self.broker_spared else frozenset())

    def team(self, trial: Trial, environment: Mapping[str, str], simulator: SimulatorControl) -> Team:
        client = simulator.client()
        calls_per_task = 3 if self.looks else 1
        own = {
            "HOME": environment["VAR_DIR"],  # away from a home directory that could configure the SDK
            "GENESYS_URL": simulator.url,
            "CLIENT_ID": client["client_id"],
            "CLIENT_SECRET": client["client_secret"],
            "LOOKS": str(int(self.looks)),
            "TASKS_PER_MINUTE": str(trial.calls_per_minute // WORKERS // calls_per_task),
        }
        arguments = ("worker", "--loglevel", "WARNING", f"--concurrency={THREADS}", "--pool=prefork")
        ours = processes.worker().command
        command = (ours[0], "--quiet", "--app", "benchmarks._task_per_row", *arguments)
        crew = [Process("peer", command, kind="worker")] * WORKERS
        return Team(crew, {**environment, **own}, Path(environment["VAR_DIR"]) / "team.log")

    def tell(self, blows: Blows, conversation_ids: Sequence[str]) -> None:
        """Send a task for each, again and again until the broker takes it."""
        told, code_id = frozenset(conversation_ids), blows.simulator.code_id(WANTED)
        legs = [row for row in blows.simulator.state() if row["conversation_id"] in told and row["purpose"] == "agent"]
        with task_per_row.app.connection_for_write(blows.places.redis_url) as connection:
            for leg in legs:
                ids = (leg["conversation_id"], leg["participant_id"], leg["communication_id"])
                task_per_row.app.send_task(
                    task_per_row.wrap_up.name,
                    (leg["media_type"], ids, code_id),
                    connection=connection,
                    retry=True,
                    retry_policy={"max_retries": None, "interval_start": 0.2, "interval_max": 1},
                )

    def is_through(self, blows: Blows) -> bool:
        """Return whether no message is queued, held by a worker, or to come back from one."""
        broker = redis.Redis(unix_socket_path=str(blows.places.valkey_socket), socket_timeout=5)
        with broker:
            return not sum(broker.llen("peer:celery") + broker.hlen("peer:unacked") for _ in _moments(3))


def _moments(count: int) -> Iterator[None]:
    """Yield some times: a message on its way from the queue to a worker is nowhere for a moment."""
    for _ in range(count):
        yield
        time.sleep(POLL_S)


def _organization(trial: Trial, simulator: SimulatorControl) -> Organization:
    pace = {"calls_per_minute": trial.calls_per_minute, "grace_s": 0, "settle_s": SETTLE_S}
    return seeding.seed(simulator, password=os.urandom(12).hex(), **pace)


def _outcome(blows: Blows, seconds: float | None) -> Outcome:
    simulator = blows.simulator
    of: dict[str, list[Write]] = {communication_id: [] for _, communication_id in blows.work.legs}
    for write in ledger_of(simulator):
        of[write.communication_id].append(write)
    codes = {row["communication_id"]: row["code"] for row in simulator.state()}
    wanted, calls = simulator.code_id(WANTED), simulator.calls()
    return Outcome(
        lost=sum(codes[leg] != wanted and all(write.ours for write in writes) for leg, writes in of.items()),
        duplicates=sum(max(0, sum(write.ours for write in writes) - 1) for writes in of.values()),
        overwritten=sum(_overwritten(writes) for writes in of.values()),
        rate_limited=calls["rate_limited"],
        calls=calls["calls"],
        seconds=seconds,
    )


def _overwritten(writes: Sequence[Write]) -> int:
    """Return how many of an agent's codes were directly followed by another one of ours."""
    return sum(not theirs.ours and ours.ours and ours.after != theirs.after for theirs, ours in pairwise(writes))


def _wait_until(holds: Callable[[], bool], *, within_s: float) -> None:
    patience = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > patience:
            raise TimeoutError("It has not come to pass in time.")
        time.sleep(POLL_S)

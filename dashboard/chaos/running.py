"""One run from start to verdict: real services, workers and pumps under a nemesis, and then quiet."""

import heapq
import itertools
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

from django.conf import settings

from dashboard.chaos import figures
from dashboard.chaos.blows import RETRY_AFTER_S, Blows, Undo, persistently
from dashboard.chaos.evidence import Evidence, ledger_of, stories_of, throttlings
from dashboard.chaos.nemesis import FIRST_WITHIN, schedule
from dashboard.chaos.team import Team
from dashboard.chaos.troubles import all_met, once_each, trouble_the_wire
from dashboard.chaos.work import Work
from dashboard.demo import processes
from dashboard.demo.processes import Process
from dashboard.embedded.places import places_in
from dashboard.standalone import own_services
from wrapups.domain.status import LIVE
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running
from wrapups.management.showcase import seeding
from wrapups.models import Assignment, AuditEntry, CallBudget, Membership, Organization
from wrapups.services.auditing import Actor

Event = tuple[float, Callable[[], Undo | None]]
"""When, in seconds after the start, and what."""

DEADLINE_S, LEASE_S, DUTY_LEASE_S, SETTLE_S = 2, 12, 15, 6
FROZEN_S = LEASE_S + 3.0
THREADS, WORKERS, PUMPS = 4, 2, 2
CALLS_PER_ROW = 1.35
"""What the budget allows a row: its write, a read or two for the fifth that goes wrong, its share of bulk reads."""
RUNS_AT = 0.8
"""The part of the duration in which the call budget alone would let all rows through."""
FEEDS_EVERY_S = 0.5
UP_WITHIN_S = 180.0
LATENCY_MS = 100
"""What each call takes at least, so that a blow meets calls under way."""
LAST_WITHIN_S = 30
"""How long a trouble that has met no call yet is left in force once the blows have ceased."""
QUIET_S = 130.0
"""What the design promises: this long after the last blow, and the queue's own time, nothing is left undone."""

ENVIRONMENT = {
    "LEASE_S": str(LEASE_S),
    "DUTY_LEASE_S": str(DUTY_LEASE_S),
    "GENESYS_DEADLINE_S": str(DEADLINE_S),
    "GENESYS_CONNECT_TIMEOUT_S": "1",
    "DISCOVER_EVERY_S": "2",
    "WORKER_THREADS": str(THREADS),
}


@dataclass(frozen=True)
class Chaos:
    """What to do to how much work. With `deep` all of it lies there at first, else it trickles in."""

    seed: int
    rows: int
    duration_s: float
    deep: bool

    def run(self) -> dict[str, Any]:
        """Return the line of the run.

        Raises TimeoutError where the product does not even start. What its processes said is kept as VAR_DIR/chaos.log.
        """
        with own_services(durable=True) as environment, running(seed=self.seed) as simulator:
            simulator.switch(rate_limit_calls=self._allowed_per_minute, latency_ms=LATENCY_MS)
            organization = self._organization(simulator)
            blows = self._blows(environment, simulator, organization)
            try:
                self._through_it(blows)
            finally:
                blows.relent()
                blows.team.stop()
                _keep(blows.team.log)
            return self._verdict(blows)

    @property
    def _calls_per_minute(self) -> int:
        return max(300, round(self.rows * CALLS_PER_ROW / (self.duration_s * RUNS_AT) * 60))

    @property
    def _allowed_per_minute(self) -> int:
        """As in production we use 95 % of what Genesys allows."""
        return round(self._calls_per_minute / 0.95)

    def _organization(self, simulator: SimulatorControl) -> Organization:
        pace = {"calls_per_minute": self._calls_per_minute, "grace_s": 0, "settle_s": SETTLE_S}
        return seeding.seed(simulator, password=token_urlsafe(12), **pace)

    def _blows(self, environment: Mapping[str, str], simulator: SimulatorControl, organization: Organization) -> Blows:
        folder = Path(environment["VAR_DIR"])
        crew = [*[processes.worker()] * WORKERS, *[_pump()] * PUMPS]
        member = Membership.objects.filter(organization=organization).earliest("pk")
        return Blows(
            team=Team(crew, {**environment, **ENVIRONMENT}, folder / "team.log"),
            places=places_in(folder),
            simulator=simulator,
            organization=organization,
            actor=Actor(member.person, "chaos"),
            work=Work(simulator, seed=self.seed),
            frozen_s=FROZEN_S,
        )

    def _through_it(self, blows: Blows) -> None:
        """Start the team, wait for its first write, let the blows fall, then leave it in peace until it is through."""
        at_first = self.rows if self.deep else 1
        blows.work.feed(at_first, ended_within_s=300)
        blows.team.start()
        _wait_until(lambda: bool(blows.simulator.ledger()), within_s=UP_WITHIN_S)
        trouble_the_wire(blows.simulator, seed=self.seed, deadline_s=DEADLINE_S)
        fate = schedule(seed=self.seed, duration_s=self.duration_s)
        fall = [(blow.at_s, partial(blows.strike, blow)) for blow in fate]
        certain = once_each(blows.simulator, deadline_s=DEADLINE_S, within_s=self.duration_s * FIRST_WITHIN)
        unfold([*fall, *certain, *self._feeding(blows.work, self.rows - at_first)])
        with suppress(TimeoutError):  # what was armed last may still wait for its call, on a slow machine
            _wait_until(lambda: _all_has_struck(blows), within_s=LAST_WITHIN_S)
        blows.relent()
        _say(f"Still on its way when the blows ceased: {_on_its_way(blows)}.")
        began = time.monotonic()
        queue_s = 60 * self.rows * CALLS_PER_ROW / self._calls_per_minute
        with suppress(TimeoutError):  # what is not through by then is counted as stuck
            _wait_until(lambda: _on_its_way(blows) == 0, within_s=QUIET_S + queue_s)
        _say(f"Quiet for {time.monotonic() - began:.0f} s.")

    def _feeding(self, work: Work, rows: int) -> Iterator[Event]:
        """Yield the events that feed the rest of the rows, evenly over the duration."""
        ticks = int(self.duration_s / FEEDS_EVERY_S)
        for tick in range(ticks if rows else 0):
            share = (tick + 1) * rows // ticks - tick * rows // ticks
            yield tick * FEEDS_EVERY_S, partial(_feed, work, share)

    def _verdict(self, blows: Blows) -> dict[str, Any]:
        simulator, stories = blows.simulator, stories_of(blows.organization)
        evidence = Evidence(
            stories=stories,
            ledger=ledger_of(simulator),
            fed=frozenset(communication_id for _, communication_id in blows.work.legs),
            codes={row["communication_id"]: row["code"] for row in simulator.state()},
            settle_s=SETTLE_S,
            allowed_in_60s=self._allowed_per_minute,
            most_in_60s=simulator.calls()["max_calls_in_60s"],
            calls_at=tuple(sorted(itertools.chain(*simulator.call_times()))),
            pauses=(*blows.pauses, *throttlings(stories, asked_s=RETRY_AFTER_S)),
            concurrency=THREADS * WORKERS + PUMPS,
        )
        _tell(evidence, blows)
        return {**figures.line(evidence, seed=self.seed), "struck": dict(sorted(blows.struck.items()))}


def unfold(events: Iterable[Event]) -> None:
    """Let each event happen when it is due; one that returns an undoing has it happen later."""
    started, numbers = time.monotonic(), itertools.count()
    queue = [(at_s, next(numbers), act) for at_s, act in events]
    heapq.heapify(queue)
    while queue:
        at_s, _, act = heapq.heappop(queue)
        time.sleep(max(0.0, started + at_s - time.monotonic()))
        undo = act()
        if undo is not None:
            after_s, undoing = undo
            heapq.heappush(queue, (time.monotonic() - started + after_s, next(numbers), undoing))


def _pump() -> Process:
    """Return the pump without the check that LEASE_S leaves half a minute to finish: here seconds have to do."""
    pump = processes.pump()
    return replace(pump, command=(*pump.command, "--skip-checks"))


def _feed(work: Work, count: int) -> None:
    work.feed(count, ended_within_s=1)


def _all_has_struck(blows: Blows) -> bool:
    """Return whether every trouble has met a call, or can meet none any more, and every kind of blow has fallen."""
    met = all_met(blows.simulator) or _on_its_way(blows) == 0
    return blows.strike_the_rest() and met


def _on_its_way(blows: Blows) -> int:
    """Return how many communications are not decided yet, or have an assignment that goes on by itself."""
    rows = Assignment.everywhere.of(blows.organization)
    undecided = len(blows.work.legs) - persistently(rows.filter(generation=0).count)
    return undecided + persistently(rows.filter(status__in=LIVE).count)


def _wait_until(holds: Callable[[], bool], *, within_s: float) -> None:
    patience = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > patience:
            raise TimeoutError("It has not come to pass in time.")
        time.sleep(0.5)


def _tell(evidence: Evidence, blows: Blows) -> None:
    """Say what befell the run, and each violation in words."""
    opened = AuditEntry.objects.filter(table=CallBudget._meta.db_table, after__breaker_opened__gt=0).count()
    others = Counter(f"{story.status} {story.reason}".strip() for story in evidence.stories)
    for words in (
        f"Cut off: {figures.cut_off(evidence)} attempts; {blows.team.restarts} restarts.",
        f"The breaker opened {opened} times.",
        f"Ended: {dict(others)}; {figures.raced(evidence)} agents' codes came between our last look and our write.",
        *(f"{name}: {words}" for name, found in figures.broken(evidence).items() for words in found[:5]),
    ):
        _say(words)


def _say(words: str) -> None:
    """Tell whoever watches; the line itself is for programs."""
    sys.stderr.write(f"{words}\n")


def _keep(log: Path) -> None:
    """Keep what the processes said in VAR_DIR, as the last run's."""
    if log.exists():
        settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(log, settings.VAR_DIR / "chaos.log")

"""Fresh work beside a queue of retries, worker and pump as they are deployed. Needs Django to be set up."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Generic, TypeVar

import redis
from django.conf import settings
from django.db import connection
from django.db.models import F, Min, Q, QuerySet

from benchmarks._call_runs import ALLOWED_A_MINUTE
from benchmarks._growth import Statements
from dashboard.chaos.work import Work
from dashboard.embedded.places import places_in
from dashboard.standalone import Patience, own_services, working
from wrapups.domain.status import LIVE, FailReason, Status
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running
from wrapups.management.showcase import seeding
from wrapups.models import Assignment, Attempt, CallBudget, Membership, Organization
from wrapups.models.clock import AppNow
from wrapups.services import discovering, retrying
from wrapups.services.auditing import Actor
from wrapups.tasks import gateway_to

FEEDS_EVERY_S = 0.5
FRESH_SHARE = 0.5
"""The part of the allowed calls that what is fresh needs for its writes."""
HURRIED = ("DISCOVER_EVERY_S", "DRAIN_FOR_S")
LISTENS_S = 5.0
WARM_UP = 50
PATIENCE_S = 120.0

AskedT = TypeVar("AskedT")


@dataclass(frozen=True, slots=True)
class Fresh:
    """How long what is fresh waited in one phase, in seconds."""

    count: int
    accepted_p95_s: float
    sent_p95_s: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What asking for the retries cost."""

    rows: int
    statements: int
    seconds: float
    doorbells_before: int
    doorbells_after: int


@dataclass(frozen=True, slots=True)
class Run(Generic[AskedT]):
    alone: Fresh
    behind: Fresh
    asked: AskedT
    retries_left: int
    sent_again_twice: int
    rate_limited: int


Asks = Callable[[Organization, Sequence[int], Mapping[str, str]], AskedT]
"""Has these failed assignments sent again; the mapping is the settings of worker and pump."""


def run(*, seed: int, retries: int, seconds: float, speed: float, ask: Asks[AskedT]) -> Run[AskedT]:
    """Time fresh work without retries, ask for all of them, and time it again."""
    with ExitStack() as stack:
        environment = stack.enter_context(own_services())
        simulator = stack.enter_context(running(seed=seed))
        organization = seeding.seed(simulator, password=os.urandom(12).hex(), **_pace(speed))
        failed = _failed(organization, simulator, seed=seed, count=retries)
        simulator.switch(rate_limit_calls=ALLOWED_A_MINUTE, rate_limit_window_s=60 / speed)
        hurried = {name: str(max(1, round(getattr(settings, name) / speed))) for name in HURRIED}
        team = stack.enter_context(working({**environment, **hurried}))
        patience = Patience(team, time.monotonic() + PATIENCE_S + 3 * seconds)
        phase = Phase(organization, Work(simulator, seed=seed + 1), patience)
        phase.feed(WARM_UP, within_s=seconds / 6)
        per_phase = round(ALLOWED_A_MINUTE * speed / 60 * FRESH_SHARE * seconds)
        alone = phase.feed(per_phase, within_s=seconds)
        asked = ask(organization, failed, environment)
        behind = phase.feed(per_phase, within_s=seconds)
        retried = Assignment.everywhere.of(organization).filter(pk__in=failed)
        left = retried.filter(status__in=[Status.FAILED, Status.PENDING]).count()
        twice = retried.filter(retry_epoch__gt=1).count()
        return Run(alone, behind, asked, left, twice, simulator.calls()["rate_limited"])


def _pace(speed: float) -> Mapping[str, int]:
    usual = Organization()
    return {
        "calls_per_minute": round(usual.calls_per_minute * speed),
        "settle_s": max(1, round(usual.settle_s / speed)),
        "grace_s": 0,
    }


def _failed(organization: Organization, simulator: SimulatorControl, *, seed: int, count: int) -> Sequence[int]:
    """Let so many conversations have ended and been decided, and their assignments have failed; return the keys."""
    unlimited = CallBudget.objects.filter(organization=organization)
    unlimited.update(tokens=1e6)
    Organization.objects.filter(pk=organization.pk).update(burst=1_000_000)
    simulator.switch(rate_limit_calls=1_000_000)
    ids = Work(simulator, seed=seed).feed(count, ended_within_s=300)
    discovering.look_at(organization, ids, gateway=gateway_to(organization))
    rows = Assignment.everywhere.of(organization).filter(status=Status.PENDING)
    rows.update(status=Status.FAILED, reason=FailReason.REJECTED, write_count=1, finished_at=AppNow())
    Organization.objects.filter(pk=organization.pk).update(burst=organization.burst)
    unlimited.update(tokens=organization.burst)
    connection.cursor().execute("ANALYZE")
    return list(Assignment.everywhere.of(organization).filter(status=Status.FAILED).values_list("pk", flat=True))


@dataclass
class Phase:
    """Feeds conversations that end now, and times what becomes of them."""

    organization: Organization
    work: Work
    patience: Patience

    def feed(self, count: int, *, within_s: float) -> Fresh:
        """Let so many conversations end, evenly; return how their assignments fared once all were accepted."""
        before, started = len(self.work.legs), time.monotonic()
        ticks = max(1, round(within_s / FEEDS_EVERY_S))
        for tick in range(ticks):
            time.sleep(max(0.0, started + tick * FEEDS_EVERY_S - time.monotonic()))
            self.work.feed((tick + 1) * count // ticks - tick * count // ticks, ended_within_s=FEEDS_EVERY_S)
        legs = [communication_id for _, communication_id in self.work.legs[before:]]
        rows = Assignment.everywhere.of(self.organization).filter(communication__communication_id__in=legs)
        accepted = rows.exclude(status__in=LIVE - {Status.APPLIED})
        while accepted.count() < len(legs):
            self.patience.wait("fresh work is accepted")
        return _timed(rows)


def _timed(rows: QuerySet[Assignment]) -> Fresh:
    accepted = Q(attempts__kind=Attempt.Kind.WRITE, attempts__http_status=202)
    timed = rows.annotate(
        sent_after=Min("attempts__started_at", filter=accepted) - F("created_at"),
        accepted_after=Min("attempts__finished_at", filter=accepted) - F("communication__ended_at"),
    ).values_list("sent_after", "accepted_after")
    sent, taken = zip(*[pair for pair in timed if None not in pair], strict=True)
    return Fresh(len(sent), _p95(taken), _p95(sent))


def _p95(waits: Sequence[timedelta]) -> float:
    return sorted(waits)[-(-len(waits) * 95 // 100) - 1].total_seconds()


def at_once(organization: Organization, failed: Sequence[int], environment: Mapping[str, str]) -> Asked:
    """Have all sent again by a person, and listen for the doorbells of it."""
    person = Membership.objects.filter(organization=organization).earliest("pk").person
    with redis.Redis(unix_socket_path=str(places_in(Path(environment["VAR_DIR"])).valkey_socket)) as broker:
        before = _rung(broker)
        time.sleep(LISTENS_S)
        between, statements, started = _rung(broker), Statements(), time.monotonic()
        with connection.execute_wrapper(statements):
            done = retrying.retry_all(organization, failed, actor=Actor(person, "bench"), reason="The bench asks.")
        took_s = time.monotonic() - started
        time.sleep(LISTENS_S)
        return Asked(done.sent_again, statements.count, took_s, between - before, _rung(broker) - between)


def _rung(broker: redis.Redis) -> int:
    """Return how many messages were ever put into the broker's queues."""
    commands = broker.info("commandstats")
    return int(commands.get("cmdstat_lpush", {"calls": 0})["calls"])

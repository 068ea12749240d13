"""Fresh work after an outage, worker and pump as they are deployed. Needs Django to be set up."""

import os
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from benchmarks._call_runs import ALLOWED_A_MINUTE
from benchmarks._lanes import FRESH_SHARE, PATIENCE_S, WARM_UP, Fresh, Phase, _pace
from dashboard.chaos.work import Work
from dashboard.standalone import Patience, own_services, working
from wrapups.genesys.simulator.process import running
from wrapups.management.showcase import seeding
from wrapups.models import Assignment, Conversation, Organization, Sweep
from wrapups.models.clock import app_now
from wrapups.services.catching_up import is_behind

DAY_S = 86_400
LOOKS_EVERY_S = "5"


@dataclass(frozen=True, slots=True)
class Run:
    missed: int
    decided: int
    caught_up_s: float
    decided_before_s: float
    decided_after_s: float
    accepted_before_s: float
    accepted_after_s: float
    rate_limited: int


def run(*, seed: int, missed: int, seconds: float, speed: float) -> Run:
    """Time fresh work, let nobody have looked for a day, and time it again until all is decided."""
    with ExitStack() as stack:
        environment = stack.enter_context(own_services())
        simulator = stack.enter_context(running(seed=seed))
        organization = seeding.seed(simulator, password=os.urandom(12).hex(), **_pace(speed))
        Organization.objects.filter(pk=organization.pk).update(apply_from=app_now() - timedelta(days=2))
        simulator.switch(rate_limit_calls=ALLOWED_A_MINUTE, rate_limit_window_s=60 / speed)
        team = stack.enter_context(working({**environment, "DISCOVER_EVERY_S": LOOKS_EVERY_S}))
        patience = Patience(team, time.monotonic() + 3 * PATIENCE_S + 4 * seconds)
        phase = Phase(organization, Work(simulator, seed=seed + 1), patience)
        phase.feed(WARM_UP, within_s=seconds / 6)
        per_phase = round(ALLOWED_A_MINUTE * speed / 60 * FRESH_SHARE * seconds)
        before, decided_before_s = _timed(phase, per_phase, seconds)
        ids = Work(simulator, seed=seed + 2).feed(missed, ended_within_s=DAY_S)
        looks = Sweep.objects.filter(organization=organization, kind=Sweep.Kind.DISCOVER)
        looks.update(watermark_at=app_now() - timedelta(days=1, minutes=5))
        began = time.monotonic()
        after, decided_after_s = _timed(phase, per_phase, seconds)
        while _decided(organization, ids) < missed and is_behind(organization):
            patience.wait("what was missed is decided")
        return Run(
            missed,
            _decided(organization, ids),
            time.monotonic() - began,
            decided_before_s,
            decided_after_s,
            before.accepted_p95_s,
            after.accepted_p95_s,
            simulator.calls()["rate_limited"],
        )


def _timed(phase: Phase, count: int, seconds: float) -> tuple[Fresh, float]:
    """Feed a phase; return how it fared, and after how many seconds 95 % of it were decided."""
    first, since = len(phase.work.legs), app_now()
    fresh = phase.feed(count, within_s=seconds)
    legs = [communication_id for _, communication_id in phase.work.legs[first:]]
    rows = Assignment.everywhere.of(phase.organization).filter(communication__communication_id__in=legs)
    return fresh, _p95(rows.values_list("created_at", "communication__ended_at"), since)


def _p95(times: "list[tuple[datetime, datetime]]", since: datetime) -> float:
    waits = sorted((created - ended).total_seconds() for created, ended in times if created >= since)
    return waits[-(-len(waits) * 95 // 100) - 1]


def _decided(organization: Organization, ids: list[str]) -> int:
    return int(Conversation.everywhere.of(organization).filter(conversation_id__in=ids).count())

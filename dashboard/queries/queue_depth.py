"""What waits to be sent or read, lane by lane: how much, since when, and how much of it is paused.

Every number stops at a bound, so that the page costs the same however long the queue is.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from dashboard.queries.bounded import Bounded, CountUpTo, WaitsSince
from dashboard.queries.holds import LANES
from wrapups.domain.status import Lane, Status
from wrapups.models import Assignment, CallBudget, Organization
from wrapups.models.clock import AppNow
from wrapups.services.held_work import HeldWork

READS = "reads"
OLDEST = 5_000
"""So many of the assignments that waited longest are looked through for those of paused rules."""


@dataclass(frozen=True, slots=True)
class Depth:
    """One lane: what could be taken now, since when the oldest could, and what becomes due later.

    `lane` is None for what left and whose answer was unclear: it is read, whatever is paused.
    """

    lane: Lane | None
    words: str
    due: Bounded
    later: Bounded
    waits_since: datetime | None
    held: bool = False


def depths(organization: Organization, held: HeldWork) -> list[Depth]:
    """Return every lane in the order in which workers ask them, in one query."""
    columns: dict[str, Any] = {}
    for name, rows in _rows(organization).items():
        due, later = rows.filter(due_at__lte=AppNow()), rows.filter(due_at__gt=AppNow())
        columns |= {f"{name}_due": CountUpTo(due), f"{name}_later": CountUpTo(later)}
        takeable = due if name in held.lanes or name == READS else _free_among_the_oldest(due, held)
        columns[f"{name}_oldest"] = WaitsSince(takeable)
    figures = CallBudget.objects.filter(organization=organization).annotate(**columns).values(*columns).first()
    return [_depth(name, figures, held) for name in _rows(organization)] if figures else []


def held_by_rule(organization: Organization, held: HeldWork) -> dict[UUID, Bounded]:
    """Return how many assignments each paused rule keeps; at least so many, where not all that wait were looked at."""
    if not held.rules:
        return {}
    waiting = Assignment.objects.of(organization).filter(status=Status.PENDING)
    oldest = list(waiting.order_by("lane", "due_at", "pk").values_list("rule_identity", flat=True)[:OLDEST])
    counted = Counter(oldest)
    return {identity: Bounded(counted[identity], len(oldest) == OLDEST) for identity in held.rules}


def _free_among_the_oldest(due: QuerySet[Any], held: HeldWork) -> QuerySet[Any]:
    if not held.rules:
        return due
    return due.filter(held.rule_is_free, pk__in=due.order_by("due_at", "pk").values("pk")[:OLDEST])


def _rows(organization: Organization) -> dict[str, QuerySet[Any]]:
    rows = Assignment.objects.of(organization)
    lanes = {lane.value: rows.filter(status=Status.PENDING, lane=lane) for lane in LANES}
    return {READS: rows.filter(status=Status.UNKNOWN), **lanes}


def _depth(name: str, figures: dict[str, Any], held: HeldWork) -> Depth:
    lane = None if name == READS else Lane(name)
    return Depth(
        lane,
        LANES[lane] if lane else "reads after unclear answers",
        Bounded.of(figures[f"{name}_due"]),
        Bounded.of(figures[f"{name}_later"]),
        figures[f"{name}_oldest"],
        name in held.lanes,
    )

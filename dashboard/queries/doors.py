"""Doors that are shut, so that somebody has to see to them: what every page says before anything else."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, Q, QuerySet, Value

from wrapups.models import EventSource, Organization, Subscription
from wrapups.models.clock import AppNow, Seconds

LATELY_S = 3600
MOST = 5


@dataclass(frozen=True, slots=True)
class Shut:
    """One door that is shut: a source whose events are turned away, or a receiver that is told no more."""

    inward: bool
    pk: int
    name: str
    because: str


def any_shut(organization: Organization) -> Q:
    """Return a column that is true where a door is shut, so that a page without one asks nothing more."""
    return Exists(_turned_away(organization)) | Exists(_held(organization))


def shut_doors(organization: Organization) -> list[Shut]:
    """Return the sources that were turned away in the last hour and the receivers that are held; one query."""
    inward = _turned_away(organization).values_list(Value(True), "pk", "name", Value(""))
    outward = _held(organization).values_list(Value(False), "pk", "name", F("held_because"))
    return [Shut(*row) for row in inward.union(outward, all=True)[:MOST]]


def _turned_away(organization: Organization) -> QuerySet[Any]:
    rows = EventSource.objects.of(organization).filter(turned_away_at__gt=AppNow() - Seconds(LATELY_S))
    return rows.order_by()


def _held(organization: Organization) -> QuerySet[Any]:
    rows = Subscription.objects.of(organization).filter(removed_at=None, enabled=True).exclude(held_because="")
    return rows.order_by()

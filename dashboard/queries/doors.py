"""Doors that are shut, so that somebody has to see to them: what every page says before anything else."""

from dataclasses import dataclass

from django.db.models import F, Value

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


def shut_doors(organization: Organization) -> list[Shut]:
    """Return the sources that were turned away in the last hour and the receivers that are held; one query."""
    sources = EventSource.objects.of(organization).filter(turned_away_at__gt=AppNow() - Seconds(LATELY_S))
    held = Subscription.objects.of(organization).filter(removed_at=None, enabled=True).exclude(held_because="")
    inward = sources.order_by().values_list(Value(True), "pk", "name", Value(""))
    outward = held.order_by().values_list(Value(False), "pk", "name", F("held_because"))
    return [Shut(*row) for row in inward.union(outward, all=True)[:MOST]]

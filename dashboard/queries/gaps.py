"""What no rule covered lately: by queue, and by what outside systems said there, the most first."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Max, QuerySet, Sum

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.dispositions import make_rule_address
from dashboard.queries.hits import month_began
from dashboard.queries.names import Names
from wrapups.domain.status import SkipReason, Status
from wrapups.models import DecisionTally, Organization

MOST_QUEUES = 50
MOST_SAID = 8
"""Of each queue, so many dispositions."""


@dataclass(frozen=True, slots=True)
class Gap:
    """How many communications of a queue no rule matched, of all or of those about which a source said one thing."""

    queue_id: str
    queue: str
    source: str
    disposition: str
    count: int
    last_at: datetime
    since: datetime

    @property
    def make_rule(self) -> str:
        """The address of a new rule's form that asks for this already."""
        return make_rule_address(self.source, self.disposition, *filter(None, (self.queue_id,)))

    @property
    def conversations(self) -> str:
        """The address's part that lists them; empty without a queue, which the list cannot ask for."""
        if not self.queue_id:
            return ""
        asked = AssignmentFilter(
            status=Status.SKIPPED,
            reason=SkipReason.NO_RULE,
            queue=self.queue,
            source=self.source,
            disposition=self.disposition,
            since=self.since,
        )
        return asked.query_string()


@dataclass(frozen=True, slots=True)
class QueueGap:
    """What no rule matched on one queue; `unsaid` counts the dispositions that are not shown."""

    whole: Gap
    said: Sequence[Gap]
    unsaid: int


@dataclass(frozen=True, slots=True)
class Gaps:
    """The queues with most that no rule matched since a day; `more` queues are not shown."""

    queues: Sequence[QueueGap]
    more: int
    since: date


def gaps_of(organization: Organization) -> Gaps:
    """Return what no rule covered in the last 30 days, today among them, as last counted: four queries."""
    began = month_began(organization)
    rows = _unmatched(organization, began.date())
    totals = list(rows.filter(source="").order_by("-number", "queue_id"))
    shown = [row["queue_id"] for row in totals[:MOST_QUEUES]]
    said = rows.exclude(source="").filter(queue_id__in=shown).order_by("-number", "source", "disposition")
    by_queue = defaultdict[str, list[Mapping[str, Any]]](list)
    for row in said if shown else ():
        by_queue[row["queue_id"]].append(row)
    names = Names(organization, {"queue": shown})
    queues = [_queue(row, by_queue[row["queue_id"]], names, began) for row in totals[:MOST_QUEUES]]
    return Gaps(queues, max(0, len(totals) - MOST_QUEUES), began.date())


def _unmatched(organization: Organization, since: date) -> QuerySet[Any, Any]:
    rows = DecisionTally.objects.of(organization).filter(day__gte=since, reason=SkipReason.NO_RULE)
    counted: QuerySet[Any, Any] = rows.values("queue_id", "source", "disposition").annotate(
        number=Sum("count"), latest=Max("last_at")
    )
    return counted


def _queue(row: Mapping[str, Any], said: Sequence[Mapping[str, Any]], names: Names, since: datetime) -> QueueGap:
    whole, *shown = _gaps((row, *said[:MOST_SAID]), names, since)
    return QueueGap(whole, shown, len(said) - len(shown))


def _gaps(rows: Iterable[Mapping[str, Any]], names: Names, since: datetime) -> Iterable[Gap]:
    for row in rows:
        key = row["queue_id"]
        yield Gap(
            key,
            names("queue", key) or "no queue",
            row["source"],
            row["disposition"],
            row["number"],
            row["latest"],
            since,
        )

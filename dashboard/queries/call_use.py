"""What calls to Genesys Cloud were spent on, and how long assignments had waited for theirs: of the last day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max, Sum
from django.db.models.functions import TruncHour
from django.urls import reverse

from dashboard.charts import Chart, Column, Part, stacked
from wrapups.models import CallTally, Organization

HOUR = timedelta(hours=1)
MARK_EVERY_H = 4
Use = CallTally.Use


@dataclass(frozen=True, slots=True)
class Group:
    """Uses that a chart shows as one."""

    words: str
    tone: str
    uses: frozenset[CallTally.Use]


GROUPS = (
    Group("writing codes", "good", frozenset({Use.WRITE})),
    Group("reading them", "waiting", frozenset({Use.READ, Use.VERIFY, Use.REFRESH, Use.WATCH})),
    Group("finding conversations", "warning", frozenset({Use.DISCOVER, Use.BACKGROUND})),
    Group("everything else", "quiet", frozenset({Use.CATALOGUE, Use.OTHER})),
)
WAITED = "seconds"


@dataclass(frozen=True, slots=True)
class Spent:
    """How many calls one use took, and its share of all, in per cent."""

    use: CallTally.Use
    calls: int
    percent: int


def spent_lately(organization: Organization, *, now: datetime) -> list[Spent]:
    """Return the uses of the last hour, the largest first, in stretches of ten minutes: 50 to 60 minutes of calls."""
    rows = CallTally.objects.of(organization).filter(begins_at__gt=now - HOUR)
    found = sorted(rows.values_list("use").annotate(total=Sum("calls")), key=lambda each: -each[1])
    every = sum(total for _, total in found)
    return [Spent(Use(use), total, round(100 * total / every)) for use, total in found]


def call_charts(organization: Organization, hours: Sequence[datetime]) -> tuple[Chart, Chart]:
    """Return the calls of each of these hours by what they were for, and the longest wait that ended in it."""
    rows = CallTally.objects.of(organization).filter(begins_at__gte=hours[0])
    by_hour = rows.annotate(hour=TruncHour("begins_at")).values_list("hour", "use")
    found = {(hour, use): figures for hour, use, *figures in by_hour.annotate(Sum("calls"), Max("longest_wait_s"))}
    calls = stacked([_column(hour, _calls(hour, found)) for hour in hours])
    return calls, stacked([_column(hour, [_waited(hour, found)]) for hour in hours])


def _column(hour: datetime, parts: Sequence[Part]) -> Column:
    return Column(f"{hour:%H:%M}", f"{hour:%H:%M}" if hour.hour % MARK_EVERY_H == 0 else "", tuple(parts))


def _calls(hour: datetime, found: Mapping[tuple[datetime, str], Any]) -> list[Part]:
    url = reverse("control-room")
    numbers = ((group, sum(found.get((hour, use.value), (0, 0))[0] for use in group.uses)) for group in GROUPS)
    return [Part(group.tone, group.words, number, url) for group, number in numbers]


def _waited(hour: datetime, found: Mapping[tuple[datetime, str], Any]) -> Part:
    longest = max(found.get((hour, use.value), (0, 0))[1] for use in Use)
    return Part("waiting", WAITED, longest, reverse("control-room"))

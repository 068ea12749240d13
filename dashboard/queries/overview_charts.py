"""The charts of the overview: what became of the last day by the hour, what calls were for, how long work waited."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncHour
from django.utils import timezone

from dashboard.charts import Chart, Column, Part, stacked
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.call_use import call_charts
from dashboard.queries.overview import BOTTOM_UP, address_of
from dashboard.queries.success import Success, success_since
from dashboard.templatetags.badges import LOOKS
from wrapups.domain.status import Status
from wrapups.models import Organization

HOURS = 24
MARK_EVERY_H = 4

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Charts:
    """Four charts of the last 24 hours, this one included, and the success rate."""

    outcomes: Chart
    """What became of the communications that ended in each hour."""
    timeouts: Chart
    """The same of those whose after-call work had timed out, so that Genesys had filled in its own code."""
    calls: Chart
    """How many calls each hour had, by what they were for."""
    waits: Chart
    """How long, in seconds, the assignment had been due that waited longest of those taken in each hour."""
    successes: tuple[Success, ...]
    """The success rate of what ended since the beginning of the hour before this one, and of all these hours."""

    @property
    def longest_wait_s(self) -> int:
        """The longest of these waits."""
        return max(column.total for column in self.waits.columns)

    @property
    def repaired(self) -> int:
        """How many communications whose after-call work had timed out have their code now."""
        return self.timeouts.number_of(Status.VERIFIED)


def charts_of(organization: Organization, *, now: datetime) -> Charts:
    """Return the charts in two queries; the first reads the entries of one index for a day, and no row."""
    hours = list(_hours(now))
    found = _counted(organization, since=hours[0])
    timed_out = {key: number for key, number in found.items() if key[2] == SYSTEM}
    return Charts(
        _chart(AssignmentFilter(), hours, found),
        _chart(AssignmentFilter(found=SYSTEM), hours, timed_out),
        *call_charts(organization, hours),
        successes=tuple(success_since(since, found) for since in (hours[-2], hours[0])),
    )


def _counted(organization: Organization, *, since: datetime) -> dict[tuple[datetime, str, str], int]:
    rows = AssignmentFilter(since=since).apply(organization).annotate(hour=TruncHour("ended_at"))
    counted = rows.values_list("hour", "status", "found_kind").annotate(number=Count("pk"))
    return {(hour, status, found): number for hour, status, found, number in counted}


def _chart(asked: AssignmentFilter, hours: list[datetime], found: Mapping[tuple[datetime, str, str], int]) -> Chart:
    numbers: Counter[tuple[datetime, str]] = Counter()
    for (hour, status, _), number in found.items():
        numbers[hour, status] += number
    return stacked([_column(asked, hour, numbers) for hour in hours])


def _column(asked: AssignmentFilter, hour: datetime, numbers: Mapping[tuple[datetime, str], int]) -> Column:
    within = asked.but(since=hour, until=hour + timedelta(hours=1))
    parts = tuple(
        Part(
            LOOKS[status].tone,
            status.value,
            numbers.get((hour, status.value), 0),
            address_of(within.but(status=status.value)),
        )
        for status in BOTTOM_UP
    )
    return Column(f"{hour:%H:%M}", f"{hour:%H:%M}" if hour.hour % MARK_EVERY_H == 0 else "", parts)


def _hours(now: datetime) -> Iterable[datetime]:
    """Return the starts of the last 24 hours in the person's zone, this one included, oldest first."""
    this = timezone.localtime(now).replace(minute=0, second=0, microsecond=0)
    return (timezone.localtime(this - timedelta(hours=back)) for back in range(HOURS - 1, -1, -1))

"""The stretch of time a report is about: days of the organization's time zone, put together to hours, days or weeks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.reports.asked import ReportFilter
from wrapups.models import Organization
from wrapups.services.tallying import COUNTED_DAYS, bounds_of

HOUR = timedelta(hours=1)
MOST_BY_HOUR, MOST_BY_DAY = 2, 31
"""Of how many days a report may be by the hour, and is by the day unless it is asked otherwise."""
MOST_MARKS = 8


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one column or row counts: what ended from `since` on and before `until`."""

    first: date
    last: date
    since: datetime
    until: datetime
    label: str
    mark: str = ""

    def of(self, asked: AssignmentFilter) -> AssignmentFilter:
        """Return what lists this bucket's share of what is asked."""
        return asked.but(since=self.since, until=self.until)


@dataclass(frozen=True, slots=True)
class Period:
    """Days one after the other, and the buckets they are put in."""

    days: Sequence[date]
    buckets: Sequence[Bucket]
    step: str
    zone: str

    @property
    def whole(self) -> Bucket:
        """All of it as one."""
        first, last = self.buckets[0], self.buckets[-1]
        return Bucket(self.days[0], self.days[-1], first.since, last.until, _between(self.days[0], self.days[-1]))

    def bucket_of(self, day: date) -> int | None:
        """Return the place of the bucket that has this day; None for another day."""
        places = (place for place, each in enumerate(self.buckets) if each.first <= day <= each.last)
        return next(places, None)


def period_of(organization: Organization, asked: ReportFilter, *, today: date, by_hour: bool = False) -> Period:
    """Return the days that are asked for: at most 92, none before what is counted and none after today."""
    earliest = today - timedelta(days=COUNTED_DAYS - 1)
    first, last = asked.first or today - timedelta(days=asked.days - 1), asked.last or today
    last = min(max(last, earliest), today)
    first = min(max(first, earliest), last)
    return period_between(organization, first, last, step=_step(asked.step, first, last, by_hour=by_hour))


def period_between(organization: Organization, first: date, last: date, *, step: str = "day") -> Period:
    """Return the days from the first to the last."""
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    buckets = [*(_hours if step == "hour" else _days if step == "day" else _weeks)(organization, days)]
    return Period(days, _marked(buckets), step, organization.time_zone.replace("_", " "))


def _step(step: str, first: date, last: date, *, by_hour: bool) -> str:
    days = (last - first).days + 1
    if days <= MOST_BY_HOUR and by_hour and step in ("", "hour"):
        return "hour"
    if step == "week" or (step != "day" and days > MOST_BY_DAY):
        return "week"
    return "day"


def _hours(organization: Organization, days: Sequence[date]) -> Iterable[Bucket]:
    zone = ZoneInfo(organization.time_zone)
    for day in days:
        since, ends_at = bounds_of(organization, day)
        while since < ends_at:
            until = min(since + HOUR, ends_at)
            local = since.astimezone(zone)
            yield Bucket(day, day, since, until, f"{day:%a} {day.day} {local:%b, %H:%M}", f"{local:%H:%M}")
            since = until


def _days(organization: Organization, days: Sequence[date]) -> Iterable[Bucket]:
    for day in days:
        yield Bucket(day, day, *bounds_of(organization, day), f"{day:%a} {day.day} {day:%b}", f"{day.day} {day:%b}")


def _weeks(organization: Organization, days: Sequence[date]) -> Iterable[Bucket]:
    starts = [day for day in days if day.weekday() == 0 or day == days[0]]
    ends = [*(start - timedelta(days=1) for start in starts[1:]), days[-1]]
    for first, last in zip(starts, ends, strict=True):
        since, until = bounds_of(organization, first)[0], bounds_of(organization, last)[1]
        yield Bucket(first, last, since, until, _between(first, last), f"{first.day} {first:%b}")


def _between(first: date, last: date) -> str:
    if first == last:
        return f"{first.day} {first:%b}"
    month = "" if (first.year, first.month) == (last.year, last.month) else f" {first:%b}"
    return f"{first.day}{month} \N{EN DASH} {last.day} {last:%b}"


def _marked(buckets: Sequence[Bucket]) -> Sequence[Bucket]:
    """Return the buckets with so few marks that they stand apart."""
    every = -(-len(buckets) // MOST_MARKS)
    shown = {place for place in range(len(buckets)) if (len(buckets) - 1 - place) % every == 0}
    return [
        each if place in shown else Bucket(each.first, each.last, each.since, each.until, each.label)
        for place, each in enumerate(buckets)
    ]

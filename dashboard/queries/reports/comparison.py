"""Which codes were wanted before a release and after it: as many whole days on each side."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.queries.reports.asked import ReportFilter
from dashboard.queries.reports.counts import Named, Tallies, codes_called, counted_days
from dashboard.queries.reports.period import Bucket, period_between
from dashboard.queries.reports.tables import Cell, Row, Table, number, share
from wrapups.models import Organization, Release
from wrapups.services.tallying import COUNTED_DAYS

MOST_RELEASES = 50


def releases_to_compare(organization: Organization, *, today: date) -> Sequence[Release]:
    """Return the releases that were published lately enough for days before to be counted, newest first."""
    earliest = today - timedelta(days=COUNTED_DAYS - 2)
    published = Release.objects.of(organization).filter(published_at__isnull=False).order_by("-published_at", "-pk")
    zone = ZoneInfo(organization.time_zone)
    return [
        release
        for release in published[:MOST_RELEASES]
        if release.published_at and release.published_at.astimezone(zone).date() >= earliest
    ]


def comparison(organization: Organization, asked: ReportFilter, release: Release, *, today: date) -> Table:
    """Return the codes wanted on the days before and after the one of publishing, which is on neither side.

    While fewer days have passed since than are asked for, just as many are compared; the present day is one of them.
    Four queries.
    """
    at = release.published_at
    if at is None:
        raise ValueError(f"Release {release.number} was never published, so nothing came after it.")
    day = at.astimezone(ZoneInfo(organization.time_zone)).date()
    days = min(asked.around, (today - day).days, (day - today).days + COUNTED_DAYS - 1)
    title = f"Before and after release {release.number}"
    if days < 1:
        said = f"It was published on {day.day} {day:%B}, so there is no whole day to compare yet."
        return Table("release", title, ["Code wanted"], [], said)
    before = _side(organization, asked, day - timedelta(days=days), days)
    after = _side(organization, asked, day + timedelta(days=1), days)
    names = codes_called(organization, {*before.codes, *after.codes})
    heads = ["Code wanted", before.whole.label, "Of all", after.whole.label, "Of all", "Difference"]
    whole = "1 whole day" if days == 1 else f"{days} whole days"
    said = f"{whole} before {day.day} {day:%B}, when it was published, and as many after. That day is on neither side."
    return Table("release", title, heads, list(_rows(asked, before.named(names), after.named(names))), said)


@dataclass(frozen=True, slots=True)
class Side:
    """The days on one side, and how often each code was wanted on them."""

    whole: Bucket
    codes: Counter[Any]

    def named(self, names: Mapping[Any, Named]) -> "Side":
        """Return the same by name."""
        named: Counter[Any] = Counter()
        for key, count in self.codes.items():
            named[names[key]] += count
        return Side(self.whole, named)

    def cells(self, asked: ReportFilter, code: Named) -> list[Cell]:
        """Return how often this code was wanted, and of all how often."""
        listed = self.whole.of(asked.conversations()).but(code=code.asked)
        return [number(self.codes[code], listed), share(self.codes[code], self.codes.total())]


def _side(organization: Organization, asked: ReportFilter, first: date, days: int) -> Side:
    period = period_between(organization, first, first + timedelta(days=days - 1))
    counted = counted_days(organization, period)
    return Side(period.whole, Tallies(organization, asked, counted.days).summed("wrapup_code_id"))


def _rows(asked: ReportFilter, before: Side, after: Side) -> Iterable[Row]:
    totals = before.codes + after.codes
    for code in sorted(totals, key=lambda code: (-totals[code], code.words)):
        cells = [*before.cells(asked, code), *after.cells(asked, code), _difference(before, after, code)]
        yield Row(code.head, cells)


def _difference(before: Side, after: Side, code: Named) -> Cell:
    """Return by how many points of a hundred its share rose; a dash where one side has nothing at all."""
    if not before.codes.total() or not after.codes.total():
        return Cell("–")
    points = 100 * (after.codes[code] / after.codes.total() - before.codes[code] / before.codes.total())
    return Cell(f"{points:+.1f} pp")

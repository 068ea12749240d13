"""One page of the list of assignments with its counts: everything under one filter."""

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.queries.assignments import AssignmentFilter, count_by_status, total
from dashboard.queries.bounded import Bounded
from dashboard.queries.keyset import BY_END, Ended, page_of
from dashboard.queries.rows import Row, listed, rows_of
from wrapups.domain.status import Status
from wrapups.models import Organization

NEWS_BOUND = 100


@dataclass(frozen=True, slots=True)
class Tab:
    """One status with its count, under the rest of the filter."""

    word: str
    count: Bounded
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """What the list shows. `newest` is the place of its first row; `top` says that this is the first page."""

    asked: AssignmentFilter
    rows: list[Row]
    counts: Mapping[Status, Bounded]
    newer: str
    older: str
    newest: Ended | None

    @property
    def top(self) -> bool:
        return not self.newer

    @property
    def news_address(self) -> str:
        """What the list asks to learn how many rows have come on top since."""
        return self.asked.query_string(after=self.newest or "")

    @property
    def total(self) -> Bounded:
        """How many rows the whole list has."""
        return self.counts[Status(self.asked.status)] if self.asked.status else total(self.counts)

    @property
    def tabs(self) -> list[Tab]:
        """Every status that has rows, or that is chosen."""
        tabs = [Tab("all", total(self.counts), self.asked.but(status="").query_string(), not self.asked.status)]
        return tabs + [
            Tab(status.value, count, self.asked.but(status=status.value).query_string(), status == self.asked.status)
            for status, count in self.counts.items()
            if count or status == self.asked.status
        ]


def listing(
    asked: AssignmentFilter, organization: Organization, *, before: Ended | None = None, after: Ended | None = None
) -> Listing:
    """Return the page of the list at this place, in five queries."""
    page = page_of(listed(asked.apply(organization)), before=before, after=after, order=BY_END)
    return Listing(
        asked,
        rows_of(organization, page.rows),
        count_by_status(asked, organization),
        newer=asked.query_string(after=page.newer) if page.newer else "",
        older=asked.query_string(before=page.older) if page.older else "",
        newest=Ended.of(page.rows[0]) if page.rows else None,
    )


def news(asked: AssignmentFilter, organization: Organization, *, above: Ended | None) -> Bounded:
    """Return how many rows the list has above this place by now; above none is all of it."""
    newer = asked.apply(organization)
    if above is not None:
        newer = newer.filter(BY_END.above(above))
    return Bounded.of(newer[: NEWS_BOUND + 1].count(), NEWS_BOUND)

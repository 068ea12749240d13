"""One page of the list of assignments with its counts: everything under one filter."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import Model, Q

from dashboard.queries.assignments import AssignmentFilter, count_by_status, total
from dashboard.queries.bounded import Bounded
from dashboard.queries.keyset import PAGE_SIZE, Ended, Page, page_of
from dashboard.queries.rows import Row, listed, rows_of
from wrapups.domain.status import Status
from wrapups.models import (
    Assignment,
    Communication,
    Conversation,
    Handover,
    MappingRule,
    Organization,
    Person,
    Release,
    WrapupCode,
)

NEWS_BOUND = 100


def _but(path: str, model: type[Model], *kept: str) -> list[str]:
    """Return every field of a model but those kept, as its path from the assignment."""
    return [f"{path}__{field.name}" for field in model._meta.concrete_fields if field.name not in {"id", *kept}]


NOT_SHOWN = (
    *_but("communication", Communication, "conversation", "media_type", "queue_id", "agent_id", "ended_at"),
    *_but("communication__conversation", Conversation, "conversation_id"),
    *_but("rule", MappingRule, "name", "line"),
    *_but("release", Release, "number"),
    *_but("wrapup_code", WrapupCode, "name"),
    *_but("handover", Handover, "assignment", "owner"),
    *_but("handover__owner", Person, "username", "first_name", "last_name"),
)
"""What no line of a list shows of the rows beside the assignment: reading it was a third of what a page cost."""


@dataclass(frozen=True, slots=True)
class Tab:
    """One status with its count, under the rest of the filter."""

    word: str
    count: Bounded
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """What the list shows. `newest` is the place of its first row; `top` says that what is new comes above that."""

    asked: AssignmentFilter
    rows: list[Row]
    counts: Mapping[Status, Bounded]
    newer: str
    older: str
    newest: Ended | None

    @property
    def top(self) -> bool:
        return not self.newer and not self.asked.listed_by.rise

    @property
    def news_address(self) -> str:
        """What the list asks to learn how many rows have come on top since."""
        return self.asked.query_string(after=self.newest or "")

    @property
    def total(self) -> Bounded:
        """How many rows the whole list has."""
        return total(self.counts, self.asked.statuses)

    @property
    def tabs(self) -> list[Tab]:
        """Every status that has rows, or that is chosen; what was superseded is not among all."""
        every = self.asked.but(status="")
        word = "all current" if self.counts.get(Status.SUPERSEDED) else "all"
        tabs = [Tab(word, total(self.counts, every.statuses), every.query_string(), not self.asked.status)]
        return tabs + [
            Tab(status.value, count, self.asked.but(status=status.value).query_string(), status == self.asked.status)
            for status, count in self.counts.items()
            if count or status == self.asked.status
        ]


def listing(
    asked: AssignmentFilter, organization: Organization, *, before: Ended | None = None, after: Ended | None = None
) -> Listing:
    """Return the page of the list at this place, in six queries and one for each name that is asked for."""
    conditions = asked.conditions(organization)
    page = page_found(asked, organization, conditions, before=before, after=after)
    return Listing(
        asked,
        rows_of(organization, page.rows),
        count_by_status(asked, organization, conditions=conditions),
        newer=asked.query_string(after=page.newer) if page.newer else "",
        older=asked.query_string(before=page.older) if page.older else "",
        newest=asked.listed_by.place_of(page.rows[0]) if page.rows else None,
    )


def page_found(
    asked: AssignmentFilter,
    organization: Organization,
    conditions: Sequence[Q],
    *,
    before: Ended | None = None,
    after: Ended | None = None,
    size: int = PAGE_SIZE,
    among: Collection[Status] = frozenset(Status),
) -> Page:
    """Return the assignments of the page at this place: their keys first, by indexes alone, then the rows."""
    order = asked.listed_by
    keys = asked.branches(organization, conditions, among=among).only(*order.columns)
    page = page_of(keys, before=before, after=after, size=size, order=order)
    rows = listed(Assignment.objects.of(organization)).defer(*NOT_SHOWN)
    found = rows.in_bulk([place.pk for place in page.rows])
    # What was removed between the two statements is not there to be shown.
    return replace(page, rows=[found[place.pk] for place in page.rows if place.pk in found])


def news(asked: AssignmentFilter, organization: Organization, *, above: Ended | None) -> Bounded:
    """Return how many rows the list has above this place by now; above none is all of it.

    Where the oldest stands first, what is new comes at the end, so there is none.
    """
    order = asked.listed_by
    if order.rise:
        return Bounded(0)
    rows = asked.branches(organization, asked.conditions(organization)).only(*order.columns)
    newer = rows if above is None else rows.filter(order.above(above))
    return Bounded.of(len(newer.first(order.upward(), NEWS_BOUND + 1)), NEWS_BOUND)

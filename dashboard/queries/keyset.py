"""Pages of a long list, newest first, at the same cost however far back: by key, never by offset."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from typing import Any, Self

from django.db.models import Q, QuerySet

PAGE_SIZE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST = 2**62


@dataclass(frozen=True, slots=True)
class Ended:
    """A place among rows in the order in which they ended: the row's end and its key."""

    at: datetime
    pk: int

    @classmethod
    def of(cls, row: Any) -> Self | None:
        """Return the place of a row; None for one without an end, which nothing of ours writes."""
        return cls(row.ended_at, row.pk) if row.ended_at else None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the place that this part of an address means, or None."""
        at, _, pk = text.partition("-")
        if not (at.isdecimal() and pk.isdecimal() and len(at) <= 17 and int(pk) < MOST):
            return None
        return cls(EPOCH + timedelta(microseconds=int(at)), int(pk))

    def __str__(self) -> str:
        return f"{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.pk}"


def key_in(text: str) -> int | None:
    """Return the row's key that this part of an address means; None for anything else in its place."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < MOST else None


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows, newest first, with an index behind it: what lies below and above a place in it."""

    columns: tuple[str, ...]
    place_of: Callable[[Any], Any]
    below: Callable[[Any], Q]
    above: Callable[[Any], Q]


BY_KEY = Order(("pk",), attrgetter("pk"), lambda pk: Q(pk__lt=pk), lambda pk: Q(pk__gt=pk))
BY_END = Order(
    ("ended_at", "pk"),
    Ended.of,
    # The first half is what the index is entered by, the second tells apart what ended in the same instant.
    lambda place: Q(ended_at__lte=place.at) & (Q(ended_at__lt=place.at) | Q(pk__lt=place.pk)),
    lambda place: Q(ended_at__gte=place.at) & (Q(ended_at__gt=place.at) | Q(pk__gt=place.pk)),
)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list. `newer` and `older` are the places to go on from, None where nothing lies beyond."""

    rows: list[Any]
    newer: Any = None
    older: Any = None


def page_of(
    rows: QuerySet[Any], *, before: Any = None, after: Any = None, size: int = PAGE_SIZE, order: Order = BY_KEY
) -> Page:
    """Return the page of rows below the place `before`, or above `after`, or else the first one.

    A page above `after` that is not full is the top of the list: the first page is given instead, full.
    """
    if after is not None:
        found = list(rows.filter(order.above(after)).order_by(*order.columns)[: size + 1])
        if len(found) > size:
            shown = found[size - 1 :: -1]
            return Page(shown, newer=order.place_of(shown[0]), older=order.place_of(shown[-1]))
        before = None
    reachable = rows if before is None else rows.filter(order.below(before))
    found = list(reachable.order_by(*(f"-{column}" for column in order.columns))[: size + 1])
    shown = found[:size]
    return Page(
        shown,
        newer=order.place_of(shown[0]) if before is not None and shown else None,
        older=order.place_of(shown[-1]) if len(found) > size else None,
    )

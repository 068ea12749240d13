"""Pages of a long list at the same cost however far into it: by key, never by offset."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar, Self, TypedDict

from django.db.models import Q, QuerySet
from django.http import QueryDict

PAGE_SIZE = 50
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST = 2**62


@dataclass(frozen=True, slots=True)
class Ended:
    """A place among rows in the order in which they ended: the row's end and its key."""

    at: datetime
    pk: int
    mark: ClassVar[str] = ""
    """Begins the place in an address where the order is not the usual one, so that it is a place in no other."""

    @classmethod
    def of(cls, row: Any) -> Self | None:
        """Return the place of a row; None for one without an end, which nothing of ours writes."""
        return cls(row.ended_at, row.pk) if row.ended_at else None

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the place that this part of an address means, or None."""
        at, _, pk = text.removeprefix(cls.mark).partition("-")
        if not (text.startswith(cls.mark) and at.isdecimal() and pk.isdecimal() and len(at) <= 17 and int(pk) < MOST):
            return None
        return cls(EPOCH + timedelta(microseconds=int(at)), int(pk))

    def __str__(self) -> str:
        return f"{self.mark}{(self.at - EPOCH) // timedelta(microseconds=1)}-{self.pk}"


def key_in(text: str) -> int | None:
    """Return the row's key that this part of an address means; None for anything else in its place."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < MOST else None


class Places(TypedDict):
    """Where a list goes on: below a row's key, or above one."""

    before: int | None
    after: int | None


def places_in(address: QueryDict) -> Places:
    """Return where an address says that a list goes on."""
    return Places(before=key_in(address.get("before", "")), after=key_in(address.get("after", "")))


@dataclass(frozen=True, slots=True)
class Order:
    """An order of rows with an index behind it: what lies below and above a place in it. `columns` fall, or `rise`."""

    columns: tuple[str, ...]
    place_of: Callable[[Any], Any]
    below: Callable[[Any], Q]
    above: Callable[[Any], Q]
    rise: bool = False

    def downward(self) -> list[str]:
        """Return the columns to order by, from the top of the list."""
        return [column if self.rise else f"-{column}" for column in self.columns]

    def upward(self) -> list[str]:
        """Return the columns to order by, from the bottom of the list."""
        return [f"-{column}" if self.rise else column for column in self.columns]


def earlier(column: str, place: Ended) -> Q:
    """Return what lies before this place by a column and the key."""
    # The first half is what the index is entered by, the second tells apart what has the same time.
    return Q(**{f"{column}__lte": place.at}) & (Q(**{f"{column}__lt": place.at}) | Q(pk__lt=place.pk))


def later(column: str, place: Ended) -> Q:
    """Return what lies after this place by a column and the key."""
    return Q(**{f"{column}__gte": place.at}) & (Q(**{f"{column}__gt": place.at}) | Q(pk__gt=place.pk))


BY_KEY = Order(("pk",), attrgetter("pk"), lambda pk: Q(pk__lt=pk), lambda pk: Q(pk__gt=pk))
BY_END = Order(("ended_at", "pk"), Ended.of, partial(earlier, "ended_at"), partial(later, "ended_at"))


@dataclass(frozen=True, slots=True)
class Branches:
    """Rows that several queries find together, none of them twice: each is read in the order of an index of its own.

    PostgreSQL merges them and reads from each only as far as the page reaches.
    """

    queries: Sequence[QuerySet[Any, Any]]

    def filter(self, condition: Q) -> "Branches":
        """Return them narrowed."""
        return Branches([query.filter(condition) for query in self.queries])

    def only(self, *columns: str) -> "Branches":
        """Return them with only these columns of each row."""
        return Branches([query.values_list(*columns, named=True) for query in self.queries])

    def first(self, columns: Sequence[str], count: int) -> list[Any]:
        """Return the first so many of what they find, in this order."""
        # Each is told where to stop, or PostgreSQL would read all of each and sort.
        if not self.queries:
            return []
        first, *others = (query.order_by(*columns)[:count] for query in self.queries)
        return list(first.union(*others, all=True).order_by(*columns)[:count] if others else first)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a list. `newer` and `older` are the places to go on from, None where nothing lies beyond."""

    rows: list[Any]
    newer: Any = None
    older: Any = None


def page_of(
    rows: QuerySet[Any] | Branches,
    *,
    before: Any = None,
    after: Any = None,
    size: int = PAGE_SIZE,
    order: Order = BY_KEY,
) -> Page:
    """Return the page of rows below the place `before`, or above `after`, or else the first one.

    A page above `after` that is not full is the top of the list: the first page is given instead, full.
    """
    if after is not None:
        found = _first(rows.filter(order.above(after)), order.upward(), size + 1)
        if len(found) > size:
            shown = found[size - 1 :: -1]
            return Page(shown, newer=order.place_of(shown[0]), older=order.place_of(shown[-1]))
        before = None
    reachable = rows if before is None else rows.filter(order.below(before))
    found = _first(reachable, order.downward(), size + 1)
    shown = found[:size]
    return Page(
        shown,
        newer=order.place_of(shown[0]) if before is not None and shown else None,
        older=order.place_of(shown[-1]) if len(found) > size else None,
    )


def _first(rows: QuerySet[Any] | Branches, columns: Sequence[str], count: int) -> list[Any]:
    return rows.first(columns, count) if isinstance(rows, Branches) else list(rows.order_by(*columns)[:count])

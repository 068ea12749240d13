"""The orders that assignments are listed in, each by keyset with an index behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self

from dashboard.queries.keyset import BY_END, Ended, Order, earlier, later

NEWEST, OLDEST, CHANGED, DUE, LEFT = "-ended", "ended", "-changed", "due", "left"


class FirstEnded(Ended):
    """A place in the order in which they ended, the oldest first."""

    mark: ClassVar[str] = "first"


@dataclass(frozen=True, slots=True)
class Changed(Ended):
    """A place in the order in which they last came to another status."""

    mark: ClassVar[str] = "changed"

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return the place of a row."""
        return cls(row.updated_at, row.pk)


@dataclass(frozen=True, slots=True)
class Due(Ended):
    """A place in the order in which they are due."""

    mark: ClassVar[str] = "due"

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return the place of a row."""
        return cls(row.due_at, row.pk)


class Left(Ended):
    """A place in the order in which they will be too old to be changed: that in which they ended, the oldest first."""

    mark: ClassVar[str] = "left"


ORDERS: Mapping[str, Order] = {
    NEWEST: BY_END,
    OLDEST: Order(
        ("ended_at", "pk"), FirstEnded.of, partial(later, "ended_at"), partial(earlier, "ended_at"), rise=True
    ),
    CHANGED: Order(("updated_at", "pk"), Changed.of, partial(earlier, "updated_at"), partial(later, "updated_at")),
    DUE: Order(("due_at", "pk"), Due.of, partial(later, "due_at"), partial(earlier, "due_at"), rise=True),
    LEFT: Order(("ended_at", "pk"), Left.of, partial(later, "ended_at"), partial(earlier, "ended_at"), rise=True),
}
"""By what an address says. Only what is still to be done is due, and only what waits for a person runs out of time."""

_PLACES: Mapping[str, type[Ended]] = {NEWEST: Ended, OLDEST: FirstEnded, CHANGED: Changed, DUE: Due, LEFT: Left}


def place_in(order: str, text: str) -> Ended | None:
    """Return the place in this order that a part of an address means; None for one of another order, or none at all."""
    return _PLACES[order].read(text)

"""Which rows an export has: said by the pages, whose search it is, and asked here by whoever writes the file.

The pages may use services and not the reverse. So they hand their table in once, when the program starts.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from wrapups.models import Export


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some rows of a table in order, as text; the place of the last one, and whether more follow."""

    rows: Sequence[Sequence[str]]
    place: str
    more: bool


class Table(Protocol):
    """The rows of one export, in an order in which one can go on from any place."""

    @property
    def heading(self) -> Sequence[str]:
        """The names of the columns."""
        ...

    @property
    def numbers(self) -> Collection[int]:
        """The places of the columns, from 0, that hold whole numbers."""
        ...

    def stretch(self, after: str, *, most: int) -> Stretch:
        """Return at most so many of the rows after a place, all as they are in one moment; "" is the begin."""
        ...

    def count(self, *, bound: int) -> int:
        """Return how many rows there are, at most `bound`."""
        ...


_tables: list[Callable[[Export], Table]] = []


def read_exports_with(table: Callable[[Export], Table]) -> None:
    """Take the table of every export from here on from this function."""
    _tables[:] = [table]


def table_of(export: Export) -> Table:
    """Return the table that this export is of."""
    [table] = _tables
    return table(export)

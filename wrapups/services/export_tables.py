"""What an export is a file of, as whoever writes the file asks for it.

Which rows a search finds is said by the pages, and services know no pages. So the table is handed in as an argument.
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


TableOf = Callable[[Export], Table]

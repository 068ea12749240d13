"""Reading a stretch of the past within what Genesys allows: slices by start, latest first, none too long or too deep.

A details query spans at most 31 days and pages at most 100,000 conversations deep. It finds what was going on in its
interval and started on a day that the interval touches, so slices that lie side by side find everything that one long
interval would. What lasted over an edge is found more than once; it belongs to the slice it started in.
Source of the limits: answers of the API, "must not exceed 31 days", "Pagination may not exceed 100000 results.".
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil

LONGEST = timedelta(days=31)
DEEPEST = 100_000
TOO_MANY = 90_000
"""From so many on a slice is halved: `totalHits` is an approximation."""
SHORTEST = timedelta(minutes=1)
"""A slice this short is not halved any more: what it finds too many of is going on all the time."""
MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Slice:
    """From `begins_at` on, up to but not at `ends_at`; both aware, in whole milliseconds as Genesys has them."""

    begins_at: datetime
    ends_at: datetime

    def halves(self) -> tuple["Slice", "Slice"]:
        """Return its later and its earlier half."""
        middle = _whole(self.begins_at + (self.ends_at - self.begins_at) / 2)
        return Slice(middle, self.ends_at), Slice(self.begins_at, middle)

    @property
    def splits(self) -> bool:
        """Whether its halves would not be too short."""
        return self.ends_at - self.begins_at >= 2 * SHORTEST


def slices(begins_at: datetime, ends_at: datetime, *, longest: timedelta = LONGEST) -> tuple[Slice, ...]:
    """Return slices that cover the interval exactly, latest first, each at most `longest`; none for an empty one.

    The edges are widened to whole milliseconds.
    """
    begin, end = _whole(begins_at), _whole(ends_at + MILLISECOND - timedelta(microseconds=1))
    found = []
    while begin < end:
        edge = max(begin, end - longest)
        found.append(Slice(edge, end))
        end = edge
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Shown:
    """What one page showed: the ids of its conversations, the earliest of their ends, and Genesys' own total."""

    ids: tuple[str, ...]
    oldest_end: datetime | None
    total: int


@dataclass(frozen=True, slots=True)
class Place:
    """How far a walk through ended conversations has come: the slices left, latest first, and the page of the first.

    `before` are the ids of the page before this one: pages shift while conversations end, and show some again.
    `reached` is the earliest end shown of the first slice, `calls` what the walk has cost so far, and `tries` how often
    this page could not be read whole.
    """

    left: tuple[Slice, ...]
    page: int = 1
    before: frozenset[str] = frozenset()
    reached: datetime | None = None
    calls: int = 0
    tries: int = 0

    @classmethod
    def beginning(cls, begins_at: datetime, ends_at: datetime) -> "Place":
        """Return the place from which to read all that was going on between these."""
        return cls(slices(begins_at, ends_at))

    @property
    def over(self) -> bool:
        """Whether nothing is left."""
        return not self.left

    @property
    def behind(self) -> datetime | None:
        """What ended from here on has been read; None once nothing is left."""
        if self.over:
            return None
        return min(self.left[0].ends_at, self.reached) if self.reached else self.left[0].ends_at

    def too_many(self, shown: Shown) -> bool:
        """Return whether the slice shows more than can be paged through: forget the page, its halves show all again."""
        return self.page == 1 and shown.total >= TOO_MANY and self.left[0].splits

    def belongs(self, started_at: datetime | None) -> bool:
        """Return whether what started then is to be taken from this slice and from no earlier one."""
        return len(self.left) == 1 or started_at is None or started_at >= self.left[0].begins_at

    def again(self, *, calls: int) -> "Place":
        """Return the same page, to be read once more."""
        return replace(self, tries=self.tries + 1, calls=self.calls + calls)

    def after(self, shown: Shown, *, floor: datetime, page_size: int, calls: int = 1) -> "Place":
        """Return the next place to read, once this one showed that; nothing that ended before `floor` is looked for."""
        spent = self.calls + calls
        if self.too_many(shown):
            return Place((*self.left[0].halves(), *self.left[1:]), calls=spent)
        below = shown.oldest_end is None or shown.oldest_end < floor
        last = len(shown.ids) < page_size and self.page * page_size >= shown.total
        if below or last or self.bottom(page_size):
            return Place(self.left[1:], calls=spent)
        ids = frozenset(shown.ids)
        return Place(self.left, self.page + 1, ids, reached=shown.oldest_end, calls=spent)

    def bottom(self, page_size: int) -> bool:
        """Return whether Genesys shows no page after this one, whatever there is."""
        return (self.page + 1) * page_size > DEEPEST

    def unread(self, shown: Shown, *, floor: datetime, page_size: int) -> int:
        """Return about how many conversations of the first slice no page shows any more, once this one showed that.

        Only a slice as short as can be comes to this; all others are halved before.
        """
        below = shown.oldest_end is None or shown.oldest_end < floor
        if self.too_many(shown) or below or not self.bottom(page_size):
            return 0
        return max(0, shown.total - self.page * page_size)

    def calls_left(self, begins_at: datetime, ends_at: datetime) -> int | None:
        """Return about how many calls the rest of a stretch takes, going by what its later part took.

        None where nothing of it has been read that one could go by.
        """
        if self.behind is None:
            return 0
        done, rest = ends_at - self.behind, self.behind - begins_at
        if self.calls == 0 or done <= timedelta():
            return None
        return ceil(self.calls * max(timedelta(), rest) / done)

    # Kept as text, so that another worker can go on

    def to_text(self) -> str:
        """Return it as JSON."""
        left = [[each.begins_at.isoformat(), each.ends_at.isoformat()] for each in self.left]
        reached = self.reached.isoformat() if self.reached else ""
        numbers = {"page": self.page, "calls": self.calls, "tries": self.tries}
        return json.dumps({"left": left, "before": sorted(self.before), "reached": reached, **numbers})

    @classmethod
    def of_text(cls, text: str) -> "Place":
        """Return what `to_text` made text of."""
        kept = json.loads(text)
        left = tuple(Slice(datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in kept["left"])
        reached = datetime.fromisoformat(kept["reached"]) if kept["reached"] else None
        return cls(left, kept["page"], frozenset(kept["before"]), reached, kept["calls"], kept["tries"])


def _whole(at: datetime) -> datetime:
    """Return the time without what is less than a millisecond, in UTC."""
    at = at.astimezone(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)

"""The success rate: how much of what was to get a code, and is through, has it. From counts that a chart has."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import floor

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.overview import address_of
from wrapups.domain.status import Status

COUNTED = (Status.VERIFIED, Status.FAILED, Status.CONFLICT)
"""What is under way is not through; what was skipped, cancelled or overridden was not, or no more, to get a code."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many have one status, and where they are listed."""

    status: Status
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class Success:
    """What became of the communications that ended since then; what none of them came to is left out."""

    since: datetime
    outcomes: tuple[Outcome, ...]

    @property
    def percent(self) -> float | None:
        """How many of a hundred are verified, never rounded up to all; None where nothing is through."""
        every = sum(each.number for each in self.outcomes)
        verified = sum(each.number for each in self.outcomes if each.status == Status.VERIFIED)
        return floor(1000 * verified / every) / 10 if every else None


def success_since(since: datetime, found: Mapping[tuple[datetime, str, str], int]) -> Success:
    """Return the success of what ended from an hour on, of counts by hour, status and what was found."""
    numbers = dict.fromkeys(COUNTED, 0)
    for (hour, status, _), number in found.items():
        if hour >= since and status in numbers:
            numbers[Status(status)] += number
    asked = AssignmentFilter(since=since)
    shown = [status for status in COUNTED if numbers[status] or status == Status.VERIFIED]
    return Success(
        since, tuple(Outcome(each, numbers[each], address_of(asked.but(status=each.value))) for each in shown)
    )

"""Counting without reading a whole table: exact up to a bound, "1,000+" or "100+" above it."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import QuerySet, Subquery

BOUND, SMALL_BOUND = 1000, 100


@dataclass(frozen=True, slots=True)
class Bounded:
    """A count that stops at a bound: `more` says that there are more than `number`."""

    number: int
    more: bool = False

    @classmethod
    def of(cls, counted: int, bound: int = BOUND) -> "Bounded":
        """Return what a count up to `bound` + 1 means."""
        return cls(min(counted, bound), counted > bound)

    def __bool__(self) -> bool:
        return self.number > 0

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.more else ''}"


class CountUpTo(Subquery):
    """How many rows a query has, at most `bound` + 1, as one column; PostgreSQL stops reading there."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS bounded)"
    output_field: Any = models.IntegerField()
    empty_result_set_value = 0

    def __init__(self, rows: QuerySet[Any], bound: int = BOUND) -> None:
        super().__init__(rows.order_by().values("pk")[: bound + 1])

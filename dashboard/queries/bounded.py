"""Counting without reading a whole table: exact up to a bound, "1,000+" or "100+" above it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import QuerySet, Subquery

from wrapups.services.dispatching import WAITS_SINCE
from wrapups.services.gauging import LOOKED_THROUGH

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


class WaitsSince(Subquery):
    """Since when the assignment that waited longest could have been taken, of so many that were due first."""

    template = "(SELECT min(since) FROM (%(subquery)s) AS bounded)"
    output_field: Any = models.DateTimeField()

    def __init__(self, due: QuerySet[Any]) -> None:
        super().__init__(due.order_by("due_at", "pk").values(since=WAITS_SINCE)[:LOOKED_THROUGH])


def counts_up_to(rows: QuerySet[Any], column: str, values: Sequence[str], bound: int) -> list[Bounded]:
    """Return how many rows have each of these values in a column, each exact up to a bound; one query.

    It says of each value what `CountUpTo` would, but Django writes the statement of one of them only: writing it anew
    for each of a dozen took longer than PostgreSQL takes to answer.
    """
    mark = uuid4().hex
    query = rows.filter(**{column: mark}).order_by().values("pk")[: bound + 1].query
    try:
        statement, params = query.sql_with_params()
    except EmptyResultSet:
        return [Bounded(0)] * len(values)
    counts = ", ".join([f"(SELECT count(*) FROM ({statement}) AS bounded)"] * len(values))  # noqa: S608 (Django wrote it)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}", [value if each == mark else each for value in values for each in params])
        return [Bounded.of(count, bound) for count in cursor.fetchone()]

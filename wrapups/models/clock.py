"""The one clock that decides anything: PostgreSQL's, never a worker's."""

from datetime import datetime
from typing import Any, cast

from django.db import connection, models
from django.db.models import DateTimeField
from django.db.models.functions import Cast


class AppNow(models.Func):
    """The database's time at the start of this transaction, plus the offset a test may have set.

    `app_now()` is created by migration 0001: `now()` plus the session setting `wrapups.clock_offset`.
    """

    function = "app_now"
    template = "%(function)s()"
    arity = 0
    output_field: Any = DateTimeField()


class Seconds(models.Func):
    """An interval of so many seconds, from a number or a numeric expression."""

    function = "make_interval"
    template = "%(function)s(secs => %(expressions)s)"
    output_field: Any = models.DurationField()

    def __init__(self, seconds: float | models.expressions.Combinable) -> None:
        value = models.Value(float(seconds)) if isinstance(seconds, int | float) else seconds
        super().__init__(Cast(value, models.FloatField()))


def app_now() -> datetime:
    """Return what the database takes for now (aware, UTC)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app_now()")
        [(now,)] = cursor.fetchall()
    return cast(datetime, now)

"""Long work that is a row of its own: one worker has it at a time, for as long as it keeps saying so."""

from typing import Any

from django.db.models import QuerySet

from wrapups.models.clock import AppNow, Seconds


class Lost(Exception):
    """Somebody ended the work meanwhile, or another worker has it: touch nothing."""


class Hold:
    """One worker's hold of a row with a lease: what it changes, it changes only as long as it has it."""

    def __init__(self, rows: QuerySet[Any], *, lease_s: float) -> None:
        """`rows` is the row to be held, as long as it is in the state it was found in."""
        self._rows, self._lease_s = rows, lease_s
        rows.update(lease_until=AppNow() + Seconds(lease_s))
        self._until = rows.values_list("lease_until", flat=True).get()

    def keep(self, **columns: Any) -> None:
        """Change columns and hold on for another lease. Raises Lost."""
        until = AppNow() + Seconds(self._lease_s)
        if not self._rows.filter(lease_until=self._until).update(**{"lease_until": until, **columns}):
            raise Lost
        self._until = self._rows.values_list("lease_until", flat=True).first()

    def release(self, **columns: Any) -> None:
        """Let others have it, unless it is lost already."""
        self._rows.filter(lease_until=self._until).update(lease_until=None, **columns)

"""Recurring duties of an organization: whose turn it is, for how long, and how it went.

A conditional UPDATE gives the duty to one worker; a lease frees it when that worker dies.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from wrapups.models import Sweep
from wrapups.models.clock import AppNow, Seconds


@contextmanager
def turn(organization_id: int, kind: Sweep.Kind, *, every_s: float) -> Iterator["Turn | None"]:
    """Give this duty to the caller if it is due and nobody has it, else yield None.

    Leaving the block sets when it is due next: in `every_s`, or at once where `Turn.again_after` says so.
    An exception is recorded as the sweep's problem and goes on.
    """
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    rows = Sweep.objects.filter(free, organization_id=organization_id, kind=kind, due_at__lte=AppNow())
    if not rows.update(lease_until=AppNow() + Seconds(settings.DUTY_LEASE_S)):
        yield None
        return
    mine = Turn(Sweep.objects.get(organization_id=organization_id, kind=kind), every_s)
    try:
        yield mine
    except Exception as error:
        mine.problem = mine.problem or f"{type(error).__name__}: {error}"[:500]
        raise
    finally:
        mine.end()


class TurnLost(RuntimeError):
    """This worker was away for so long that another has the duty now."""


class Turn:
    """One worker's turn at a duty."""

    def __init__(self, sweep: Sweep, every_s: float) -> None:
        self.watermark_at: datetime | None = sweep.watermark_at
        self.until_at: datetime | None = sweep.until_at
        self.cursor: str = sweep.cursor
        self.problem = ""
        self._sweep = sweep
        self._after_s = every_s

    def again_after(self, seconds: float) -> None:
        """Make the next turn due in so many seconds instead of the usual time."""
        self._after_s = seconds

    def go_on(self) -> None:
        """Keep the duty for another lease: between the calls of a turn that may be long. Raises TurnLost."""
        mine = Sweep.objects.filter(pk=self._sweep.pk, lease_until=self._sweep.lease_until)
        if not mine.update(lease_until=AppNow() + Seconds(settings.DUTY_LEASE_S)):
            raise TurnLost(f"Another worker has the duty {self._sweep.kind} now.")
        self._sweep.refresh_from_db(fields=["lease_until"])

    def keep(self, cursor: str, *, since: datetime | None, until: datetime | None) -> None:
        """Keep how far a stretch that takes several turns has been gone through. Raises TurnLost."""
        self.go_on()
        self.watermark_at, self.until_at, self.cursor = since, until, cursor
        mine = Sweep.objects.filter(pk=self._sweep.pk, lease_until=self._sweep.lease_until)
        mine.update(watermark_at=since, until_at=until, cursor=cursor)

    def end(self) -> None:
        """Free the duty and record how it went; a turn whose lease had run out changes nothing."""
        fields: dict[str, Any] = {
            "lease_until": None,
            "due_at": AppNow() + Seconds(self._after_s),
            "problem": self.problem,
        }
        if not self.problem:
            fields |= {"succeeded_at": AppNow(), "watermark_at": self.watermark_at}
        Sweep.objects.filter(pk=self._sweep.pk, lease_until=self._sweep.lease_until).update(**fields)

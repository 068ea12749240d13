"""Showing that a process goes round, so that pages, metrics and health checks can tell when one does not."""

import os
import socket
import time
from datetime import datetime

from django.db.models import Exists, Max, OuterRef

from wrapups.models import Heartbeat
from wrapups.models.clock import AppNow, Seconds

EVERY_S = 10.0
SILENT_AFTER_S = 45
"""Four beats missed: a moment without a database silences nobody, and yet silence shows within a minute."""
FORGOTTEN_AFTER_S = 86_400


class Pulse:
    """The heartbeat of this process: may be shown as often as wanted, and is written every ten seconds."""

    def __init__(self, kind: Heartbeat.Kind) -> None:
        self._kind = kind
        self._beaten_at = -EVERY_S

    def beat(self) -> None:
        """Show that the loop goes round. Raises OperationalError where the database is away."""
        now = time.monotonic()
        if now - self._beaten_at < EVERY_S:
            return
        mine = Heartbeat(kind=self._kind, host=this_host(), pid=os.getpid(), beat_at=AppNow())
        Heartbeat.objects.bulk_create(
            [mine], update_conflicts=True, unique_fields=["kind", "host", "pid"], update_fields=["beat_at"]
        )
        if self._beaten_at < 0:
            _forget()
        self._beaten_at = now


def _forget() -> None:
    """Remove old rows, but for the latest of each kind: while nothing of a kind runs, that shows since when."""
    later = Heartbeat.objects.filter(kind=OuterRef("kind"), beat_at__gt=OuterRef("beat_at"))
    Heartbeat.objects.filter(Exists(later), beat_at__lt=AppNow() - Seconds(FORGOTTEN_AFTER_S)).delete()


def this_host() -> str:
    """Return the name of this machine or container, as heartbeats have it."""
    return socket.gethostname()[:64]


def last_beats() -> dict[Heartbeat.Kind, datetime]:
    """Return when a process of each kind last beat; a kind that never has is left out."""
    rows = Heartbeat.objects.values("kind").annotate(at=Max("beat_at")).values_list("kind", "at")
    return {Heartbeat.Kind(kind): at for kind, at in rows}


def beats_here(kind: Heartbeat.Kind) -> bool:
    """Return whether a process of this kind on this machine has beaten lately enough to count as alive."""
    lately = Heartbeat.objects.filter(kind=kind, host=this_host(), beat_at__gt=AppNow() - Seconds(SILENT_AFTER_S))
    return lately.exists()

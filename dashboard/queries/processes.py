"""The processes that work without pages, and whether each kind of them still shows that it goes round."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wrapups.models import Heartbeat
from wrapups.services import beating

SILENT = timedelta(seconds=beating.SILENT_AFTER_S)


@dataclass(frozen=True, slots=True)
class Process:
    """One kind of process: when the latest of it last beat, None for never, and whether that is too long."""

    kind: Heartbeat.Kind
    beat_at: datetime | None
    silent: bool


def processes(*, now: datetime) -> list[Process]:
    """Return worker and pump, in one query."""
    beats = beating.last_beats()
    return [_process(kind, beats.get(kind), now) for kind in Heartbeat.Kind]


def _process(kind: Heartbeat.Kind, at: datetime | None, now: datetime) -> Process:
    return Process(kind, at, at is None or now - at > SILENT)

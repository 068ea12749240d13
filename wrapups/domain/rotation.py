"""How much of the catalogue to read now: names often, everything at night, and the codes of queues by turns.

A listing of queues or of codes costs a call for a hundred entries, the codes of a queue cost a call for each queue.
So a look reads both listings, and the codes of the few queues most worth it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

NIGHT_HOUR = 3
IDLE_QUEUES_NIGHTS = 7
"""Within so many nights the codes of every queue that nothing speaks of are read once."""
QUEUES_A_LOOK = 2
NEW_QUEUES_A_LOOK = 10


class Extent(StrEnum):
    """How much one reading reads."""

    LOOK = "look"  # queues and codes; the codes of a few queues; agents that nobody knows yet
    NIGHT = "night"  # all listings; the codes of queues in use, and of a share of the others
    EVERYTHING = "everything"  # all listings, and the codes of every queue: the first time, and when a person asks


@dataclass(frozen=True, slots=True)
class QueueTurn:
    """A queue whose codes could be read. `read_at` is None where they were not since it was last changed.

    It is in use where rules name it or conversations were on it lately.
    """

    id: str
    read_at: datetime | None
    in_use: bool


def extent(whole_at: datetime | None, *, now: datetime, zone: ZoneInfo) -> Extent:
    """Return how much to read; `whole_at` is when all listings were last read, None where all is to be read."""
    if whole_at is None:
        return Extent.EVERYTHING
    night = now.astimezone(zone).replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    if night > now:
        night -= timedelta(days=1)
    return Extent.NIGHT if whole_at < night else Extent.LOOK


def queues_to_read(queues: Iterable[QueueTurn], extent: Extent) -> list[str]:
    """Return the ids of the queues whose codes are read now, those first that have waited longest."""
    new, used, idle = _sorted(queues)
    match extent:
        case Extent.LOOK:
            chosen = new[:NEW_QUEUES_A_LOOK]
            return chosen + used[: max(0, QUEUES_A_LOOK - len(chosen))]
        case Extent.NIGHT:
            return new + used + idle[: -(-len(idle) // IDLE_QUEUES_NIGHTS)]
        case Extent.EVERYTHING:
            return new + used + idle


def _sorted(queues: Iterable[QueueTurn]) -> tuple[list[str], list[str], list[str]]:
    """Return the ids of queues that are new or changed (those in use first), in use, and neither."""
    new: list[QueueTurn] = []
    read: list[tuple[datetime, QueueTurn]] = []
    for queue in queues:
        if queue.read_at is None:
            new.append(queue)
        else:
            read.append((queue.read_at, queue))
    read.sort(key=lambda each: (each[0], each[1].id))
    return (
        [queue.id for queue in sorted(new, key=lambda each: (not each.in_use, each.id))],
        [queue.id for _, queue in read if queue.in_use],
        [queue.id for _, queue in read if not queue.in_use],
    )

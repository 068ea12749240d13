"""Alerts: what can be told of, when it is so, and when it is over. Pure: what was found and the time are handed in.

One event is one stretch of time in which a condition stands for one subject: it is told once when it begins and once
when it is over. What cannot be judged at the moment leaves everything as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any

SLACK = 0.8
"""A count that was too high must fall below four fifths of its threshold, so that one more or less changes nothing."""
FEWEST_FOR_A_SHARE = 20
"""Of fewer assignments in an hour no share is told: one failure in three says nothing."""


TOLD_TO_WAIT, TOLD_TO_WAIT_MIN = "429", 5
"""Where calls are answered by asking us to wait: the subject, and from how many minutes of it the condition stands."""


class Condition(StrEnum):
    """What can be told of. The values are stored."""

    SILENT = "silent"
    OVERDUE = "overdue"
    FAILURES = "failures"
    FAILED_SHARE = "failed_share"
    FAILURE_GROUP = "failure_group"
    TOO_LATE = "too_late"
    BREAKER = "breaker"
    HELD = "held"
    REFUSED = "refused"
    NO_EVENTS = "no_events"
    CATALOGUE = "catalogue"
    WEBHOOK_HELD = "webhook_held"


@dataclass(frozen=True, slots=True)
class Threshold:
    """From which number on a condition stands, in which unit, and between which bounds it may be set."""

    default: int
    unit: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a condition is called and means, and how it is told of unless somebody sets it otherwise.

    `settle_s`: for how long it must have been over, so that what comes and goes is told once.
    """

    name: str
    means: str
    urgent: bool = False
    threshold: Threshold | None = None
    settle_s: int = 120


MEANINGS: Mapping[Condition, Meaning] = {
    Condition.SILENT: Meaning(
        "Worker or pump silent", "No worker, or no pump, has shown a sign of life, so nothing is sent.", urgent=True
    ),
    Condition.REFUSED: Meaning(
        "Credentials refused", "Genesys Cloud refuses our OAuth client, so nothing is sent.", urgent=True, settle_s=0
    ),
    Condition.HELD: Meaning(
        "Work paused", "A person has paused all calls to Genesys Cloud, a lane or a rule.", settle_s=0
    ),
    Condition.BREAKER: Meaning(
        "Genesys Cloud lets no call through",
        "Calls have failed for more than half a minute, or were answered by asking us to wait (429) for "
        f"{TOLD_TO_WAIT_MIN} minutes, so all of them wait.",
    ),
    Condition.OVERDUE: Meaning(
        "Work waits too long",
        "The oldest fresh assignment that is due has waited for longer than this.",
        threshold=Threshold(15, "minutes", 2, 1440),
    ),
    Condition.FAILURES: Meaning(
        "Many failures",
        "So many assignments failed within the last hour.",
        threshold=Threshold(50, "failures", 1, 100_000),
    ),
    Condition.FAILED_SHARE: Meaning(
        "Large share of failures",
        f"So many of a hundred assignments tried within the last hour failed; told of from {FEWEST_FOR_A_SHARE} on.",
        threshold=Threshold(20, "%", 1, 100),
    ),
    Condition.FAILURE_GROUP: Meaning(
        "New kind of failure", "Assignments fail for a cause that is new, or was over and is back.", settle_s=0
    ),
    Condition.TOO_LATE: Meaning(
        "Failures soon too old",
        "Failures will be too old to be changed in Genesys Cloud within this time.",
        threshold=Threshold(12, "hours", 1, 168),
    ),
    Condition.NO_EVENTS: Meaning(
        "No events",
        "An event source has been silent for so long, within its working hours.",
        threshold=Threshold(60, "minutes", 5, 1440),
        settle_s=0,
    ),
    Condition.CATALOGUE: Meaning(
        "Catalogue old",
        "Codes and queues were last read longer ago than this.",
        threshold=Threshold(6, "hours", 1, 168),
    ),
    Condition.WEBHOOK_HELD: Meaning(
        "Webhook held", "A webhook has failed for so long that it is told nothing any more.", settle_s=0
    ),
}
"""Every condition, in the order in which people read them: gravest first."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a look found about one subject: whether the condition stands (None: it cannot be told now), and the figures.

    `since` is when it began, where something says so; else it counts from the look that first saw it.
    """

    stands: bool | None
    subject: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    since: datetime | None = None


class Step(Enum):
    """What follows a look for one condition and subject."""

    NOTHING = "nothing"
    OPEN = "an event begins"
    SETTLING = "it may be over: see whether it stays so"
    STANDS_AGAIN = "it was not over"
    CLOSE = "the event is over"


@dataclass(frozen=True, slots=True)
class Ongoing:
    """An event that is not over; `over_since` is since when the condition has not been found to stand."""

    over_since: datetime | None = None


def follow(event: Ongoing | None, stands: bool | None, *, now: datetime, settle_s: int) -> Step:
    """Return what follows a look that found the condition to stand, or not to, or could not tell."""
    if stands is None:
        return Step.NOTHING
    if event is None:
        return Step.OPEN if stands else Step.NOTHING
    if stands:
        return Step.STANDS_AGAIN if event.over_since else Step.NOTHING
    if settle_s and event.over_since is None:
        return Step.SETTLING
    over_for_s = (now - event.over_since).total_seconds() if event.over_since else 0.0
    return Step.CLOSE if over_for_s >= settle_s else Step.NOTHING


def reaches(figure: float, threshold: int, *, standing: bool) -> bool:
    """Return whether a count is too high: from its threshold on, and until it has fallen well below it."""
    return figure >= (threshold * SLACK if standing else threshold)


def failed_share(failed: int, others: int) -> float | None:
    """Return how many of a hundred assignments of an hour failed; None where they are too few to tell."""
    every = failed + others
    return None if every < FEWEST_FOR_A_SHARE else 100 * failed / every


def wrong_with(condition: Condition, threshold: int | None) -> str:
    """Return what is wrong with a threshold, for the person; empty where nothing is."""
    bounds = MEANINGS[condition].threshold
    if bounds is None:
        return "" if threshold is None else "This alert has no threshold."
    if threshold is None or not bounds.least <= threshold <= bounds.most:
        return f"Choose a whole number from {bounds.least:,} to {bounds.most:,}."
    return ""

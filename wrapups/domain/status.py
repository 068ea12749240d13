"""The life of an assignment: what each status means, and every move that is allowed.

The database refuses what this table does not allow (a trigger is generated from it), so a bug cannot
turn `verified` back into `pending`. One function moves a row: `wrapups.services.moving.move`.
"""

from collections.abc import Mapping
from enum import StrEnum


class Status(StrEnum):
    PENDING = "pending"  # to be sent from due_at on
    SENDING = "sending"  # leased by one worker until lease_until, under a fence number
    UNKNOWN = "unknown"  # sent, but the answer never came or made no sense: read before anything else
    APPLIED = "applied"  # Genesys accepted it; not proof yet
    VERIFIED = "verified"  # read back and equal
    CONFLICT = "conflict"  # another code is there and it is not ours to overwrite: waits for a person
    OVERRIDDEN = "overridden"  # a person chose another code after ours
    FAILED = "failed"  # with a reason: waits for a person
    SKIPPED = "skipped"  # nothing to do, with a reason
    CANCELLED = "cancelled"  # a person said no
    SUPERSEDED = "superseded"  # a newer decision took its place


MOVES: Mapping[Status, frozenset[Status]] = {
    # SUPERSEDED and SKIPPED only while nothing was ever sent (the services check write_count), unless a person corrects
    # what is over.
    Status.PENDING: frozenset(
        {Status.SENDING, Status.SKIPPED, Status.CONFLICT, Status.FAILED, Status.CANCELLED, Status.SUPERSEDED}
    ),
    Status.SENDING: frozenset(
        {
            Status.PENDING,
            Status.UNKNOWN,
            Status.APPLIED,
            Status.VERIFIED,
            Status.CONFLICT,
            Status.OVERRIDDEN,
            Status.FAILED,
            Status.SKIPPED,
        }
    ),
    Status.UNKNOWN: frozenset({Status.SENDING, Status.FAILED}),
    # UNKNOWN when the bulk reading did not show it in time: then it is read one by one.
    Status.APPLIED: frozenset({Status.VERIFIED, Status.UNKNOWN}),
    Status.VERIFIED: frozenset({Status.OVERRIDDEN, Status.SUPERSEDED}),
    # A person acts: retry, apply anyway (a new generation supersedes), or let it be.
    Status.CONFLICT: frozenset({Status.SUPERSEDED, Status.CANCELLED}),
    Status.FAILED: frozenset({Status.PENDING, Status.UNKNOWN, Status.CANCELLED, Status.SUPERSEDED}),
    Status.SKIPPED: frozenset({Status.SUPERSEDED}),
    Status.OVERRIDDEN: frozenset({Status.SUPERSEDED}),
    Status.CANCELLED: frozenset({Status.SUPERSEDED}),
    Status.SUPERSEDED: frozenset(),
}

LIVE = frozenset({Status.PENDING, Status.SENDING, Status.UNKNOWN, Status.APPLIED})
"""Work is still to be done by itself."""

WAITS_FOR_A_PERSON = frozenset({Status.FAILED, Status.CONFLICT})

FINAL = frozenset(Status) - LIVE - WAITS_FOR_A_PERSON


class IllegalMove(ValueError):
    """An assignment cannot go from this status to that one."""

    def __init__(self, old: Status, new: Status) -> None:
        allowed = ", ".join(sorted(MOVES[old])) or "nothing else"
        super().__init__(f"An assignment that is {old} cannot become {new}; it can become {allowed}.")


def require_move(old: Status, new: Status) -> None:
    """Raise IllegalMove unless an assignment may go from `old` to `new`."""
    if new not in MOVES[old]:
        raise IllegalMove(old, new)


class SkipReason(StrEnum):
    """Why an ended agent communication gets nothing from us."""

    NO_RULE = "no_rule"
    AGENT_CHOSE = "agent_chose"
    ALREADY_CODED = "already_coded"
    NOT_CONNECTED = "not_connected"
    OBSERVING = "observing"
    PARKED = "parked"
    NO_WRAPUP_MEDIUM = "no_wrapup_medium"
    CAMPAIGN = "campaign"
    NO_QUEUE = "no_queue"
    OTHER_LEG = "other_leg"
    SHADOW = "shadow"


class FailReason(StrEnum):
    """Why an assignment waits for a person."""

    REJECTED = "rejected"
    EXHAUSTED = "exhausted"
    QUARANTINED = "quarantined"
    TOO_LATE = "too_late"
    UNCONFIRMED = "unconfirmed"
    CODE_GONE = "code_gone"
    CODE_NOT_ON_QUEUE = "code_not_on_queue"


class Lane(StrEnum):
    """What an assignment competes with for the call budget; fresh work goes first."""

    FRESH = "fresh"
    RETRY = "retry"
    BULK = "bulk"

"""What a failure means and what to do about it, for the person who reads it."""

from collections.abc import Mapping
from dataclasses import dataclass

from wrapups.domain.status import FailReason, Status
from wrapups.models import Assignment


@dataclass(frozen=True, slots=True)
class Advice:
    """What is so, what to do, and who can."""

    so: str
    do: str
    who: str


BY_REASON: Mapping[str, Advice] = {
    FailReason.REJECTED: Advice(
        "Genesys Cloud refused this request and would refuse it again.",
        "Read Genesys' own words, mend the cause there, then retry.",
        "Whoever administers Genesys Cloud",
    ),
    FailReason.EXHAUSTED: Advice(
        "It was tried as often as it may be, and Genesys Cloud never took it.",
        "See whether other conversations go through. If they do, retry; if none does, wait for Genesys.",
        "Ops or a supervisor",
    ),
    FailReason.QUARANTINED: Advice(
        "Three workers ended while they worked on this one, so it is kept away from the others.",
        "Look into the workers' logs at the times of the attempts, then retry. If it happens again, report a bug.",
        "Ops",
    ),
    FailReason.TOO_LATE: Advice(
        "The conversation is older than Genesys Cloud lets us change.",
        "It cannot be mended from here: cancel it, so that it does not stand in the way.",
        "A supervisor",
    ),
    FailReason.UNCONFIRMED: Advice(
        "Genesys Cloud accepted the code, but it never appeared on the conversation.",
        "Open the conversation in Genesys. Where the code is missing, retry.",
        "A supervisor",
    ),
    FailReason.CODE_GONE: Advice(
        "The wrap-up code that the rule chooses no longer exists in Genesys Cloud.",
        "Choose another code in the rule and publish, or bring the code back in Genesys, then retry.",
        "An admin",
    ),
    FailReason.CODE_NOT_ON_QUEUE: Advice(
        "The wrap-up code that the rule chooses is not on the conversation's queue.",
        "Add the code to the queue in Genesys and retry, or choose another code in the rule and publish.",
        "An admin",
    ),
}
CONFLICT = Advice(
    "Another code stands on the conversation, and it is not ours to overwrite.",
    "See which one is right. To leave the conversation as it is, cancel this assignment.",
    "A supervisor",
)
UNKNOWN = Advice(
    "This failure has no explanation of its own yet.",
    "Read the message and the attempts below, then retry or cancel.",
    "Ops",
)


def advice_on(assignment: Assignment) -> Advice:
    """Return what to do about a failed or conflicting assignment."""
    if assignment.status == Status.CONFLICT:
        return CONFLICT
    return BY_REASON.get(assignment.reason, UNKNOWN)

"""Words for what the engine records about an assignment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wrapups.domain.status import SkipReason, Status
from wrapups.domain.vocabulary import DISCONNECT_TYPES
from wrapups.models import Attempt

DISCONNECT_WORDS = DISCONNECT_TYPES

ATTEMPT_WORDS: Mapping[str, tuple[str, str]] = {
    Attempt.Kind.WRITE: ("Sent to Genesys Cloud", "send"),
    Attempt.Kind.READ: ("Read from Genesys Cloud", "eye"),
    Attempt.Kind.BULK_READ: ("Read back from Genesys Cloud", "eye"),
}
"""By kind of attempt: what was done, and its icon."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A status that was reached, as the timeline says it."""

    title: str
    icon: str
    tone: str


MOVE_WORDS: Mapping[str, Reached] = {
    Status.VERIFIED: Reached("Verified: Genesys shows the code", "check-check", "good"),
    Status.CONFLICT: Reached("Another code is there that is not ours to overwrite", "git-compare", "warning"),
    Status.OVERRIDDEN: Reached("A person chose another code after ours", "user-pen", "quiet"),
    Status.FAILED: Reached("Failed: it waits for a person", "circle-x", "bad"),
    Status.SKIPPED: Reached("Nothing left to do", "circle-minus", "quiet"),
    Status.CANCELLED: Reached("Cancelled", "circle-slash", "quiet"),
    Status.SUPERSEDED: Reached("A newer decision took its place", "layers", "quiet"),
}
"""Statuses worth a line of their own."""

ACT_WORDS: Mapping[str, tuple[str, str]] = {
    "retry assignment": ("had it sent again", "rotate-cw"),
    "retry assignments": ("had it sent again, with others", "rotate-cw"),
    "cancel assignment": ("decided that nothing shall be written", "circle-slash"),
    "apply anyway": ("had our code put in place of another person's", "gavel"),
    "correct code": ("corrected the code", "pencil"),
    "put earlier codes back": ("had the earlier code put back", "undo-2"),
    "cancel putting codes back": ("stopped the putting back of codes", "circle-slash"),
    "confirm a back-fill": ("had the past decided, and this with it", "history"),
    "cancel a back-fill": ("stopped the deciding of the past", "circle-slash"),
    "erase a customer": ("had what is known of the customer erased", "eraser"),
}
"""By an act's verb: what a person did to a code, after their name, and its icon."""

NEXT_WORDS: Mapping[str, Reached] = {
    Status.PENDING: Reached("It is sent to Genesys Cloud", "clock", "waiting"),
    Status.SENDING: Reached("Genesys Cloud is being asked right now", "send", "waiting"),
    Status.UNKNOWN: Reached("It is read first, because the last answer was unclear", "eye", "waiting"),
    Status.APPLIED: Reached("It is read back, to prove that the code is there", "eye", "waiting"),
    Status.VERIFIED: Reached("We look again whether a person has chosen another code", "eye", "quiet"),
    Status.FAILED: Reached("A person decides: send it again, correct it, or cancel it", "hand", "bad"),
    Status.CONFLICT: Reached("A person decides: keep the other code, or put ours in its place", "hand", "warning"),
}
"""By status: what happens next."""


POLICY_WORDS: Mapping[str, str] = {
    SkipReason.SHADOW: "The release that decided it is in shadow mode: it decides and records, and writes nothing.",
    SkipReason.AGENT_CHOSE: "The agent had already chosen a code, and a code that a person chose is kept.",
    SkipReason.NOT_CONNECTED: "The agent never answered, so there is nothing to wrap up.",
    SkipReason.OBSERVING: "This agent was only listening in, so there is nothing to wrap up.",
    SkipReason.PARKED: "The conversation is parked with this agent; it has not ended.",
    SkipReason.NO_WRAPUP_MEDIUM: "Genesys Cloud has no wrap-up for this medium.",
    SkipReason.CAMPAIGN: "It belongs to a campaign, and this organization leaves those to the campaign.",
    SkipReason.NO_QUEUE: "No queue was involved, and this organization gives codes to queues' conversations only.",
    SkipReason.OTHER_LEG: "Only one agent's part of the conversation gets a code, and it is another one.",
}
"""Why nothing is written whatever the rules say."""


def code_words(code_id: str, names: Callable[[str, str], str]) -> str:
    """Return a code's name, or that there is none."""
    return names("code", code_id) if code_id else "no code"


def answered(attempt: Attempt, names: Callable[[str, str], str]) -> str:
    """Return in words what came back for one attempt."""
    if attempt.finished_at is None:
        return "No answer is on record: it still runs, or its worker died."
    if attempt.message:
        said = attempt.message
    elif attempt.kind == Attempt.Kind.WRITE:
        said = f"Genesys Cloud accepted it ({attempt.http_status})."
    else:
        said = f"It showed {code_words(attempt.code_seen_id, names)}."
    return f"{said} It came too late: the work had been given to another worker." if _stale(attempt) else said


def _stale(attempt: Attempt) -> bool:
    return attempt.outcome.startswith("stale")

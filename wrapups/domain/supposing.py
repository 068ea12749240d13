"""A communication as facts alone describe it, so that the policies can be asked about one that never took place."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wrapups.domain.conversation import Acw, CommunicationSeen, ConversationSeen, Wrapup
from wrapups.domain.facts import Facts

SOME = "supposed"
"""Stands for an id that no fact gives."""
USUAL_MEDIUM = "voice"
USUAL_S = 60.0


@dataclass(frozen=True, slots=True)
class Supposed:
    """An ended communication of an agent, and in words what was taken for granted because no fact says it."""

    conversation: ConversationSeen
    communication: CommunicationSeen
    presumed: tuple[str, ...]


def supposed(facts: Facts, *, ended_at: datetime) -> Supposed:
    """Return the communication that these facts describe, as if it had ended then, answered and not parked.

    What no fact says is taken as it mostly is: a voice call of some queue, with after-call work complete.
    """
    leg = CommunicationSeen(
        participant_id=SOME,
        communication_id=SOME,
        media_type=_text(facts, "media") or USUAL_MEDIUM,
        purpose="agent",
        user_id=_text(facts, "agent") or SOME,
        queue_id=_text(facts, "queue") or SOME,
        direction=_text(facts, "direction"),
        connected_at=ended_at - timedelta(seconds=_seconds(facts, "duration_s")),
        ended_at=ended_at,
        acw=Acw.COMPLETE,
        wrapup=wrapup_of(facts),
    )
    seen = ConversationSeen(
        SOME,
        read_at=ended_at,
        started_at=leg.connected_at,
        ended_at=ended_at,
        campaign=facts.get("campaign") is True,
        communications=(leg,),
    )
    presumed = (("a voice call", "media"), ("of some queue", "queue"))
    return Supposed(seen, leg, tuple(words for words, fact in presumed if not _text(facts, fact)))


def wrapup_of(facts: Facts) -> Wrapup | None:
    """Return the wrap-up that the communication carried by its facts, or None."""
    code = _text(facts, "code") or _text(facts, "system_code")
    return Wrapup(code) if code else None


def _text(facts: Facts, name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


def _seconds(facts: Facts, name: str) -> float:
    value = facts.get(name)
    usable = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**7
    return float(value) if usable and isinstance(value, int | float) else USUAL_S

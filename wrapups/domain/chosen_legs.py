"""Which of a conversation's agent communications is the first, the last, the longest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from wrapups.domain.conversation import ConversationSeen
from wrapups.domain.eligibility import MEDIA_WITH_WRAPUP, Legs, is_agent_leg

LegKey = tuple[str, str]
"""Participant and communication id."""


@dataclass(frozen=True, slots=True)
class Span:
    """An agent's communication that can be wrapped up, and from when to when; `ended_at` is None while it goes on."""

    key: LegKey
    connected_at: datetime
    ended_at: datetime | None


def spans_of(conversation: ConversationSeen) -> list[Span]:
    """Return the communications among which one is chosen: agents' who spoke, not those who only listened in."""
    return [
        Span((leg.participant_id, leg.communication_id), leg.connected_at, leg.ended_at)
        for leg in conversation.communications
        if is_agent_leg(leg) and leg.connected_at and not leg.observing and leg.media_type in MEDIA_WITH_WRAPUP
    ]


def legs_of(spans: Iterable[Span], *, until: datetime) -> Mapping[LegKey, frozenset[Legs]]:
    """Return for each communication of one conversation which choices of legs take it; `every` takes them all.

    What still goes on has lasted until `until`, when this was read. Of equals the one with the lower ids is taken, so
    that it is the same one for ever. A transfer that comes later can make another communication the last.
    """
    ordered = sorted(spans, key=lambda span: (span.connected_at, span.key))
    if not ordered:
        return {}
    longest = max(reversed(ordered), key=lambda span: _lasted(span, until))
    one = {Legs.FIRST: ordered[0], Legs.LAST: ordered[-1], Legs.LONGEST: longest}
    return {
        span.key: frozenset({Legs.EVERY, *(legs for legs, taken in one.items() if taken is span)}) for span in ordered
    }


def _lasted(span: Span, until: datetime) -> timedelta:
    return max((span.ended_at or until) - span.connected_at, timedelta())

"""What a communication carries now, and whether it is its conversation's first, last or longest: for the policies."""

from collections.abc import Mapping
from datetime import datetime

from wrapups.domain.chosen_legs import LegKey, Span, legs_of, spans_of
from wrapups.domain.conversation import CommunicationSeen, ConversationSeen, is_system_code
from wrapups.domain.eligibility import Legs, Standing
from wrapups.domain.status import SkipReason
from wrapups.models import Assignment, Communication

NO_PART = frozenset({SkipReason.NOT_CONNECTED, SkipReason.OBSERVING, SkipReason.NO_WRAPUP_MEDIUM})
"""Communications so skipped are never the first, the last or the longest."""
NO_CHOICE = frozenset({Legs.EVERY})


def standing_of(seen: ConversationSeen, leg: CommunicationSeen) -> Standing:
    """Return how one communication of a reading stands."""
    legs = legs_of(spans_of(seen), until=seen.read_at)
    mine = legs.get((leg.participant_id, leg.communication_id), NO_CHOICE)
    return Standing(leg.chosen_code_id, leg.system_code_id, mine)


def standings_of(
    rows: Mapping[int, Communication], latest: Mapping[int, Assignment], *, now: datetime
) -> Mapping[int, Standing]:
    """Return how these communications, all that are known of their conversations, stand as last read, by their keys.

    `latest` are their newest assignments, by communication.
    """
    spans: dict[int, list[Span]] = {}
    for row in rows.values():
        if row.connected_at and (row.pk not in latest or latest[row.pk].reason not in NO_PART):
            spans.setdefault(row.conversation_id, []).append(Span(_key(row), row.connected_at, row.ended_at))
    legs = {conversation: legs_of(each, until=now) for conversation, each in spans.items()}
    return {pk: _standing(row, legs.get(row.conversation_id, {}).get(_key(row), NO_CHOICE)) for pk, row in rows.items()}


def _key(row: Communication) -> LegKey:
    return row.participant_id, row.communication_id


def _standing(row: Communication, legs: frozenset[Legs]) -> Standing:
    if is_system_code(row.code_id):
        return Standing(None, row.code_id, legs)
    return Standing(row.code_id or None, None, legs)

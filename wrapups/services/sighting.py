"""Keeping what Genesys Cloud showed: one row per conversation, one per agent's ended communication."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from wrapups.domain.conversation import CommunicationSeen, ConversationSeen
from wrapups.domain.eligibility import has_ended, is_agent_leg
from wrapups.domain.erasing import ERASED
from wrapups.domain.facts import storable
from wrapups.domain.predictions import from_json
from wrapups.models import Communication, Conversation, Organization
from wrapups.services.forgetting import anonymous, without_erased
from wrapups.services.locking import lock_assignments

Key = tuple[str, str, str]
"""Conversation, participant and communication id: what names a communication."""

CONVERSATION_FIELDS = [
    "started_at",
    "ended_at",
    "originating_direction",
    "division_ids",
    "ani",
    "dnis",
    "campaign",
    "attributes",
    "read_at",
]
COMMUNICATION_FIELDS = [
    "media_type",
    "agent_id",
    "queue_id",
    "direction",
    "connected_at",
    "ended_at",
    "disconnect_type",
    "acw",
    "acw_ended_at",
    "code_id",
    "code_notes",
    "read_at",
]


def ended_agent_legs(seen: ConversationSeen) -> list[CommunicationSeen]:
    """Return the communications of this reading that need a decision: an agent's, and over."""
    return [leg for leg in seen.communications if is_agent_leg(leg) and has_ended(leg)]


def keys_of(seen: ConversationSeen) -> set[Key]:
    """Return what names those communications."""
    return {(seen.conversation_id, leg.participant_id, leg.communication_id) for leg in ended_agent_legs(seen)}


def recalled(organization: Organization, sightings: Sequence[ConversationSeen]) -> list[ConversationSeen]:
    """Return these readings with what earlier ones knew and these do not show: one query for all of them.

    Sync analytics has no participant attributes, the operational API no originating direction, and neither has what
    Copilot predicted; and whoever once was seen to belong to a campaign still does, since its first code cannot be
    taken back. A customer who was erased stays erased.
    """
    sightings = without_erased(organization, sightings)
    rows = Conversation.everywhere.filter(
        organization=organization, conversation_id__in=[seen.conversation_id for seen in sightings]
    )
    known = {row.conversation_id: row for row in rows}
    return [_with_earlier(seen, known.get(seen.conversation_id)) for seen in sightings]


def _with_earlier(seen: ConversationSeen, known: Conversation | None) -> ConversationSeen:
    if known is None:
        return seen
    seen = anonymous(seen) if ERASED in (known.ani, known.dnis) else seen
    return replace(
        seen,
        attributes=known.attributes if seen.attributes is None else seen.attributes,
        originating_direction=seen.originating_direction or known.originating_direction,
        campaign=seen.campaign or known.campaign,
        predictions=from_json(known.predictions),
    )


def keep(organization: Organization, sightings: Sequence[ConversationSeen]) -> Mapping[Key, Communication]:
    """Store these readings and return the communications' rows. Three statements, however many, one
    more where some were known; in a transaction.

    Readings overtake each other: a code that was read later than this reading stays as it is.
    """
    conversations = {
        row.conversation_id: row
        for row in Conversation.everywhere.bulk_create(
            [_conversation(organization, seen) for seen in sightings],
            update_conflicts=True,
            unique_fields=["organization", "conversation_id"],
            update_fields=CONVERSATION_FIELDS,
        )
    }
    present = Communication.everywhere.filter(conversation__in=conversations.values())
    stored = {
        (row.conversation_id, row.participant_id, row.communication_id): row
        for row in present.select_for_update().order_by("pk")
    }
    if stored:
        lock_assignments(communication__in=stored.values())
    legs = [
        _communication(organization, conversations[seen.conversation_id], seen, leg)
        for seen in sightings
        for leg in ended_agent_legs(seen)
    ]
    for row in legs:
        _keep_later_code(row, stored.get((row.conversation_id, row.participant_id, row.communication_id)))
    rows = Communication.everywhere.bulk_create(
        legs,
        update_conflicts=True,
        unique_fields=["conversation", "participant_id", "communication_id"],
        update_fields=COMMUNICATION_FIELDS,
    )
    return {(row.conversation.conversation_id, row.participant_id, row.communication_id): row for row in rows}


def _keep_later_code(row: Communication, stored: Communication | None) -> None:
    if stored is not None and stored.read_at > row.read_at:
        row.code_id, row.code_notes, row.read_at = stored.code_id, stored.code_notes, stored.read_at


def _conversation(organization: Organization, seen: ConversationSeen) -> Conversation:
    attributes = seen.attributes
    return Conversation(
        organization=organization,
        conversation_id=seen.conversation_id,
        started_at=seen.started_at,
        ended_at=seen.ended_at,
        originating_direction=seen.originating_direction,
        division_ids=list(seen.division_ids),
        ani=storable(seen.ani)[:256],
        dnis=storable(seen.dnis)[:256],
        campaign=seen.campaign,
        attributes=None if attributes is None else {storable(k): storable(v) for k, v in attributes.items()},
        read_at=seen.read_at,
    )


def _communication(
    organization: Organization, conversation: Conversation, seen: ConversationSeen, leg: CommunicationSeen
) -> Communication:
    return Communication(
        organization=organization,
        conversation=conversation,
        participant_id=leg.participant_id,
        communication_id=leg.communication_id,
        media_type=leg.media_type,
        agent_id=leg.user_id or "",
        queue_id=leg.queue_id or "",
        direction=leg.direction,
        connected_at=leg.connected_at,
        ended_at=leg.ended_at,
        disconnect_type=leg.disconnect_type,
        acw=leg.acw,
        acw_ended_at=leg.acw_ended_at,
        code_id=leg.chosen_code_id or leg.system_code_id or "",
        code_notes=storable(leg.wrapup.notes) if leg.wrapup else "",
        read_at=seen.read_at,
    )

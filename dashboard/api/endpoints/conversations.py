"""Reading one conversation with all that was decided and said about it."""

from typing import Annotated, Any

from django.db.models import Prefetch
from ninja import Path, Router

from dashboard.api.authentication import ApiKeyAuth
from dashboard.api.masks import mask_of
from dashboard.api.problems import Kind, Problem
from dashboard.api.requests import ApiRequest
from dashboard.api.schemas.assignments import AssignmentOut
from dashboard.api.schemas.conversations import CommunicationOut, ConversationOut, Said
from dashboard.api.schemas.fields import ConversationId
from dashboard.api.telling import fields_of, named, names_for
from dashboard.queries.names import Names
from wrapups.domain.masking import Mask
from wrapups.domain.scopes import Scope
from wrapups.models import Assignment, Communication, Conversation, Disposition

router = Router(tags=["Conversations"])
MOST = 200


@router.get(
    "/conversations/{conversation_id}",
    auth=ApiKeyAuth(Scope.READ),
    response=ConversationOut,
    url_name="api-conversation",
)
def read_conversation(request: ApiRequest, conversation_id: Annotated[ConversationId, Path()]) -> ConversationOut:
    """Read an ended conversation: its agents' parts, their assignments, and what outside systems said."""
    row = (
        Conversation.objects.of(request.organization)
        .defer("attributes")
        .filter(conversation_id=conversation_id)
        .first()
    )
    if row is None:
        raise Problem(Kind.NOT_FOUND, "No ended conversation of this id is known yet.")
    legs = _legs(row)
    names = names_for(request.organization, legs)
    told = Disposition.objects.of(request.organization).filter(conversation_id=conversation_id)
    said = told.order_by("-said_at", "-pk")[:MOST]
    return ConversationOut(
        conversation_id=row.conversation_id,
        started_at=row.started_at,
        ended_at=row.ended_at,
        originating_direction=row.originating_direction or None,
        division_ids=row.division_ids,
        campaign=row.campaign,
        read_at=row.read_at,
        communications=[_leg(each, names) for each in legs],
        dispositions=[_said(each, mask_of(request, of=each.source)) for each in said],
    )


def _legs(row: Conversation) -> list[Any]:
    assignments = Assignment.objects.of(row.organization_id).select_related("wrapup_code", "release", "rule")
    latest_first = assignments.defer("facts").order_by("-generation")
    legs = Communication.objects.of(row.organization_id).filter(conversation=row).select_related("conversation")
    return list(legs.prefetch_related(Prefetch("assignments", latest_first)).order_by("connected_at", "pk")[:MOST])


def _leg(leg: Any, names: Names) -> CommunicationOut:
    return CommunicationOut(
        communication_id=leg.communication_id,
        participant_id=leg.participant_id,
        media_type=leg.media_type,
        direction=leg.direction or None,
        queue=named(names, "queue", leg.queue_id),
        agent=named(names, "agent", leg.agent_id),
        connected_at=leg.connected_at,
        ended_at=leg.ended_at,
        disconnect_type=leg.disconnect_type or None,
        code_id=leg.code_id or None,
        read_at=leg.read_at,
        assignments=[AssignmentOut(**fields_of(each, leg, names)) for each in leg.assignments.all()],
    )


def _said(row: Disposition, mask: Mask) -> Said:
    return Said(
        id=row.pk,
        source=row.source,
        event_id=row.event_id,
        disposition=row.code,
        notes=mask.text(row.notes),
        occurred_at=row.said_at,
        received_at=row.received_at,
    )

"""Looking again, in bulk, at what is due but was read too long ago: a hundred conversations a call."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from django.db.models import F, Q

from wrapups.domain.conversation import Acw, ConversationSeen
from wrapups.domain.errors import GenesysError, NotFound
from wrapups.domain.status import FailReason, Status
from wrapups.models import Assignment, Organization, Sweep
from wrapups.models.clock import AppNow
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.deciding import decide
from wrapups.services.moving import move
from wrapups.services.rulebook import in_force
from wrapups.services.sweeping import turn

PER_CALL = 100
ALONE_PER_TURN = 10
CALL_PATIENCE_S = 10


class Door(Protocol):
    """What refreshing needs of the gateway, one call each."""

    def conversations(self, conversation_ids: Sequence[str]) -> tuple[ConversationSeen, ...]: ...

    def conversation(self, conversation_id: str) -> ConversationSeen: ...


def refresh(organization: Organization, *, gateway: Door) -> int:
    """Read the conversations of the next due assignments again and let these follow; return how many were read.

    One worker at a time per organization. What bulk reading does not know is read alone; what even that does not
    know is too late.
    """
    with turn(organization.pk, Sweep.Kind.REFRESH, every_s=0) as mine:
        release = in_force(organization)
        if mine is None or release is None:
            return 0
        ids = _due_conversation_ids(organization)
        if not ids or not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S):
            return 0
        try:
            seen = gateway.conversations(ids)
            missing = sorted(set(ids) - {conversation.conversation_id for conversation in seen})
            alone = [found for key in missing[:ALONE_PER_TURN] if (found := _alone(organization, gateway, key))]
        except GenesysError as error:
            learn(organization.pk, error)
            mine.problem = str(error)[:500]
            mine.again_after(5)
            return 0
        learn(organization.pk, None)
        decide(organization, release, [*seen, *alone])
        return len(seen) + len(alone)


def _due_conversation_ids(organization: Organization) -> list[str]:
    too_old = Q(communication__read_at__lt=AppNow() - timedelta(seconds=organization.fresh_for_s))
    in_acw = Q(communication__acw=Acw.PENDING, communication__read_at__lt=F("due_at"))
    rows = (
        Assignment.everywhere.of(organization)
        .due()
        .filter(too_old | in_acw, status=Status.PENDING)
        .order_by("due_at", "pk")
        .values_list("communication__conversation__conversation_id", flat=True)[:PER_CALL]
    )
    return sorted(set(rows))


def _alone(organization: Organization, gateway: Door, conversation_id: str) -> ConversationSeen | None:
    if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S):
        return None
    try:
        return gateway.conversation(conversation_id)
    except NotFound as error:
        gone = Assignment.everywhere.of(organization).filter(
            status=Status.PENDING, communication__conversation__conversation_id=conversation_id
        )
        for pk in gone.values_list("pk", flat=True):
            move(pk, Status.PENDING, Status.FAILED, reason=FailReason.TOO_LATE, error_message=str(error)[:500])
        return None

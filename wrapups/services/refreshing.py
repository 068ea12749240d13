"""Looking again, in bulk, at what is due but was read too long ago: a hundred conversations a call."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from django.db.models import F, Q

from wrapups.domain.conversation import Acw, ConversationSeen
from wrapups.domain.errors import GenesysError, NotFound, Refused
from wrapups.domain.status import FailReason, Status
from wrapups.models import Assignment, Organization, Release, Sweep
from wrapups.models.assignments import AssignmentQuerySet
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.deciding import decide
from wrapups.services.moving import move
from wrapups.services.rulebook import in_force
from wrapups.services.sweeping import turn
from wrapups.services.trouble import trouble

PER_CALL = 100
ALONE_PER_TURN = 10
CALL_PATIENCE_S = 10
UNREADABLE_AGAIN_AFTER_S = 60


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
        except GenesysError as error:
            learn(organization.pk, error)
            mine.problem = str(error)[:500]
            mine.again_after(5)
            return 0
        learn(organization.pk, None)
        decide(organization, release, seen)
        missing = sorted(set(ids) - {conversation.conversation_id for conversation in seen})
        return len(seen) + sum(_read_alone(organization, release, gateway, key) for key in missing[:ALONE_PER_TURN])


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


def _read_alone(organization: Organization, release: Release, gateway: Door, conversation_id: str) -> bool:
    """Read and decide one conversation; return whether it could be. Its trouble holds up no other conversation."""
    if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S):
        return False
    try:
        seen = gateway.conversation(conversation_id)
    except Refused as error:
        _give_up(organization, conversation_id, error)
        return False
    except GenesysError as error:
        learn(organization.pk, error)
        _pending(organization, conversation_id).update(due_at=AppNow() + Seconds(UNREADABLE_AGAIN_AFTER_S))
        return False
    learn(organization.pk, None)
    decide(organization, release, [seen])
    return True


def _give_up(organization: Organization, conversation_id: str, error: Refused) -> None:
    reason = FailReason.TOO_LATE if isinstance(error, NotFound) else FailReason.REJECTED
    for pk, media_type in _pending(organization, conversation_id).values_list("pk", "communication__media_type"):
        told = trouble(error, operation="read", media_type=media_type, reason=reason)
        move(pk, Status.PENDING, Status.FAILED, reason=reason, **told)


def _pending(organization: Organization, conversation_id: str) -> AssignmentQuerySet:
    rows: AssignmentQuerySet = Assignment.everywhere.of(organization).filter(
        status=Status.PENDING, communication__conversation__conversation_id=conversation_id
    )
    return rows

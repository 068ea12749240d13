"""Looking again, in bulk, at what is due but was read too long ago: a hundred conversations a call."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Protocol

from django.db.models import F, Q

from wrapups.domain.conversation import Acw, ConversationSeen
from wrapups.domain.errors import GenesysError, NotFound, Refused
from wrapups.domain.status import FailReason, Lane, Status
from wrapups.models import Assignment, CallTally, Organization, Release, Sweep
from wrapups.models.assignments import AssignmentQuerySet
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.deciding import decide
from wrapups.services.held_work import HeldWork
from wrapups.services.index_order import by_index_order
from wrapups.services.moving import move
from wrapups.services.proof import Key
from wrapups.services.rulebook import in_force
from wrapups.services.sighting import ended_agent_legs, keys_of
from wrapups.services.sweeping import turn
from wrapups.services.trouble import trouble

PER_CALL = 100
ALONE_PER_TURN = 10
CALL_PATIENCE_S = 10
UNREADABLE_AGAIN_AFTER_S = 60
LOOKED_THROUGH = 500
KEY = (
    "communication__conversation__conversation_id",
    "communication__participant_id",
    "communication__communication_id",
)


class Door(Protocol):
    """What refreshing needs of the gateway, one call each."""

    def conversations(self, conversation_ids: Sequence[str]) -> tuple[ConversationSeen, ...]: ...

    def conversation(self, conversation_id: str) -> ConversationSeen: ...


def refresh(organization: Organization, *, gateway: Door) -> int:
    """Read the conversations of the next due assignments again and let these follow; return how many were read.

    One worker at a time per organization. What bulk reading does not know, or shows without a communication that is
    due, is read alone; what even that does not know is too late.
    """
    with turn(organization.pk, Sweep.Kind.REFRESH, every_s=0) as mine:
        release = in_force(organization)
        if mine is None or release is None:
            return 0
        due = _due(organization)
        if not due or not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S, use=CallTally.Use.REFRESH):
            return 0
        try:
            seen = gateway.conversations(sorted({conversation_id for conversation_id, *_ in due}))
        except GenesysError as error:
            learn(organization.pk, error)
            mine.problem = str(error)[:500]
            mine.again_after(5)
            return 0
        learn(organization.pk, None)
        decide(organization, release, seen)
        missing = sorted({conversation_id for conversation_id, *_ in due - _shown(seen)})
        return len(seen) + sum(_read_alone(organization, release, gateway, key) for key in missing[:ALONE_PER_TURN])


def _due(organization: Organization) -> set[Key]:
    """Return what is looked at again next: fresh work first, however long what was caught up on has been due.

    What is paused is not: it would be read again and again, before what can be sent. Of each lane so many that are next
    are looked through, however much a paused rule keeps before them: what stands behind would age again by its turn.
    """
    too_old = Q(communication__read_at__lt=AppNow() - timedelta(seconds=organization.fresh_for_s))
    unread = Q(communication__read_at__lt=F("due_at"))
    in_acw = Q(communication__acw=Acw.PENDING) & unread
    never_sent = Q(retry_epoch__gt=0, written_at=None) & unread
    held = HeldWork.of(organization)
    due = Assignment.everywhere.of(organization).due().filter(held.rule_is_free, status=Status.PENDING)
    stale = Assignment.everywhere.filter(too_old | in_acw | never_sent, bulk_act=None, corrects=None)
    found: set[Key] = set()
    for lane in (each for each in Lane if each not in held.lanes):
        with by_index_order():
            following = list(
                due.filter(lane=lane).order_by("due_at", "pk").values_list("pk", flat=True)[:LOOKED_THROUGH]
            )
        rows = stale.filter(pk__in=following).order_by("due_at", "pk")
        found.update(rows.values_list(*KEY)[: PER_CALL - len(found)])
    return found


def _shown(sightings: Iterable[ConversationSeen]) -> set[Key]:
    """Return what deciding took from these readings, and so counts as read now."""
    return {key for seen in sightings for key in keys_of(seen)}


def _read_alone(organization: Organization, release: Release, gateway: Door, conversation_id: str) -> bool:
    """Read and decide one conversation; return whether it could be. Its trouble holds up no other conversation."""
    if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S, use=CallTally.Use.REFRESH):
        return False
    try:
        seen = gateway.conversation(conversation_id)
    except Refused as error:
        _give_up(_pending(organization, conversation_id), error)
        return False
    except GenesysError as error:
        learn(organization.pk, error)
        _pending(organization, conversation_id).update(due_at=AppNow() + Seconds(UNREADABLE_AGAIN_AFTER_S))
        return False
    learn(organization.pk, None)
    decide(organization, release, [seen])
    _leave_unshown(_pending(organization, conversation_id), seen)
    return True


def _leave_unshown(pending: AssignmentQuerySet, seen: ConversationSeen) -> None:
    """A communication that is not in its conversation any more is too late; one that goes on again is put off."""
    there = [leg.communication_id for leg in seen.communications]
    ended = [leg.communication_id for leg in ended_agent_legs(seen)]
    lost = pending.exclude(communication__communication_id__in=there)
    _give_up(lost, NotFound("Genesys Cloud shows the conversation without this communication."))
    going_on = pending.filter(communication__communication_id__in=there)
    going_on.exclude(communication__communication_id__in=ended).update(
        due_at=AppNow() + Seconds(UNREADABLE_AGAIN_AFTER_S)
    )


def _give_up(pending: AssignmentQuerySet, error: Refused) -> None:
    reason = FailReason.TOO_LATE if isinstance(error, NotFound) else FailReason.REJECTED
    for pk, media_type in pending.values_list("pk", "communication__media_type"):
        told = trouble(error, operation="read", media_type=media_type, reason=reason, status=Status.FAILED)
        move(pk, Status.PENDING, Status.FAILED, reason=reason, **told)


def _pending(organization: Organization, conversation_id: str) -> AssignmentQuerySet:
    rows: AssignmentQuerySet = Assignment.everywhere.of(organization).filter(
        status=Status.PENDING, communication__conversation__conversation_id=conversation_id
    )
    return rows

"""What a read shows, leg by leg, and keeping it as an assignment's proof."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from wrapups.domain.conversation import CommunicationSeen, ConversationSeen
from wrapups.domain.status import Status
from wrapups.models import Attempt, Communication
from wrapups.models.clock import AppNow
from wrapups.services.moving import move

Key = tuple[str, str, str]
"""Conversation, participant and communication id."""


def legs_by_key(sightings: Iterable[ConversationSeen]) -> Mapping[Key, CommunicationSeen]:
    """Return every communication of these readings by what names it."""
    return {
        (seen.conversation_id, leg.participant_id, leg.communication_id): leg
        for seen in sightings
        for leg in seen.communications
    }


def key_of(row: Any) -> Key:
    """Return what names an assignment's communication (which must be fetched, with its conversation)."""
    communication: Communication = row.communication
    return communication.conversation.conversation_id, communication.participant_id, communication.communication_id


def lock_communication(pk: int) -> None:
    """Lock a communication's row, before its assignment's, until the transaction ends.

    Deciding locks in this order too; the other way round the two would wait for each other for ever.
    """
    list(Communication.everywhere.select_for_update(no_key=True).filter(pk=pk).values_list("pk"))


def prove(row: Any, old: Status, new: Status, *, shown: str, worker: str, **columns: Any) -> bool:
    """Move an assignment by what a bulk read showed, and keep the reading as an attempt; False where it had moved."""
    with transaction.atomic():
        lock_communication(row.communication_id)
        if not move(row.pk, old, new, **columns):
            return False
        Attempt.objects.create(
            assignment=row,
            organization_id=row.organization_id,
            fence=row.fence,
            kind=Attempt.Kind.BULK_READ,
            worker=worker,
            finished_at=AppNow(),
            outcome=new,
            code_seen_id=shown,
            http_status=200,
        )
        Communication.everywhere.filter(pk=row.communication_id).update(code_id=shown, read_at=AppNow())
    return True

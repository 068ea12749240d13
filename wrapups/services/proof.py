"""What a read shows, leg by leg, and keeping it as an assignment's proof."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from wrapups.domain.conversation import CommunicationSeen, ConversationSeen
from wrapups.domain.status import Status
from wrapups.models import Attempt, Communication
from wrapups.models.clock import AppNow
from wrapups.services.moving import move_all

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


def lock_communications(pks: Iterable[int]) -> None:
    """Lock communications' rows, before their assignments', until the transaction ends.

    Deciding locks in this order too; the other way round the two would wait for each other for ever.
    """
    rows = Communication.everywhere.select_for_update(no_key=True).filter(pk__in=list(pks))
    list(rows.order_by("pk").values_list("pk"))


def prove(row: Any, old: Status, new: Status, *, shown: str, worker: str, **columns: Any) -> bool:
    """Move an assignment by what a bulk read showed, and keep the reading as an attempt; False where it had moved."""
    return prove_all([(row, shown)], old, new, worker=worker, **columns) == 1


def prove_all(shown: Sequence[tuple[Any, str]], old: Status, new: Status, *, worker: str, **columns: Any) -> int:
    """The same for many assignments, each with the code that was shown, in one transaction; return how many moved.

    The number of statements does not grow with them, but for one a different code.
    """
    with transaction.atomic():
        lock_communications([row.communication_id for row, _ in shown])
        moved = move_all([row.pk for row, _ in shown], old, new, **columns)
        proven = [(row, code) for row, code in shown if row.pk in moved]
        Attempt.objects.bulk_create([_reading(row, code, new, worker) for row, code in proven])
        carriers: dict[str, list[int]] = {}
        for row, code in proven:
            carriers.setdefault(code, []).append(row.communication_id)
        for code, communications in carriers.items():
            Communication.everywhere.filter(pk__in=communications).update(code_id=code, read_at=AppNow())
    return len(proven)


def _reading(row: Any, shown: str, outcome: Status, worker: str) -> Attempt:
    return Attempt(
        assignment=row,
        organization_id=row.organization_id,
        fence=row.fence,
        kind=Attempt.Kind.BULK_READ,
        worker=worker,
        started_at=AppNow(),
        finished_at=AppNow(),
        outcome=outcome,
        code_seen_id=shown,
        http_status=200,
    )

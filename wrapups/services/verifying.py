"""Proof: what Genesys accepted is read back, a hundred conversations a call; what stays unseen is read one by one."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Protocol

from django.db import transaction

from wrapups.domain.capabilities import Capabilities
from wrapups.domain.conversation import CommunicationSeen, ConversationSeen
from wrapups.domain.errors import GenesysError
from wrapups.domain.status import Status
from wrapups.models import Assignment, CallTally, Organization, Sweep
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.budgeting import Granted, Held, Purpose, Wait, learn, take_call
from wrapups.services.moving import move
from wrapups.services.proof import Key, key_of, legs_by_key, prove_all
from wrapups.services.sweeping import turn
from wrapups.services.watching import verify_is_worth_a_call

PER_CALL = 100
READING_TAKES_AT_MOST_S = 60
FIRST_LOOK_AFTER_S = 900.0
"""How long after its proof a code is looked at again: has a person chosen another?"""


class BulkDoor(Protocol):
    """What bulk reading needs of the gateway: up to 100 conversations in one call; unknown ids are absent."""

    def conversations(self, conversation_ids: Sequence[str]) -> tuple[ConversationSeen, ...]: ...


def verify(organization: Organization, *, gateway: BulkDoor, worker: str) -> int | Wait | Held:
    """Read back up to 100 accepted assignments in one call; return how many are verified now (0: none was due).

    Where Genesys shows our code it is proof. Anything else is no verdict yet, since analytics lags: the row is
    looked at again, and after `confirm_within_s`, or at once where a person's code shows, it is read alone on the
    operational API, which decides.
    """
    with transaction.atomic():
        rows = _take(organization)
        if not rows:
            return 0
        allowed = take_call(organization.pk, purpose=Purpose(CallTally.Use.VERIFY))
        if not isinstance(allowed, Granted):
            transaction.set_rollback(True)
            return allowed
    try:
        seen = gateway.conversations(sorted({row.communication.conversation.conversation_id for row in rows}))
    except GenesysError as error:
        learn(organization.pk, error)
        return Wait(1.0)
    learn(organization.pk, None)
    return _judge(organization, rows, legs_by_key(seen), worker)


def _take(organization: Organization) -> list[Any]:
    """Take the rows that are due, oldest first, and put them out of others' sight while we read."""
    due = Assignment.everywhere.of(organization).filter(status=Status.APPLIED, due_at__lte=AppNow())
    rows = list(
        due.select_related("communication__conversation", "wrapup_code")
        .annotate(now=AppNow())
        .order_by("due_at", "pk")
        .select_for_update(skip_locked=True, of=("self",))[:PER_CALL]
    )
    Assignment.everywhere.filter(pk__in=[row.pk for row in rows]).update(
        due_at=AppNow() + Seconds(READING_TAKES_AT_MOST_S)
    )
    return rows


def _judge(organization: Organization, rows: Sequence[Any], legs: Mapping[Key, CommunicationSeen], worker: str) -> int:
    """Keep together as proof where our code is shown, and look again at the others; return how many are proven."""
    proven: list[tuple[Any, str]] = []
    for row in rows:
        leg = legs.get(key_of(row))
        shown = leg.chosen_code_id if leg else None
        if shown == row.wrapup_code.genesys_id:
            proven.append((row, shown or ""))
        else:
            _look_again(organization, row, shown)
    watched = {"watch_at": AppNow() + Seconds(FIRST_LOOK_AFTER_S), "unresolved_write": False}
    return prove_all(proven, Status.APPLIED, Status.VERIFIED, worker=worker, **watched) if proven else 0


def _look_again(organization: Organization, row: Any, shown: str | None) -> None:
    """In bulk as long as analytics may lag behind; alone, where a person's code shows or that has taken too long."""
    somebody_elses = shown is not None and shown != row.found_code_id
    waited: timedelta = row.now - (row.written_at or row.now)
    capabilities = Capabilities.of(organization.capabilities)
    shown_in_bulk = capabilities.shows_late_writes(row.communication.media_type)
    if somebody_elses or waited > timedelta(seconds=organization.confirm_within_s) or not shown_in_bulk:
        move(row.pk, Status.APPLIED, Status.UNKNOWN, due_at=AppNow())
    else:
        Assignment.everywhere.filter(pk=row.pk, status=Status.APPLIED).update(
            due_at=AppNow() + Seconds(max(organization.settle_s, 1))
        )


def verify_all(organization: Organization, *, gateway: BulkDoor, worker: str) -> int:
    """Verify as long as another call is worth it and allowed; return how many were verified. One worker at a time."""
    verified = 0
    with turn(organization.pk, Sweep.Kind.VERIFY, every_s=0) as mine:
        while mine is not None:
            now = verify(organization, gateway=gateway, worker=worker)
            if not isinstance(now, int) or now == 0:
                break
            verified += now
            if not verify_is_worth_a_call(organization):
                break
    return verified

"""Looking again, now and then, at what was verified: whether a person has chosen another code since.

A few bulk reads a day: after a quarter of an hour, two hours and a day. Their choice stays; we only take note.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import F

from wrapups.domain.errors import GenesysError
from wrapups.domain.status import Status
from wrapups.models import Assignment, CallTally, Organization, Sweep
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.proof import key_of, legs_by_key, prove
from wrapups.services.sweeping import turn
from wrapups.services.verifying import FIRST_LOOK_AFTER_S, BulkDoor

LOOKS_AFTER_S = (FIRST_LOOK_AFTER_S, 7_200.0, 86_400.0)
PER_CALL = 100
CALL_PATIENCE_S = 30


def oversee(organization: Organization, *, gateway: BulkDoor, worker: str, every_s: float) -> int:
    """Look at what is due to be looked at, a hundred a call; return how many codes turned out to be overridden."""
    overridden = 0
    with turn(organization.pk, Sweep.Kind.WATCH, every_s=every_s) as mine:
        while mine is not None and (rows := _due(organization)):
            if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S, use=CallTally.Use.WATCH):
                mine.problem = "The call budget left nothing for looking at verified codes again."
                break
            try:
                seen = gateway.conversations(sorted({row.communication.conversation.conversation_id for row in rows}))
            except GenesysError as error:
                learn(organization.pk, error)
                mine.problem = str(error)[:500]
                break
            learn(organization.pk, None)
            legs = legs_by_key(seen)
            overridden += sum(_look(row, legs.get(key_of(row)), worker) for row in rows)
    return overridden


def _due(organization: Organization) -> Sequence[Any]:
    rows = Assignment.everywhere.of(organization).filter(watch_at__lte=AppNow(), status=Status.VERIFIED)
    return list(rows.select_related("communication__conversation", "wrapup_code").order_by("watch_at")[:PER_CALL])


def _look(row: Any, leg: Any, worker: str) -> bool:
    """Take note of one row; a code that was there before ours is analytics lagging, not a person's later choice."""
    shown = leg.chosen_code_id if leg else None
    other = shown is not None and shown not in (row.wrapup_code.genesys_id, row.found_code_id)
    if not other:
        _look_later(row)
        return False
    return prove(row, Status.VERIFIED, Status.OVERRIDDEN, shown=shown or "", worker=worker, watch_at=None)


def _look_later(row: Any) -> None:
    """Note when to look again, unless somebody meanwhile said that nobody need."""
    looks = row.watch_count + 1
    again = AppNow() + Seconds(LOOKS_AFTER_S[looks] - LOOKS_AFTER_S[looks - 1]) if looks < len(LOOKS_AFTER_S) else None
    as_read = Assignment.everywhere.filter(pk=row.pk, status=Status.VERIFIED, watch_at=row.watch_at)
    as_read.update(watch_at=again, watch_count=F("watch_count") + 1)

"""Acts on many assignments, as a worker does them: fix the set, then go through it piece by piece.

Every piece is one transaction with the place after it: a worker that dies, or a person who cancels, leaves no row done
twice and none forgotten. No piece costs a call; what a retry sends again costs its own.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from django.db import transaction
from django.db.models import Q

from wrapups.models import BulkAct, Organization
from wrapups.models.clock import AppNow, Seconds
from wrapups.services import bulk_pieces, decide_again_pieces, put_back_pieces
from wrapups.services.holding import Hold, Lost

LEASE_S = 60

Piece = Callable[[BulkAct, Hold], float]
"""Does the next piece, and returns in how many seconds to go on."""

PIECES: Mapping[tuple[str, str], Piece] = {
    (BulkAct.Kind.PUT_BACK, BulkAct.State.FREEZING): put_back_pieces.freeze,
    (BulkAct.Kind.PUT_BACK, BulkAct.State.RUNNING): put_back_pieces.put_back,
    (BulkAct.Kind.DECIDE_AGAIN, BulkAct.State.FREEZING): decide_again_pieces.freeze,
    (BulkAct.Kind.DECIDE_AGAIN, BulkAct.State.RUNNING): decide_again_pieces.decide,
    (BulkAct.Kind.RETRY, BulkAct.State.RUNNING): bulk_pieces.retry,
    (BulkAct.Kind.CANCEL, BulkAct.State.RUNNING): bulk_pieces.cancel,
    (BulkAct.Kind.REDECIDE, BulkAct.State.RUNNING): bulk_pieces.redecide,
    (BulkAct.Kind.HAND_OVER, BulkAct.State.RUNNING): bulk_pieces.hand_over,
}
"""What is done with an act of each kind in each state that moves by itself."""


def is_due(organization: Organization) -> bool:
    """Return whether an act is to go on now and nobody has it."""
    return bool(_due(organization).exists())


def work(organization: Organization, *, for_s: float) -> bool:
    """Go on with one open act of the organization for a while; return whether there is more to do at once."""
    with transaction.atomic():
        act = _due(organization).select_for_update(skip_locked=True, of=("self",)).first()
        if act is None:
            return False
        hold = Hold(BulkAct.everywhere.filter(pk=act.pk, state=act.state), lease_s=LEASE_S)
    piece = PIECES[act.kind, act.state]
    deadline, after_s = time.monotonic() + for_s, 0.0
    with suppress(Lost):
        while time.monotonic() < deadline and not after_s:
            after_s = piece(act, hold)
            act.refresh_from_db()
    hold.release(due_at=AppNow() + Seconds(after_s))
    return is_due(organization)


def _due(organization: Organization) -> Any:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    rows = BulkAct.everywhere.of(organization).select_related("organization", "person", "act", "release", "hands_to")
    moves = Q(state__in=[BulkAct.State.FREEZING, BulkAct.State.RUNNING])
    return rows.filter(free, moves, due_at__lte=AppNow()).order_by("pk")

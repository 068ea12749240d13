"""The one function that moves an assignment from status to status."""

from typing import Any

from wrapups.domain.status import FINAL, WAITS_FOR_A_PERSON, Status, require_move
from wrapups.models import Assignment
from wrapups.models.clock import AppNow


def move(pk: int, old: Status, new: Status, *, under_fence: int | None = None, **fields: Any) -> bool:
    """Move one assignment by a conditional UPDATE; return whether it was still there to be moved.

    False means that somebody else has moved it meanwhile (or, with `under_fence`, claimed it again): touch
    nothing else. Raises IllegalMove for a move the table does not allow, which is a bug.
    """
    require_move(old, new)
    rows = Assignment.everywhere.filter(pk=pk, status=old)
    if under_fence is not None:
        rows = rows.filter(fence=under_fence)
    finished = AppNow() if new in FINAL or new in WAITS_FOR_A_PERSON else None
    if new != Status.SENDING:
        fields = {"lease_until": None, **fields}
    return rows.update(status=new, updated_at=AppNow(), finished_at=finished, **fields) == 1

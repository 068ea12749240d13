"""The one place that moves assignments from status to status."""

from collections.abc import Collection
from typing import Any

from wrapups.domain.status import FINAL, WAITS_FOR_A_PERSON, Status, require_move
from wrapups.models import Assignment
from wrapups.models.clock import AppNow


def move(pk: int, old: Status, new: Status, *, under_fence: int | None = None, **fields: Any) -> bool:
    """Move one assignment by a conditional UPDATE; return whether it was still there to be moved.

    False means that somebody else has moved it meanwhile (or, with `under_fence`, claimed it again): touch
    nothing else. Raises IllegalMove for a move the table does not allow, which is a bug.
    """
    rows = Assignment.everywhere.filter(pk=pk, status=old)
    if under_fence is not None:
        rows = rows.filter(fence=under_fence)
    return rows.update(**_columns(old, new, fields)) == 1


def move_all(pks: Collection[int], old: Status, new: Status, **fields: Any) -> set[int]:
    """Move those of many assignments that are still where they were; return which. Call it within a transaction."""
    there = Assignment.everywhere.filter(pk__in=pks, status=old).select_for_update().order_by("pk")
    moved = set(there.values_list("pk", flat=True))
    Assignment.everywhere.filter(pk__in=moved).update(**_columns(old, new, fields))
    return moved


def _columns(old: Status, new: Status, fields: dict[str, Any]) -> dict[str, Any]:
    require_move(old, new)
    finished = AppNow() if new in FINAL or new in WAITS_FOR_A_PERSON else None
    lease = {} if new == Status.SENDING else {"lease_until": None}
    return {**lease, "status": new, "updated_at": AppNow(), "finished_at": finished, **fields}

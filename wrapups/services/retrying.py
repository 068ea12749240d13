"""What a person may do with an assignment that waits for one."""

from django.db.models import F

from wrapups.domain.status import IllegalMove, Lane, Status, require_move
from wrapups.models import Assignment
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, acting
from wrapups.services.moving import move


def retry(assignment: Assignment, *, actor: Actor, reason: str = "") -> Status:
    """Send a failed assignment again, in the retry lane; return its new status.

    Where a write left and nobody knows what became of it, it is read first (`unknown`). The counters begin anew.
    Raises IllegalMove for one that is not failed, also where somebody else was quicker.
    """
    with acting(actor, "retry assignment", organization=assignment.organization, reason=reason):
        row = Assignment.everywhere.select_for_update().get(pk=assignment.pk)
        new = Status.UNKNOWN if row.unresolved_write else Status.PENDING
        if row.status != Status.FAILED:
            raise IllegalMove(Status(row.status), new)
        move(
            row.pk,
            Status.FAILED,
            new,
            lane=Lane.RETRY,
            due_at=AppNow(),
            reason="",
            write_count=0,
            read_count=0,
            crash_count=0,
            retry_epoch=F("retry_epoch") + 1,
        )
    return new


def cancel(assignment: Assignment, *, actor: Actor, reason: str) -> None:
    """Decide that nothing shall be written; final. ValueError without a reason, IllegalMove where it is too late."""
    if not reason.strip():
        raise ValueError("Say why nothing shall be written; it is kept with the assignment.")
    with acting(actor, "cancel assignment", organization=assignment.organization, reason=reason.strip()):
        row = Assignment.everywhere.select_for_update().get(pk=assignment.pk)
        require_move(Status(row.status), Status.CANCELLED)
        move(row.pk, Status(row.status), Status.CANCELLED)

"""What a person may do with an assignment that waits for one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Min

from wrapups.domain.pace import pace
from wrapups.domain.status import IllegalMove, Lane, Status, require_move
from wrapups.models import Assignment, Organization
from wrapups.models.assignments import AssignmentQuerySet
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, Program, acting
from wrapups.services.moving import move

BEGIN_ANEW: Mapping[str, Any] = {
    "reason": "",
    "write_count": 0,
    "read_count": 0,
    "crash_count": 0,
    "retry_epoch": F("retry_epoch") + 1,
}


def retry(assignment: Assignment, *, actor: Actor | Program, reason: str = "") -> Status:
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
            **BEGIN_ANEW,
        )
    return new


def insist(assignment: Assignment, *, actor: Actor, reason: str) -> Assignment:
    """Put our code in place of the one that another person chose; return the new assignment, which does it.

    The conflict is superseded by a next generation, which goes the same verified way. Should somebody choose yet
    another code meanwhile, that is a new conflict. Raises ValueError without a reason, IllegalMove for anything
    but a conflict.
    """
    if not reason.strip():
        raise ValueError("Say why our code shall stand in place of theirs; it is kept with the assignment.")
    with acting(actor, "apply anyway", organization=assignment.organization, reason=reason.strip()):
        row = (
            Assignment.everywhere.select_for_update(of=("self",)).select_related("communication").get(pk=assignment.pk)
        )
        if row.status != Status.CONFLICT:
            raise IllegalMove(Status(row.status), Status.SUPERSEDED)
        move(row.pk, Status.CONFLICT, Status.SUPERSEDED)
        newer: Assignment = Assignment.everywhere.create(
            organization_id=row.organization_id,
            communication=row.communication,
            generation=row.generation + 1,
            release_id=row.release_id,
            rule_id=row.rule_id,
            wrapup_code_id=row.wrapup_code_id,
            notes=row.notes,
            keep_end_time=row.keep_end_time,
            facts=row.facts,
            found_code_id=row.communication.code_id,
            ended_at=row.ended_at,
            lane=Lane.RETRY,
            insisted=True,
        )
    return newer


@dataclass(frozen=True, slots=True)
class Retried:
    """What a bulk retry did, and when it will be through: as long as the call budget needs, no less."""

    sent_again: int
    read_first: int
    left_alone: int
    seconds_to_finish: float


def retry_all(organization: Organization, pks: Sequence[int], *, actor: Actor | Program, reason: str) -> Retried:
    """Send these failed assignments again, in the bulk lane: two UPDATEs, however many, and no message for any of them.

    All in one transaction, for programs, which name what they mean. What people find by a search is frozen and shown to
    them first, and sent again piece by piece (`bulk_acting`). Only what is failed at this moment is touched; asking
    twice, or two people asking at once, does it once.
    Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("Say why these are sent again; it is kept with each of them.")
    with acting(actor, "retry assignments", organization=organization, reason=reason.strip()):
        sent_again, read_first = send_again(organization, pks)
    allowed = Min("organization__call_budget__allowed_per_minute")
    due = Assignment.everywhere.of(organization).due().aggregate(waiting=Count("pk"), allowed=allowed)
    seconds = due["waiting"] * 60 / pace(organization.calls_per_minute, due["allowed"])
    return Retried(sent_again, read_first, len(pks) - sent_again - read_first, seconds)


def send_again(organization: Organization, pks: Collection[int]) -> tuple[int, int]:
    """Move those of these assignments that are failed at this moment to the bulk lane, their counters anew.

    Return how many are sent, and how many read first. Call it within the transaction of an act.
    """
    failed = Assignment.everywhere.of(organization).filter(pk__in=pks, status=Status.FAILED)
    # Locked in one order first: an UPDATE alone locks as it finds them, and could meet a decision half-way.
    list(failed.select_for_update().order_by("pk").values_list("pk", flat=True))
    read_first = _again(failed.filter(unresolved_write=True), Status.UNKNOWN)
    return _again(failed.filter(unresolved_write=False), Status.PENDING), read_first


def _again(rows: AssignmentQuerySet, new: Status) -> int:
    """Move failed rows in one UPDATE, which asks for their status once more."""
    require_move(Status.FAILED, new)
    fields = {"lane": Lane.BULK, "due_at": AppNow(), "updated_at": AppNow(), "finished_at": None}
    return rows.update(status=new, **fields, **BEGIN_ANEW)


def cancel(assignment: Assignment, *, actor: Actor, reason: str) -> None:
    """Decide that nothing shall be written; final. ValueError without a reason, IllegalMove where it is too late."""
    if not reason.strip():
        raise ValueError("Say why nothing shall be written; it is kept with the assignment.")
    with acting(actor, "cancel assignment", organization=assignment.organization, reason=reason.strip()):
        row = Assignment.everywhere.select_for_update().get(pk=assignment.pk)
        require_move(Status(row.status), Status.CANCELLED)
        move(row.pk, Status(row.status), Status.CANCELLED)

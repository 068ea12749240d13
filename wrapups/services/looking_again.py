"""A person has a failed assignment's conversation looked at again: decided by the rules in force, read, then sent.

A retry sends what was decided once. This is for what was decided on something that is so no longer: rules that were
mended since, a part of the conversation that was transferred, a code that its queue offers by now.
"""

from django.db.models import F

from wrapups.domain.status import IllegalMove, Lane, Status
from wrapups.models import Assignment
from wrapups.services.auditing import Actor, acting
from wrapups.services.deciding import decide_anew, one_at_a_time, turned_away
from wrapups.services.retrying import retry


def look_again(assignment: Assignment, *, actor: Actor) -> Assignment:
    """Return the communication's newest assignment, which the release in force has decided now.

    Before it is sent the whole conversation is read again and followed. What still does not fit stays failed, by its
    new reason. Where a write of it may yet show up, or a person wants just this code, it is sent again as it is, and
    read first. Raises IllegalMove for one that is not failed, or whose place a newer decision took, also where somebody
    else was quicker.
    """
    conversation_id = assignment.communication.conversation.conversation_id
    with acting(actor, "look again", organization=assignment.organization):
        one_at_a_time(assignment.organization, [conversation_id])
        row = Assignment.everywhere.select_for_update().get(pk=assignment.pk)
        if row.status != Status.FAILED or _newest(row).pk != row.pk:
            raise IllegalMove(Status(row.status), Status.PENDING)
        if turned_away(row):
            decide_anew(assignment.organization, [conversation_id], lane=Lane.RETRY, again=[row.pk])
            return _read_before_sent(row)
    retry(assignment, actor=actor)
    return _newest(row)


def _read_before_sent(row: Assignment) -> Assignment:
    """Count the new decision as sent again by a person, by which its conversation is read whole before it is sent."""
    newest = _newest(row)
    waits = Assignment.everywhere.filter(pk=newest.pk, status=Status.PENDING, written_at=None)
    waits.update(retry_epoch=F("retry_epoch") + 1)
    newest.refresh_from_db()
    return newest


def _newest(row: Assignment) -> Assignment:
    newest: Assignment = Assignment.everywhere.filter(communication=row.communication_id).latest("generation")
    return newest

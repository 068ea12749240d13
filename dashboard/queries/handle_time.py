"""What a write does to the handle time, in words: as it was asked in Genesys Cloud, or as it will be."""

from collections.abc import Mapping, Sequence
from typing import Any

from wrapups.domain.status import LIVE
from wrapups.models import Assignment, Attempt, Organization

WAS_KEPT = "Kept: Genesys Cloud was asked to leave the end of after-call work as it is."
WAS_LEFT = "Not kept: the write may have ended after-call work, and with it the handle time."
IS_KEPT = "Kept: Genesys Cloud is asked to leave the end of after-call work as it is."
IS_LEFT = "Not kept: the write may end after-call work, and with it the handle time."


def handle_times(assignments: Sequence[Assignment], organization: Organization) -> Mapping[int, str]:
    """Return by assignment what its last write asked, or the next one will; nothing for what is written nowhere.

    One query. A policy that was changed since says nothing of what was sent before.
    """
    writes = Attempt.objects.filter(assignment__in=assignments, kind=Attempt.Kind.WRITE)
    last = writes.order_by("assignment", "-started_at", "-pk").distinct("assignment")
    sent = dict(last.values_list("assignment", "request"))
    return {
        each.pk: _asked(sent[each.pk]) if each.pk in sent else _will_ask(each, organization) for each in assignments
    }


def _asked(request: Mapping[str, Any] | None) -> str:
    body = (request or {}).get("body")
    if not isinstance(body, dict):
        return ""
    # A PATCH of the participant has it one level down.
    return WAS_KEPT if body.get("wrapup", body).get("disableEndTimeUpdates") else WAS_LEFT


def _will_ask(assignment: Assignment, organization: Organization) -> str:
    if assignment.status not in LIVE or assignment.wrapup_code_id is None:
        return ""
    keeps = assignment.keep_end_time
    return IS_KEPT if (organization.disable_end_time_updates if keeps is None else keeps) else IS_LEFT

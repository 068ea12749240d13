"""Rows as the API tells them, with the names of their queues and agents read together."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from dashboard.api.schemas.assignments import AssignmentOut, AttemptOut, RuleRef, Trouble
from dashboard.api.schemas.fields import Named
from dashboard.queries.names import Names
from wrapups.domain.status import Status
from wrapups.models import Assignment, Attempt, Organization, WrapupCode

GOES_ON = frozenset({Status.PENDING, Status.UNKNOWN, Status.APPLIED})


def told(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Return the query with what is told of an assignment, and without what is not."""
    return assignments.select_related("communication__conversation", "wrapup_code", "release", "rule").defer(
        "facts", "words", "said", "communication__conversation__attributes"
    )


def names_for(organization: Organization, communications: Iterable[Any]) -> Names:
    """Return the names of these communications' queues and agents: two queries."""
    legs = list(communications)
    return Names(organization, {"queue": {leg.queue_id for leg in legs}, "agent": {leg.agent_id for leg in legs}})


def named(names: Names, kind: str, genesys_id: str) -> Named | None:
    """Return something of Genesys Cloud with its name; None where there is no id."""
    return Named(id=genesys_id, name=names(kind, genesys_id)) if genesys_id else None


def code(row: WrapupCode | None) -> Named | None:
    """Return a wrap-up code."""
    return Named(id=row.genesys_id, name=row.name) if row else None


def assignments_out(organization: Organization, rows: Sequence[Any]) -> list[AssignmentOut]:
    """Return assignments that were read by `told`."""
    names = names_for(organization, (row.communication for row in rows))
    return [AssignmentOut(**fields_of(row, row.communication, names)) for row in rows]


def fields_of(row: Any, leg: Any, names: Names) -> dict[str, Any]:
    """Return what is told of one assignment, by field; `leg` is its communication."""
    return {
        "id": row.pk,
        "conversation_id": leg.conversation.conversation_id,
        "participant_id": leg.participant_id,
        "communication_id": leg.communication_id,
        "media_type": leg.media_type,
        "queue": named(names, "queue", leg.queue_id),
        "agent": named(names, "agent", leg.agent_id),
        "status": row.status,
        "reason": row.reason or None,
        "lane": row.lane,
        "wrapup_code": code(row.wrapup_code),
        "found_code_id": row.found_code_id or None,
        "release": row.release.number if row.release else None,
        "rule": RuleRef(line=row.rule.line, name=row.rule.name) if row.rule else None,
        "trouble": Trouble(kind=row.error, code=row.error_code, message=row.error_message) if row.error else None,
        "retries": row.retry_epoch,
        "ended_at": row.ended_at,
        "due_at": row.due_at if row.status in GOES_ON else None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "finished_at": row.finished_at,
    }


def attempt_out(row: Attempt) -> AttemptOut:
    """Return one attempt without its worker and its message."""
    return AttemptOut(
        kind=Attempt.Kind(row.kind),
        started_at=row.started_at,
        finished_at=row.finished_at,
        outcome=row.outcome or None,
        code_seen_id=row.code_seen_id or None,
        http_status=row.http_status or None,
        error_code=row.error_code or None,
        correlation_id=row.correlation_id or None,
        duration_ms=row.duration_ms,
    )

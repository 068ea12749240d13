"""Every call that was made for a conversation's codes: what was asked, what was sent, and what was answered."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dashboard.queries.names import Names
from dashboard.queries.story_events import Event, Exchange, Window
from dashboard.queries.words import ATTEMPT_WORDS, answered
from wrapups.domain.masking import Mask
from wrapups.models import Assignment, Attempt

NOTES = "notes"
"""The part of a body that attempts do not keep; null says that there was one."""


def attempted(
    assignments: Sequence[Assignment],
    names: Names,
    mask: Mask,
    window: Window,
    *,
    legs: Mapping[int, str],
) -> Iterator[Event]:
    """Yield the attempts for these, in one query; `legs` names whose each was, by assignment."""
    of = {each.pk: each for each in assignments}
    for attempt in window.of(Attempt.objects.filter(assignment__in=assignments), "started_at"):
        assignment = of[attempt.assignment_id]
        title, icon = ATTEMPT_WORDS[attempt.kind]
        code = f": {assignment.wrapup_code}" if attempt.kind == Attempt.Kind.WRITE else ""
        yield Event(
            attempt.started_at,
            icon,
            f"{title}{code}",
            answered(attempt, names),
            tone="bad" if attempt.http_status >= 400 else "quiet",
            leg=legs.get(assignment.pk, ""),
            exchange=exchange_of(attempt, mask.text(assignment.notes)),
        )


def exchange_of(attempt: Attempt, notes: str) -> Exchange:
    """Return what was sent and what was answered; `notes` are the assignment's, as the reader may see them."""
    request: Mapping[str, Any] = attempt.request or {}
    return Exchange(
        sent=f"{request['method']} {request['path']}" if request else "",
        body=json.dumps(_with_notes(request["body"], notes), indent=2, ensure_ascii=False) if "body" in request else "",
        http_status=attempt.http_status,
        error_code=attempt.error_code,
        correlation_id=attempt.correlation_id,
        duration_ms=attempt.duration_ms,
        worker=attempt.worker,
        in_bulk=attempt.kind == Attempt.Kind.BULK_READ,
    )


def _with_notes(body: Any, notes: str) -> Any:
    """Return a body with its notes where they were left out: those of the assignment, as the reader may see them."""
    if not isinstance(body, dict):
        return body
    return {name: notes if name == NOTES else _with_notes(value, notes) for name, value in body.items()}

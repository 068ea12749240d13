"""Handing in what outside systems call the outcome of a conversation, and asking what became of it."""

from collections import Counter
from typing import Annotated, Any
from uuid import uuid4

from django.http import HttpResponse
from django.urls import reverse
from ninja import Path, Router

from dashboard.api.authentication import ApiKeyAuth
from dashboard.api.masks import mask_of
from dashboard.api.once import IdempotencyKey, answered_once
from dashboard.api.problems import FieldError, Kind, Problem
from dashboard.api.requests import ApiRequest
from dashboard.api.schemas.dispositions import (
    BatchIn,
    BatchTaken,
    Consequence,
    DispositionIn,
    DispositionOut,
    Taken,
    TakenOfBatch,
)
from dashboard.api.schemas.fields import Key
from dashboard.api.telling import code
from wrapups.domain.masking import Mask
from wrapups.domain.scopes import Scope, scopes_of
from wrapups.domain.status import Status
from wrapups.models import Assignment, Disposition
from wrapups.services.submitting import Outcome, Submission, Submitted, submit

router = Router(tags=["Dispositions"])
MOST = 200


@router.post("/dispositions", auth=ApiKeyAuth(Scope.SUBMIT), response={202: Taken}, url_name="api-disposition-add")
def add_disposition(request: ApiRequest, told: DispositionIn, idempotency_key: IdempotencyKey = None) -> HttpResponse:
    """Hand in one disposition. It is stored when this answers; `Location` is where to ask what became of it."""
    return answered_once(request, idempotency_key, lambda: _add(request, told))


@router.post(
    "/dispositions/batch", auth=ApiKeyAuth(Scope.SUBMIT), response={202: BatchTaken}, url_name="api-disposition-batch"
)
def add_dispositions(request: ApiRequest, told: BatchIn, idempotency_key: IdempotencyKey = None) -> HttpResponse:
    """Hand in up to 500 dispositions, all in one transaction.

    Where one of them cannot be read, none is taken in. An item whose event id stands for another disposition is a
    conflict and is refused alone.
    """
    return answered_once(request, idempotency_key, lambda: _add_all(request, told))


@router.get(
    "/dispositions/{disposition_id}",
    auth=ApiKeyAuth(Scope.SUBMIT, Scope.READ),
    response=DispositionOut,
    url_name="api-disposition",
)
def read_disposition(request: ApiRequest, disposition_id: Annotated[Key, Path()]) -> DispositionOut:
    """Ask what became of a disposition. Without the scope `read` a key sees only those it handed in itself."""
    rows = Disposition.objects.of(request.organization).filter(pk=disposition_id)
    if Scope.READ not in scopes_of(request.auth.scopes):
        rows = rows.filter(source=request.auth.name)
    row = rows.first()
    if row is None:
        raise Problem(Kind.NOT_FOUND, "There is no such disposition.")
    return _out(row, _consequences(row), mask_of(request, of=row.source))


def _add(request: ApiRequest, told: DispositionIn) -> tuple[int, dict[str, Any]]:
    (taken,) = submit(request.program, [_submission(told)])
    if taken.outcome is Outcome.CONFLICT:
        raise Problem(Kind.TAKEN, "You told something else under this event id before. What was told first stands.")
    return 202, Taken(**_taken(taken)).model_dump(mode="json")


def _add_all(request: ApiRequest, told: BatchIn) -> tuple[int, dict[str, Any]]:
    submissions = [_submission(item) for item in told.items]
    _refuse_twins(submissions)
    taken = submit(request.program, submissions)
    counts = Counter(each.outcome for each in taken)
    answer = BatchTaken(
        accepted=counts[Outcome.ACCEPTED],
        repeated=counts[Outcome.REPEATED],
        conflicts=counts[Outcome.CONFLICT],
        items=[TakenOfBatch(**_taken(each)) for each in taken],
    )
    return 202, answer.model_dump(mode="json")


def _submission(told: DispositionIn) -> Submission:
    event_id = told.event_id or uuid4().hex
    return Submission(event_id, told.conversation_id, told.disposition, told.notes, told.occurred_at)


def _refuse_twins(submissions: list[Submission]) -> None:
    first: dict[str, int] = {}
    twins = []
    for place, each in enumerate(submissions):
        if first.setdefault(each.event_id, place) != place:
            reason = f"Item {first[each.event_id]} has the same event id. Give each its own."
            twins.append(FieldError(f"items.{place}.event_id", reason))
    if twins:
        raise Problem(Kind.INVALID, errors=twins)


def _taken(each: Submitted) -> dict[str, Any]:
    return {
        "event_id": each.submission.event_id,
        "conversation_id": each.submission.conversation_id,
        "outcome": each.outcome,
        "id": each.pk,
        "status_url": reverse("api-disposition", args=[each.pk]) if each.pk else None,
    }


def _consequences(row: Disposition) -> list[Assignment]:
    rows = Assignment.objects.of(row.organization_id).exclude(status=Status.SUPERSEDED)
    of_it = rows.filter(communication__conversation__conversation_id=row.conversation_id)
    return list(of_it.select_related("communication", "wrapup_code").order_by("pk")[:MOST])


def _out(row: Disposition, assignments: list[Assignment], mask: Mask) -> DispositionOut:
    return DispositionOut(
        id=row.pk,
        source=row.source,
        event_id=row.event_id,
        conversation_id=row.conversation_id,
        disposition=row.code,
        notes=mask.text(row.notes),
        occurred_at=row.said_at,
        received_at=row.received_at,
        state="decided" if assignments else "waiting",
        assignments=[_consequence(each, row) for each in assignments],
    )


def _consequence(each: Assignment, disposition: Disposition) -> Consequence:
    said = each.facts.get("disposition")
    return Consequence(
        id=each.pk,
        communication_id=each.communication.communication_id,
        status=Status(each.status),
        reason=each.reason or None,
        wrapup_code=code(each.wrapup_code),
        considered=isinstance(said, list) and disposition.code in said,
    )

"""Reading assignments, and sending failed ones again."""

from collections.abc import Collection, Iterator
from typing import Annotated, Any

from django.db import transaction
from django.http import HttpResponse
from ninja import Path, Router

from dashboard.api.authentication import ApiKeyAuth
from dashboard.api.masks import mask_of
from dashboard.api.once import IdempotencyKey, answered_once
from dashboard.api.problems import FieldError, Kind, Problem
from dashboard.api.requests import ApiRequest
from dashboard.api.schemas.assignments import (
    Asked,
    AssignmentDetail,
    AssignmentPage,
    AssignmentsAsked,
    BulkRetried,
    BulkRetryIn,
    Retried,
    RetryIn,
)
from dashboard.api.schemas.fields import Key
from dashboard.api.telling import assignments_out, attempt_out, fields_of, names_for, told
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.event_ids import told_of_by
from dashboard.queries.keyset import BY_END, Branches, Ended, page_of
from wrapups.domain.scopes import Scope
from wrapups.domain.status import IllegalMove
from wrapups.models import Assignment, Communication, Organization, WrapupCode
from wrapups.services import retrying

router = Router(tags=["Assignments"])
MOST_ATTEMPTS = 200

COLUMNS = {
    "reason": "reason",
    "queue_id": "queue_id",
    "agent_id": "agent_id",
    "media_type": "media_type",
    "ended_from": "ended_at__gte",
    "ended_before": "ended_at__lt",
}
"""What each parameter narrows."""


@router.get("/assignments", auth=ApiKeyAuth(Scope.READ), response=AssignmentPage, url_name="api-assignment-list")
def list_assignments(request: ApiRequest, asked: Asked) -> AssignmentPage:
    """List assignments, those that ended last first, page by page. Parameters narrow the list together."""
    keys = _asked(request.organization, asked).only(*BY_END.columns)
    page = page_of(keys, before=_place(asked), size=asked.limit, order=BY_END)
    rows = told(Assignment.objects.of(request.organization)).in_bulk([place.pk for place in page.rows])
    shown = [rows[place.pk] for place in page.rows if place.pk in rows]
    following = str(page.older) if page.older else None
    return AssignmentPage(items=assignments_out(request.organization, shown), next=following)


@router.post(
    "/assignments/retry", auth=ApiKeyAuth(Scope.RETRY), response={200: BulkRetried}, url_name="api-assignment-retry-all"
)
def retry_assignments(request: ApiRequest, told: BulkRetryIn, idempotency_key: IdempotencyKey = None) -> HttpResponse:
    """Send up to 100 failed assignments again. What is not failed is left alone; if one is not there, none is sent."""
    return answered_once(request, idempotency_key, lambda: _retry_all(request, told))


@router.get(
    "/assignments/{assignment_id}", auth=ApiKeyAuth(Scope.READ), response=AssignmentDetail, url_name="api-assignment"
)
def read_assignment(request: ApiRequest, assignment_id: Annotated[Key, Path()]) -> AssignmentDetail:
    """Read one assignment, with every call that was made for it."""
    row = told(Assignment.objects.of(request.organization)).filter(pk=assignment_id).first()
    if row is None:
        raise _not_there()
    names = names_for(request.organization, [row.communication])
    attempts = list(row.attempts.order_by("-started_at", "-pk")[:MOST_ATTEMPTS])
    return AssignmentDetail(
        **fields_of(row, row.communication, names),
        notes=mask_of(request).text(row.notes),
        attempts=[attempt_out(each) for each in reversed(attempts)],
    )


@router.post(
    "/assignments/{assignment_id}/retry",
    auth=ApiKeyAuth(Scope.RETRY),
    response={200: Retried},
    url_name="api-assignment-retry",
)
def retry_assignment(
    request: ApiRequest,
    assignment_id: Annotated[Key, Path()],
    told: RetryIn,
    idempotency_key: IdempotencyKey = None,
) -> HttpResponse:
    """Send one failed assignment again; where nobody knows what became of the last write, it is read first."""
    return answered_once(request, idempotency_key, lambda: _retry(request, assignment_id, told))


def _asked(organization: Organization, asked: AssignmentsAsked) -> Branches:
    given = {column: value for name, column in COLUMNS.items() if (value := getattr(asked, name)) is not None}
    if asked.wrapup_code_id is not None:  # looked up first: only of a known key can PostgreSQL tell how rare it is
        codes = WrapupCode.objects.of(organization).filter(genesys_id=asked.wrapup_code_id)
        given["wrapup_code__in"] = list(codes.values_list("pk", flat=True))
    rows = Assignment.objects.of(organization).filter(**given)
    for ids in _conversations(organization, asked):
        legs = Communication.objects.of(organization).filter(conversation__conversation_id__in=ids)
        rows = rows.filter(communication__in=list(legs.values_list("pk", flat=True)))
    return Branches([rows.filter(status=status.value) for status in AssignmentFilter(asked.status or "").statuses])


def _conversations(organization: Organization, asked: AssignmentsAsked) -> Iterator[Collection[str]]:
    """Yield the ids of conversations that the assignments must be of, for each way in which they were asked for."""
    if asked.conversation_id is not None:
        yield [asked.conversation_id]
    if asked.event_id is not None:
        yield told_of_by(organization, [asked.event_id])


def _place(asked: AssignmentsAsked) -> Ended | None:
    place = Ended.read(asked.cursor) if asked.cursor else None
    if asked.cursor and place is None:
        raise Problem(Kind.INVALID, errors=[FieldError("query.cursor", "Give what `next` said, as it is.")])
    return place


def _retry(request: ApiRequest, assignment_id: int, told: RetryIn) -> tuple[int, dict[str, Any]]:
    row = Assignment.objects.of(request.organization).filter(pk=assignment_id).first()
    if row is None:
        raise _not_there()
    try:
        status = retrying.retry(row, actor=request.program, reason=told.reason)
    except IllegalMove as error:
        raise Problem(Kind.NOT_SO, str(error)) from error
    return 200, Retried(id=row.pk, status=status).model_dump(mode="json")


def _retry_all(request: ApiRequest, told: BulkRetryIn) -> tuple[int, dict[str, Any]]:
    wanted = set(told.ids)
    if len(wanted) < len(told.ids):
        raise Problem(Kind.INVALID, errors=[FieldError("ids", "An id is given twice. Give each one once.")])
    with transaction.atomic():
        found = Assignment.objects.of(request.organization).filter(pk__in=wanted).count()
        if found < len(wanted):
            raise Problem(Kind.NOT_FOUND, f"{len(wanted) - found} of these assignments are not there. None was sent.")
        done = retrying.retry_all(request.organization, told.ids, actor=request.program, reason=told.reason)
    answer = BulkRetried(
        sent_again=done.sent_again,
        read_first=done.read_first,
        left_alone=done.left_alone,
        seconds_to_finish=round(done.seconds_to_finish, 1),
    )
    return 200, answer.model_dump(mode="json")


def _not_there() -> Problem:
    return Problem(Kind.NOT_FOUND, "There is no such assignment.")

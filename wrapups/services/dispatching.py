"""Handing out work: one due row, one call of the budget, one lease under a new fence, in one short transaction."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F

from wrapups.domain.conversation import Acw, CommunicationRef
from wrapups.domain.retry import after_crash
from wrapups.domain.status import Lane, Status
from wrapups.models import Assignment, Attempt, Organization
from wrapups.models.assignments import AssignmentQuerySet
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.budgeting import Granted, Held, Wait, take_call
from wrapups.services.moving import move
from wrapups.services.trouble import effort_of

LOOK_IS_GOOD_FOR_S = 10.0


@dataclass(frozen=True, slots=True)
class Claim:
    """One assignment, ours alone until the lease ends, and the call it may make."""

    pk: int
    fence: int
    kind: Attempt.Kind
    attempt_pk: int
    ref: CommunicationRef
    wanted_code_id: str
    found_code_id: str
    notes: str
    ended_s_ago: float


@dataclass(frozen=True, slots=True)
class Stale:
    """The next row was read too long ago to write to: read again, in bulk, before anything is written."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing is due."""


def claim_next(organization: Organization, *, worker: str) -> Claim | Stale | Idle | Wait | Held:
    """Take the next due assignment and the call it needs, or say why there is none.

    Reads after unclear answers go first, then fresh work, retries, bulk. Without a call in the budget the
    claim is rolled back, without a row no call is spent.
    """
    with transaction.atomic():
        row = _next(organization)
        if row is None:
            return Idle()
        if _kind(organization, row) == Attempt.Kind.WRITE and _stale(organization, row):
            return Stale()
        allowed = take_call(organization.pk)
        if not isinstance(allowed, Granted):
            transaction.set_rollback(True)
            return allowed
        return _lease(organization, row, worker)


def recover_expired(organization: Organization) -> int:
    """Take back what dead workers held: to be read before anything else, or, after three deaths, kept apart.

    The expiry is asked again within the UPDATE, so a worker that just finished is not disturbed. Returns how many.
    """
    recovered = 0
    for row in Assignment.everywhere.of(organization).expired()[:500]:
        step = after_crash(effort_of(row, crashes=1), settle_s=organization.settle_s)
        still_expired = Assignment.everywhere.filter(pk=row.pk, fence=row.fence, lease_until__lt=AppNow())
        with transaction.atomic():
            if still_expired.select_for_update().exists():
                recovered += move(
                    row.pk,
                    Status.SENDING,
                    step.status,
                    under_fence=row.fence,
                    due_at=AppNow() + Seconds(step.after_s),
                    crash_count=F("crash_count") + 1,
                    reason=step.reason or "",
                    error=Assignment.Error.CRASH,
                    error_message="Its worker died, or froze, before it had an answer.",
                )
    return recovered


def _next(organization: Organization) -> Assignment | None:
    due = Assignment.everywhere.of(organization).due().select_related("communication__conversation", "wrapup_code")
    lanes: list[AssignmentQuerySet] = [due.filter(status=Status.UNKNOWN)]
    lanes += [due.filter(status=Status.PENDING, lane=lane) for lane in (Lane.FRESH, Lane.RETRY, Lane.BULK)]
    for lane in lanes:
        ordered = lane.annotate(now=AppNow()).order_by("due_at", "pk")
        row: Assignment | None = ordered.select_for_update(skip_locked=True, of=("self",)).first()
        if row is not None:
            return row
    return None


def _read_within(row: Any, seconds: float) -> bool:
    age: timedelta = row.now - row.communication.read_at
    return age <= timedelta(seconds=seconds)


def _stale(organization: Organization, row: Any) -> bool:
    """Read too long ago to be written to; what was still in after-call work must be read again in any case."""
    in_acw = row.communication.acw == Acw.PENDING and row.communication.read_at < row.due_at
    return in_acw or not _read_within(row, organization.fresh_for_s)


def _kind(organization: Organization, row: Assignment) -> Attempt.Kind:
    """What the row needs now: a read after an unclear answer, or where the policy wants a look before the write."""
    look_first = organization.read_first and not _read_within(row, LOOK_IS_GOOD_FOR_S)
    return Attempt.Kind.READ if row.status == Status.UNKNOWN or look_first else Attempt.Kind.WRITE


def _lease(organization: Organization, row: Any, worker: str) -> Claim:
    kind, fence = _kind(organization, row), row.fence + 1
    columns: dict[str, Any] = {"fence": fence, "lease_until": AppNow() + Seconds(settings.LEASE_S), "leased_by": worker}
    if kind == Attempt.Kind.WRITE:
        columns |= {"written_at": AppNow(), "unresolved_write": True}
    move(row.pk, Status(row.status), Status.SENDING, under_fence=row.fence, **columns)
    attempt = Attempt.objects.create(assignment=row, organization=organization, fence=fence, kind=kind, worker=worker)
    ended = row.communication.ended_at
    return Claim(
        pk=row.pk,
        fence=fence,
        kind=kind,
        attempt_pk=attempt.pk,
        ref=row.communication.ref,
        wanted_code_id=row.wrapup_code.genesys_id,
        found_code_id=row.found_code_id,
        notes=row.notes,
        ended_s_ago=(row.now - ended).total_seconds() if ended else 0.0,
    )

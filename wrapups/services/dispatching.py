"""Handing out work: one due row, one call of the budget, one lease under a new fence, in one short transaction."""

import random
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest

from wrapups.domain.conversation import Acw, CommunicationRef, is_system_code
from wrapups.domain.retry import Effort, after_crash
from wrapups.domain.status import Lane, Status
from wrapups.models import Assignment, Attempt, CallTally, Organization
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.budgeting import Granted, Held, Purpose, Wait, take_call
from wrapups.services.held_work import NOTHING_HELD, HeldWork
from wrapups.services.index_order import by_index_order
from wrapups.services.moving import move
from wrapups.services.trouble import crash, effort_of

LOOK_IS_GOOD_FOR_S = 10.0
LOOK_IS_GOOD_FOR_CALLS = 3
"""And for at least so many calls: where few are allowed, the next one alone may take longer than ten seconds."""
READS_SHARE = 0.2
KEPT_FREE = 0.5
"""The part of a full bucket that retries and back-fills leave in it."""
NEEDED = (
    *("status", "fence", "due_at", "written_at", "unresolved_write", "was_accepted", "found_code_id", "notes"),
    *("write_count", "read_count", "crash_count", "wrapup_code__genesys_id", "keep_end_time"),
    *("bulk_act_id", "corrects_id", "created_at", "retry_epoch", "lane", "rule_identity"),
    *(f"communication__{name}" for name in ("participant_id", "communication_id", "media_type", "agent_id")),
    *(f"communication__{name}" for name in ("code_id", "acw", "read_at", "ended_at")),
    "communication__conversation__conversation_id",
)
"""What handing out a row asks of it; its facts, above all, need not be read for it."""
WAITS_SINCE = Greatest("due_at", "created_at")
"""Since when a row could have been taken: many are due from long before they were made, and waited for nobody then."""
FINISHING_TAKES_S = 5.0
TRIED = 100
"""So many of the rows that are next are tried, where others may be locking them: more than there are workers."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One assignment, ours alone until the lease ends, and the call it may make."""

    pk: int
    fence: int
    kind: Attempt.Kind
    attempt_pk: int
    communication_pk: int
    ref: CommunicationRef
    wanted_code_id: str
    found_code_id: str
    notes: str
    keep_end_time: bool | None
    """What the rule says about the handle time; None leaves it to the organization."""
    effort: Effort
    """Before the call that was claimed. Nobody else changes it while the fence holds."""
    ever_sent: bool
    was_accepted: bool
    unresolved_write: bool
    ended_s_ago: float
    good_until: float
    """When (`time.monotonic`) it is too late to begin the call: it could outlive the lease."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The next row was read too long ago to write to: read again, in bulk, before anything is written."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Nothing is due."""


def claim_next(organization: Organization, *, worker: str) -> Claim | Stale | Idle | Wait | Held:
    """Take the next due assignment and the call it needs, or say why there is none.

    Lanes share as `order_of_lanes` says; retries and back-fills leave some calls for what is fresh and for bulk reads,
    which would have to wait for each otherwise. Without a call in the budget the claim is rolled back, without a row no
    call is spent.
    """
    with by_index_order():
        row = _next(organization)
        if row is None:
            return Idle()
        kind = _kind(organization, row)
        if _stale(organization, row, kind):
            return Stale()
        can_wait = row.status == Status.PENDING and row.lane != Lane.FRESH
        leaving = (organization.burst - 1) * KEPT_FREE if can_wait else 0.0
        allowed = take_call(organization.pk, leaving=leaving, purpose=_purpose(row, kind))
        if not isinstance(allowed, Granted):
            transaction.set_rollback(True)
            return allowed
        return _lease(organization, row, kind, worker)


def recover_expired(organization: Organization) -> int:
    """Take back what dead workers held: to be read before anything else, or, after three deaths, kept apart.

    The expiry is asked again within the UPDATE, so a worker that just finished is not disturbed. Returns how many.
    """
    recovered = 0
    for row in Assignment.everywhere.of(organization).expired().select_related("communication")[:500]:
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
                    **crash(row.communication.media_type, step.reason),
                )
    return recovered


def order_of_lanes(chance: float, *, held: HeldWork = NOTHING_HELD) -> tuple[Q, ...]:
    """Return what is looked for first, second and so on; `chance` is 0.0 to 1.0.

    Fresh work goes first. Reads after unclear answers have one turn in five to themselves, so that neither lane
    starves the other; retries and back-fills get what is left. An empty lane's turn goes to the next. Of what is
    paused nothing is begun; what left before is still read.
    """
    free = (lane for lane in (Lane.FRESH, Lane.RETRY, Lane.BULK) if lane not in held.lanes)
    lanes = [Q(status=Status.PENDING, lane=lane) & held.rule_is_free for lane in free]
    before = 0 if chance < READS_SHARE else 1
    return (*lanes[:before], Q(status=Status.UNKNOWN), *lanes[before:])


def _next(organization: Organization) -> Assignment | None:
    """Return the next row, locked. Locked first and read whole afterwards, so that nothing joined to it is outdated."""
    due, held = Assignment.everywhere.of(organization).due(), HeldWork.of(organization)
    for lane in order_of_lanes(random.random(), held=held):  # noqa: S311 (shares turns, hides nothing)
        rows = due.filter(lane).order_by("due_at", "pk")
        if held.rules:
            rows = rows.filter(pk__in=_read_from_the_index(rows))
        pk = rows.select_for_update(skip_locked=True).values_list("pk", flat=True).first()
        if pk is not None:
            whole = Assignment.everywhere.select_related("communication__conversation", "wrapup_code")
            row: Assignment = whole.only(*NEEDED).annotate(now=AppNow()).get(pk=pk)
            return row
    return None


def _read_from_the_index(rows: QuerySet[Assignment]) -> list[int]:
    """Return which come next, without locking them.

    A lock is taken on the row itself: each that a paused rule keeps would be read to be passed over, at every claim.
    """
    return list(rows.values_list("pk", flat=True)[:TRIED])


def _read_within(row: Any, seconds: float) -> bool:
    age: timedelta = row.now - row.communication.read_at
    return age <= timedelta(seconds=seconds)


def _stale(organization: Organization, row: Any, kind: Attempt.Kind) -> bool:
    """Read too long ago to be written to.

    What was still in after-call work must be read whole in any case. So must what a person sends again that had failed
    before anything was sent: while it waited it followed nothing.
    """
    if row.status == Status.UNKNOWN or _looks_for_itself(row):
        return False
    in_acw = row.communication.acw == Acw.PENDING
    never_sent = row.retry_epoch > 0 and row.written_at is None
    unread = row.communication.read_at < row.due_at and (in_acw or never_sent)
    return unread or (kind == Attempt.Kind.WRITE and not _read_within(row, organization.fresh_for_s))


def _kind(organization: Organization, row: Assignment) -> Attempt.Kind:
    """What the row needs now: a read where something is unclear, or where a look is wanted before the write.

    The policy may want one, and what replaces one code and no other always does.
    """
    good_for_s = max(LOOK_IS_GOOD_FOR_S, LOOK_IS_GOOD_FOR_CALLS * 60 / organization.calls_per_minute)
    wants_look = organization.read_first or _looks_for_itself(row)
    looked = _read_within(row, good_for_s) and (
        not _looks_for_itself(row) or row.communication.read_at > row.created_at
    )
    look_first = wants_look and not looked
    unclear = row.status == Status.UNKNOWN or _shows_another_code(row)
    return Attempt.Kind.READ if unclear or look_first else Attempt.Kind.WRITE


def _purpose(row: Any, kind: Attempt.Kind) -> Purpose:
    """What the call is for. A read after an unclear answer belongs to no lane: nothing that is paused keeps it."""
    use = CallTally.Use.WRITE if kind == Attempt.Kind.WRITE else CallTally.Use.READ
    waited_s = max(0.0, (row.now - max(row.due_at, row.created_at)).total_seconds())
    if row.status == Status.UNKNOWN:
        return Purpose(use, waited_s=waited_s)
    return Purpose(use, row.lane, row.rule_identity, waited_s)


def _looks_for_itself(row: Assignment) -> bool:
    """Whether it replaces one code and no other, and so looks, alone: what puts a code back, and what corrects one."""
    return row.bulk_act_id is not None or row.corrects_id is not None


def _shows_another_code(row: Assignment) -> bool:
    """A code that was not there before may be a person's, or, after a first try, ours after all.

    What replaces one code and no other asks before its first try as well: no reading in bulk stands in for its look.
    """
    if row.written_at is None and not _looks_for_itself(row):
        return False
    shown = row.communication.code_id
    return shown not in ("", row.found_code_id) and not is_system_code(shown)


def _lease(organization: Organization, row: Any, kind: Attempt.Kind, worker: str) -> Claim:
    fence = row.fence + 1
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
        communication_pk=row.communication_id,
        ref=row.communication.ref,
        wanted_code_id=row.wrapup_code.genesys_id,
        found_code_id=row.found_code_id,
        notes=row.notes,
        keep_end_time=row.keep_end_time,
        effort=effort_of(row),
        ever_sent=row.written_at is not None,
        was_accepted=row.was_accepted,
        unresolved_write=row.unresolved_write,
        ended_s_ago=(row.now - ended).total_seconds() if ended else 0.0,
        good_until=time.monotonic() + settings.LEASE_S - settings.GENESYS_DEADLINE_S - FINISHING_TAKES_S,
    )

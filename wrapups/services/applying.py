"""One claimed assignment: make its call, and finish it under its fence. Never a transaction across the call."""

import logging
import random
import time
from dataclasses import replace
from typing import Any, Protocol

from django.db import transaction
from django.db.models import F

from wrapups.domain import retry
from wrapups.domain.conversation import CommunicationRef, Wrapup
from wrapups.domain.errors import GenesysError
from wrapups.domain.retry import NextStep
from wrapups.domain.status import Status
from wrapups.models import Assignment, Attempt, Communication, Organization
from wrapups.models.clock import AppNow, Seconds
from wrapups.outgoing.on_record import Wire, on_record
from wrapups.services.budgeting import learn
from wrapups.services.crashing import crash_point
from wrapups.services.dispatching import Claim
from wrapups.services.forgetting import kept_notes
from wrapups.services.moving import move
from wrapups.services.proof import lock_communications
from wrapups.services.trouble import crash, trouble
from wrapups.services.verifying import FIRST_LOOK_AFTER_S

logger = logging.getLogger(__name__)


class Door(Protocol):
    """What applying needs of the gateway: one write, one read, each exactly one call."""

    def apply_wrapup(
        self, ref: CommunicationRef, code_id: str, *, notes: str = "", disable_end_time_updates: bool = True
    ) -> None: ...

    def read_wrapup(self, ref: CommunicationRef) -> Wrapup | None: ...


def apply(claim: Claim, organization: Organization, *, gateway: Door) -> Status | None:
    """Make the claimed call and record what came of it; return the new status, or None where the claim was lost.

    A worker that was frozen for so long that its call could outlive the lease makes none. Raises nothing that
    Genesys can cause. A bug of ours is logged, and the row read before anything else; three of them set it apart.
    """
    started = time.monotonic()
    if started > claim.good_until:
        return None
    error: GenesysError | None = None
    seen: Wrapup | None = None
    crash_point("K1")
    try:
        with on_record() as wire:
            seen = _call(claim, organization, gateway)
    except GenesysError as caught:
        error = caught
    except Exception as bug:
        logger.exception("A bug of ours, while working assignment %s.", claim.pk)
        return give_up(claim, organization, bug)
    crash_point("K3")
    duration_ms = int((time.monotonic() - started) * 1000)
    return finish(claim, organization, error, seen, duration_ms=duration_ms, wire=wire)


def _call(claim: Claim, organization: Organization, gateway: Door) -> Wrapup | None:
    """Make the claimed call; return what a read showed."""
    if claim.kind != Attempt.Kind.WRITE:
        return gateway.read_wrapup(claim.ref)
    gateway.apply_wrapup(
        claim.ref,
        claim.wanted_code_id,
        notes=claim.notes,
        disable_end_time_updates=_keeps_end_time(claim, organization),
    )
    return None


def _keeps_end_time(claim: Claim, organization: Organization) -> bool:
    """Whether Genesys is asked to leave the handle time as it is: the rule's own word, else the organization's."""
    return organization.disable_end_time_updates if claim.keep_end_time is None else claim.keep_end_time


def give_up(claim: Claim, organization: Organization, bug: Exception) -> Status | None:
    """Put back what a bug of ours interrupted: like a death, it may have come after the write, so read first."""
    words = f"{type(bug).__name__} in our own code."
    with transaction.atomic():
        effort = replace(claim.effort, crashes=claim.effort.crashes + 1)
        step = retry.after_crash(effort, settle_s=organization.settle_s)
        moved = move(
            claim.pk,
            Status.SENDING,
            step.status,
            under_fence=claim.fence,
            due_at=AppNow() + Seconds(step.after_s),
            crash_count=F("crash_count") + 1,
            reason=step.reason or "",
            **crash(claim.ref.media_type, step.reason, kind=Assignment.Error.BUG, message=words),
        )
        Attempt.objects.filter(pk=claim.attempt_pk).update(finished_at=AppNow(), outcome="bug", message=words)
    return step.status if moved else None


def finish(
    claim: Claim,
    organization: Organization,
    error: GenesysError | None,
    seen: Wrapup | None,
    *,
    duration_ms: int,
    wire: Wire | None = None,
) -> Status | None:
    """Move the assignment to where this outcome leads and close its attempt, in one transaction, under the fence.

    `wire` is what went out, where that is known. Somebody else's claim (a higher fence) means that this worker was
    given up for dead: then only the attempt is closed, marked stale.
    """
    with transaction.atomic():
        if claim.kind == Attempt.Kind.READ:
            lock_communications([claim.communication_pk])
        step = _next_step(claim, organization, error, seen)
        crash_point("K4a")
        columns = _columns(claim, step, error)
        if _may_be_written_now(claim, step, error):
            del columns["due_at"]
            columns.pop("read_count", None)
        moved = move(claim.pk, Status.SENDING, step.status, under_fence=claim.fence, **columns)
        _close(claim, step, error, seen, stale=not moved, duration_ms=duration_ms, wire=wire or Wire())
        if moved and claim.kind == Attempt.Kind.READ and error is None:
            _keep_reading(claim.communication_pk, seen)
        crash_point("K4b")
    crash_point("K5")
    learn(organization.pk, error)
    return step.status if moved else None


def _next_step(claim: Claim, organization: Organization, error: GenesysError | None, seen: Wrapup | None) -> NextStep:
    jitter = random.random()  # noqa: S311 (spreads retries, hides nothing)
    too_old = claim.ended_s_ago > organization.too_late_h * 3600
    if claim.kind == Attempt.Kind.WRITE:
        effort = replace(claim.effort, writes=claim.effort.writes + 1)
        return retry.after_write(error, effort, settle_s=organization.settle_s, jitter=jitter, too_old=too_old)
    effort = replace(claim.effort, reads=claim.effort.reads + 1)
    if error is not None:
        return retry.after_failed_read(error, effort, jitter=jitter, too_old=too_old)
    return retry.after_read(
        seen.code_id if seen and not seen.provisional else None,
        effort,
        wanted_code_id=claim.wanted_code_id,
        found_code_id=claim.found_code_id,
        ever_sent=claim.ever_sent,
        was_accepted=claim.was_accepted,
        jitter=jitter,
    )


def _may_be_written_now(claim: Claim, step: NextStep, error: GenesysError | None) -> bool:
    """Whether this was a look right before a write, and nothing is in its way.

    Then the row keeps its place in the queue. At the end of a long one the look would have aged before the write's
    turn came, and another look would follow, for ever.
    """
    looked = claim.kind == Attempt.Kind.READ and error is None and not claim.unresolved_write
    return looked and step.status is Status.PENDING


def _columns(claim: Claim, step: NextStep, error: GenesysError | None) -> dict[str, Any]:
    counter = "write_count" if claim.kind == Attempt.Kind.WRITE else "read_count"
    columns: dict[str, Any] = {
        "due_at": AppNow() + Seconds(step.after_s),
        "reason": step.reason or "",
        "leased_by": "",
        **trouble(error, operation=claim.kind, media_type=claim.ref.media_type, reason=step.reason, status=step.status),
    }
    if step.counts:
        columns[counter] = F(counter) + 1
    if step.resolved:
        columns["unresolved_write"] = False
    if step.status is Status.VERIFIED:
        columns["watch_at"] = AppNow() + Seconds(FIRST_LOOK_AFTER_S)
    if claim.kind == Attempt.Kind.WRITE:
        columns["was_accepted"] = error is None
    return columns


def _close(
    claim: Claim,
    step: NextStep,
    error: GenesysError | None,
    seen: Wrapup | None,
    *,
    stale: bool,
    duration_ms: int,
    wire: Wire,
) -> None:
    outcome = f"stale:{step.status}" if stale else step.status.value
    Attempt.objects.filter(pk=claim.attempt_pk).update(
        finished_at=AppNow(),
        outcome=outcome,
        code_seen_id=seen.code_id if seen else "",
        duration_ms=duration_ms,
        request=wire.request,
        http_status=error.http_status if error else (202 if claim.kind == Attempt.Kind.WRITE else 200),
        error_code=error.code[:96] if error else "",
        correlation_id=((error.correlation_id if error else "") or wire.correlation_id)[:96],
        message=str(error)[:500] if error else "",
    )


def _keep_reading(communication_pk: int, seen: Wrapup | None) -> None:
    """What a single read showed is the communication's present code; a draft is none yet."""
    notes = kept_notes(communication_pk, seen.notes) if seen else ""
    Communication.everywhere.filter(pk=communication_pk).update(
        code_id=seen.code_id if seen and not seen.provisional else "", code_notes=notes, read_at=AppNow()
    )

"""What is kept of one assignment's trouble, gathered for `wrapups.domain.advice`."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef

from wrapups.domain.capabilities import ACCEPTED, REFUSED, Capabilities, Question
from wrapups.domain.conversation import Acw
from wrapups.domain.failure_classes import Shown
from wrapups.models import Assignment, Attempt, Organization, Queue, QueueWrapupCode
from wrapups.models.clock import app_now

SILENT_PART = 0.9
"""A call that took this part of the time it may take ended because its time was over."""


def queue_of(assignment: Assignment, organization: Organization) -> Any:
    """Return the queue of its communication, with whether the code it wants is `offered` there; None for no queue.

    `codes_known` says whether we have read what the queue offers at all: one query.
    """
    offers = QueueWrapupCode.objects.of(organization).filter(queue=OuterRef("pk"), gone_at=None)
    queues = Queue.objects.of(organization).filter(genesys_id=assignment.communication.queue_id)
    return queues.annotate(
        codes_known=Exists(offers), offered=Exists(offers.filter(wrapup_code=assignment.wrapup_code_id))
    ).first()


def shown_of(assignment: Assignment, organization: Organization, queue: Any) -> Shown:
    """Return what is known of its trouble; one query, and those of what the caller has not fetched of it."""
    leg, last = assignment.communication, _last_attempt(assignment)
    answers = Capabilities.of(organization.capabilities).of_medium(leg.media_type)
    off_queue, second = (answers.get(each) for each in (Question.OFF_QUEUE_CODE, Question.SECOND_WRITE))
    takes_any = off_queue is not None and off_queue.value == ACCEPTED
    return Shown(
        status=assignment.status,
        reason=assignment.reason,
        error=assignment.error,
        code=assignment.error_code,
        http_status=last.http_status if last and last.message else 0,  # where an answer was no trouble it says nothing
        operation=last.kind if last else "",
        media_type=leg.media_type,
        found_code_id=assignment.found_code_id,
        code_gone=assignment.wrapup_code is not None and assignment.wrapup_code.gone_at is not None,
        code_off_queue=bool(queue and queue.codes_known and not queue.offered and not takes_any),
        never_connected=leg.connected_at is None,
        without_queue=not leg.queue_id,
        too_old=leg.ended_at is not None and leg.ended_at < app_now() - timedelta(hours=organization.too_late_h),
        in_acw=leg.acw == Acw.PENDING,
        keeps_first_code=second is not None and second.value == REFUSED,
        silent=bool(last and (last.duration_ms or 0) >= settings.GENESYS_DEADLINE_S * 1000 * SILENT_PART),
    )


def _last_attempt(assignment: Assignment) -> Attempt | None:
    return assignment.attempts.filter(finished_at__isnull=False).order_by("-started_at", "-pk").first()

"""Telling subscribers, as a worker does it: claim a notice, post it, write down how it was taken.

At least once and in no promised order: a worker that dies between the answer and its finish leaves a notice that the
next one tells again, under the same event id. No transaction lasts across the post.
"""

import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf

from wrapups.domain import signing
from wrapups.domain.notices import Health, Outcome, Then, after_try, body
from wrapups.models import Delivery, Notice, Organization, Subscription
from wrapups.models.clock import AppNow, Seconds, app_now
from wrapups.models.sealing import SealBroken
from wrapups.services.crashing import crash_point

logger = logging.getLogger(__name__)

SIGNATURE, EVENT_ID = "Wrapups-Signature", "Wrapups-Event-Id"
GIVEN_UP_TOGETHER = 1000
TIME_WAS_UP = "Its time was up before it could be told."
STATES: Mapping[Then, Notice.State] = {Then.TOLD: Notice.State.TOLD, Then.GIVEN_UP: Notice.State.GIVEN_UP}


class Courier(Protocol):
    """What telling needs of the door to receivers."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """One notice, ours alone until the lease ends, and what is posted for it."""

    pk: int
    fence: int
    delivery_pk: int
    subscription_pk: int
    url: str
    event_id: str
    body: bytes = field(repr=False)
    secrets: list[str] = field(repr=False)

    def headers(self, *, at: datetime) -> dict[str, str]:
        """Return the headers of a post that leaves at this time: signed anew, under the id it had before."""
        return {
            "Content-Type": "application/json",
            "User-Agent": "wrapups-webhooks/1",
            EVENT_ID: self.event_id,
            SIGNATURE: signing.sign(self.secrets, self.body, at=at),
        }


def is_due(organization: Organization) -> bool:
    """Return whether there is something to tell now, or to give up."""
    return _listening(organization).exists() or _overdue(organization).exists()


def notify(organization: Organization, *, courier: Courier, worker: str, for_s: float) -> int:
    """Tell what is due for about `for_s` seconds, one notice at a time; return how many posts were made.

    Several workers may do it at once. The receiver served longest ago comes first, so that a slow one keeps no other
    waiting for longer than one post.
    """
    give_up_overdue(organization)
    deadline, posts = time.monotonic() + for_s, 0
    while time.monotonic() < deadline:
        claim = claim_next(organization, worker=worker)
        if claim is None:
            break
        tell(claim, courier=courier)
        posts += 1
    return posts


def tell(claim: Claim, *, courier: Courier) -> None:
    """Post one claimed notice and write down how it was taken."""
    headers = claim.headers(at=app_now())
    crash_point("W1")
    began = time.monotonic()
    outcome = courier.post(claim.url, claim.body, headers)
    duration_ms = round((time.monotonic() - began) * 1000)
    crash_point("W2")
    finish(claim, outcome, duration_ms=duration_ms)


def claim_next(organization: Organization, *, worker: str) -> Claim | None:
    """Take the next due notice, or None where nothing is due or everything due is another worker's.

    The subscription is locked first and the notice after it, here as in `finish`. One that has failed lately has one
    post under way at a time, so that a receiver that hangs cannot keep every thread.
    """
    with transaction.atomic():
        subscription = (
            _listening(organization)
            .order_by(F("tried_at").asc(nulls_first=True), "pk")
            .select_for_update(no_key=True)
            .first()
        )
        if subscription is None or (subscription.failures and _under_way(subscription).exists()):
            return None
        secrets = _secrets(subscription)
        due = _due().filter(subscription=subscription).order_by("due_at", "pk")
        notice = due.select_for_update(skip_locked=True, of=("self",)).first() if secrets else None
        return _lease(notice, subscription, secrets, worker) if notice else None


def finish(claim: Claim, outcome: Outcome, *, duration_ms: int) -> None:
    """Write down how a post ended, and what follows for the notice and its receiver.

    A worker whose notice was claimed again meanwhile leaves its delivery on record and changes nothing else.
    """
    with transaction.atomic():
        subscription = Subscription.everywhere.select_for_update(no_key=True).get(pk=claim.subscription_pk)
        mine = Notice.everywhere.filter(pk=claim.pk, fence=claim.fence, state=Notice.State.WAITING)
        notice = mine.annotate(now=AppNow()).select_for_update(of=("self",)).first()
        problem = ""
        if notice is not None:
            problem = _follow(notice, subscription, outcome)
        Delivery.everywhere.filter(pk=claim.delivery_pk).update(
            finished_at=AppNow(),
            told=outcome.told,
            http_status=outcome.http_status,
            problem=problem or outcome.problem,
            duration_ms=duration_ms,
        )


def give_up_overdue(organization: Organization) -> int:
    """Give up what could not be told in its time, mostly for a subscription paused or held; return how many."""
    overdue = _overdue(organization).order_by("give_up_at").select_for_update(skip_locked=True)
    with transaction.atomic():
        return Notice.everywhere.filter(pk__in=list(overdue.values_list("pk", flat=True)[:GIVEN_UP_TOGETHER])).update(
            state=Notice.State.GIVEN_UP,
            finished_at=AppNow(),
            lease_until=None,
            problem=Coalesce(NullIf("problem", Value("")), Value(TIME_WAS_UP)),
        )


def _follow(notice: Any, subscription: Subscription, outcome: Outcome) -> str:
    """Move the notice and note the receiver's health; return the problem in words, empty where it was told."""
    since = None if outcome.told else subscription.failing_since or notice.now
    failures = 0 if outcome.told else subscription.failures + 1
    step = after_try(
        outcome,
        tries=notice.tries,
        left_s=(notice.give_up_at - notice.now).total_seconds(),
        health=Health(failures, (notice.now - since).total_seconds() if since else 0.0),
        jitter=random.random(),  # noqa: S311 (spreads, hides nothing)
    )
    changes: dict[str, Any] = {"lease_until": None, "http_status": outcome.http_status, "problem": step.problem}
    if step.then is Then.AGAIN:
        changes |= {"due_at": AppNow() + Seconds(step.after_s)}
    else:
        changes |= {"state": STATES[step.then], "finished_at": AppNow()}
    Notice.everywhere.filter(pk=notice.pk).update(**changes)
    health: dict[str, Any] = {"failures": failures, "failing_since": since}
    if step.rest_s or outcome.told:
        health["rest_until"] = AppNow() + Seconds(step.rest_s) if step.rest_s else None
    if step.hold_because:
        health["held_because"] = step.hold_because
    Subscription.everywhere.filter(pk=subscription.pk).update(**health)
    return step.problem


def _listening(organization: Organization) -> QuerySet[Subscription]:
    """Return the subscriptions that may be told now and have something due."""
    rested = Q(rest_until=None) | Q(rest_until__lte=AppNow())
    calm = Q(failures=0) | ~Exists(_under_way(OuterRef("pk")))
    due = Exists(_due().filter(subscription=OuterRef("pk")))
    rows = Subscription.everywhere.of(organization).filter(rested, enabled=True, held_because="", removed_at=None)
    return rows.filter(due).filter(calm)


def _due() -> QuerySet[Notice]:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    return Notice.everywhere.filter(free, state=Notice.State.WAITING, due_at__lte=AppNow(), give_up_at__gt=AppNow())


def _under_way(subscription: Subscription | OuterRef) -> QuerySet[Notice]:
    rows = Notice.everywhere.filter(subscription=subscription, state=Notice.State.WAITING)
    return rows.filter(lease_until__gte=AppNow())


def _overdue(organization: Organization) -> QuerySet[Notice]:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    return Notice.everywhere.of(organization).filter(free, state=Notice.State.WAITING, give_up_at__lte=AppNow())


def _secrets(subscription: Subscription) -> list[str]:
    """Return what to sign with; a subscription whose secret does not open is held, since nothing of it can be told."""
    try:
        return subscription.secrets()
    except SealBroken as broken:
        logger.warning("Subscription %s is held: %s", subscription.pk, broken)
        held = "Its secret does not open with the present keys. Rotate it, and resume."
        Subscription.everywhere.filter(pk=subscription.pk).update(held_because=held)
        return []


def _lease(notice: Notice, subscription: Subscription, secrets: list[str], worker: str) -> Claim:
    fence = notice.fence + 1
    Notice.everywhere.filter(pk=notice.pk).update(
        fence=fence, tries=F("tries") + 1, lease_until=AppNow() + Seconds(settings.LEASE_S)
    )
    Subscription.everywhere.filter(pk=subscription.pk).update(tried_at=AppNow())
    delivery = Delivery.everywhere.create(
        organization_id=notice.organization_id, subscription=subscription, notice=notice, fence=fence, worker=worker
    )
    told = body(notice.payload, event=notice.event, event_id=notice.event_id)
    return Claim(notice.pk, fence, delivery.pk, subscription.pk, subscription.url, notice.event_id, told, secrets)

"""Telling people of alerts, as a worker does it: claim what waits for a channel, send it, write down how it went.

What waits for one channel goes as one message, so quiet hours end with a digest, and so does a mail server's absence.
The row is the job: a worker that dies leaves it to the next one. An e-mail or a post to Slack that left before its
worker died comes once more, at most: after a second death it is given up as one that may have arrived. A webhook is
told through the outbox of webhooks, under one event id.
"""

import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from wrapups.domain.notices import ALERT, GIVE_UP_AFTER_S, Health, Outcome, Then, after_try
from wrapups.models import AlertChannel, AlertDelivery, Notice, Organization
from wrapups.models.clock import AppNow, Seconds, app_now
from wrapups.services.alert_doors import Courier, Message, send
from wrapups.services.alert_quiet import is_muted, is_quiet
from wrapups.services.crashing import crash_point

logger = logging.getLogger(__name__)

State, What, Kind = AlertDelivery.State, AlertDelivery.What, AlertChannel.Kind
TOGETHER = 50
"""How much goes in one message at most."""
MESSAGES_A_TURN = 20
MOST_DEATHS = 2
MAY_HAVE_ARRIVED = "Its worker stopped twice while it was being sent, so it may have arrived."
UNWRITABLE = "It could not be written. Tell whoever runs this; the log has it."
NOT_WANTED = "Its webhook was removed, or wants no alerts any more."


class Writer(Protocol):
    """What makes words, links and documents of tellings; services know no pages."""

    def message(self, channel: AlertChannel, tellings: Sequence[AlertDelivery]) -> Message: ...
    def document(self, telling: AlertDelivery) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Claim:
    """Tellings of one channel that are ours until the lease ends; each with its fence."""

    channel: AlertChannel
    tellings: Sequence[AlertDelivery]


def is_due(organization: Organization) -> bool:
    """Return whether some channel is to be told something now."""
    channels = list(_channels(organization))
    now = app_now() if channels else None
    return now is not None and any(_sendable(channel, _due(channel), now) for channel in channels)


def send_due(organization: Organization, *, writer: Writer, courier: Courier) -> int:
    """Tell each channel what waits for it, a handful of messages at most; return how many were tried."""
    for tried in range(MESSAGES_A_TURN):
        claim = _claim_next(organization, writer)
        if claim is None:
            return tried
        _send(claim, writer, courier)
    return MESSAGES_A_TURN


def _claim_next(organization: Organization, writer: Writer) -> Claim | None:
    """Take what waits for the first channel that may be told; what goes to a webhook is handed over right here."""
    with transaction.atomic():
        now = app_now()
        for channel in _channels(organization).select_for_update(of=("self",), skip_locked=True, no_key=True):
            waiting = _due(channel).select_for_update(of=("self",), skip_locked=True)
            mine = _without_the_lost(_sendable(channel, waiting, now))
            if mine and channel.kind == Kind.WEBHOOK:
                _hand_over(channel, mine, writer)
            elif mine:
                return _lease(channel, mine)
    return None


def _send(claim: Claim, writer: Writer, courier: Courier) -> None:
    """Write and send one message, and write down how it went. What our own code cannot write is given up."""
    crash_point("A1")
    try:
        message = writer.message(claim.channel, claim.tellings)
        outcome = send(claim.channel, message, courier=courier)
    except Exception:
        _finish(claim, Outcome(problem=UNWRITABLE), over=True)
        raise
    crash_point("A2")
    _finish(claim, outcome)


def _finish(claim: Claim, outcome: Outcome, *, over: bool = False) -> None:
    """Write down how a message was taken. A worker whose lease ran out meanwhile changes nothing."""
    with transaction.atomic():
        for telling in claim.tellings:
            mine = AlertDelivery.everywhere.filter(pk=telling.pk, fence=telling.fence, state=State.WAITING)
            row = mine.annotate(now=AppNow()).select_for_update(of=("self",)).first()
            if row is not None:
                mine.update(**_following(row, outcome, over=over))


def _following(row: Any, outcome: Outcome, *, over: bool) -> dict[str, Any]:
    step = after_try(
        outcome,
        tries=row.tries,
        left_s=0.0 if over else (row.give_up_at - row.now).total_seconds(),
        health=Health(),
        jitter=random.random(),  # noqa: S311 (spreads, hides nothing)
    )
    columns: dict[str, Any] = {"lease_until": None, "problem": step.problem}
    if step.then is Then.AGAIN:
        return columns | {"due_at": AppNow() + Seconds(step.after_s)}
    state = State.SENT if step.then is Then.TOLD else State.GIVEN_UP
    return columns | {"state": state, "finished_at": AppNow()}


def _hand_over(channel: AlertChannel, tellings: Sequence[AlertDelivery], writer: Writer) -> None:
    """Put tellings into the outbox of webhooks, each under an id of its own, in the claiming transaction."""
    subscription = channel.subscription
    wanted = subscription is not None and subscription.removed_at is None and ALERT in subscription.events
    for telling in tellings:
        columns: dict[str, Any] = {"state": State.GIVEN_UP, "problem": NOT_WANTED}
        if wanted:
            notice = _notice(channel, telling, writer)
            columns = {"state": State.SENT, "notice": notice} if notice else columns | {"problem": UNWRITABLE}
        AlertDelivery.everywhere.filter(pk=telling.pk).update(finished_at=AppNow(), tries=1, **columns)


def _notice(channel: AlertChannel, telling: AlertDelivery, writer: Writer) -> Notice | None:
    """Put a telling into the outbox; None for one that our own code cannot write, which must hold up no other."""
    try:
        payload = writer.document(telling)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("Telling %s of an alert could not be written.", telling.pk)
        return None
    notice: Notice = Notice.everywhere.create(
        organization_id=channel.organization_id,
        subscription=channel.subscription,
        event=ALERT,
        event_id=f"alert-{telling.pk}",
        payload=payload,
    )
    return notice


def _channels(organization: Organization) -> QuerySet[AlertChannel]:
    """Return the channels something waits for."""
    rows = AlertChannel.everywhere.of(organization).filter(Exists(_waiting().filter(channel=OuterRef("pk"))))
    channels: QuerySet[AlertChannel] = rows.select_related("organization", "subscription").order_by("pk")
    return channels.filter(removed_at=None)


def _due(channel: AlertChannel) -> QuerySet[AlertDelivery]:
    """Return what waits for a channel, but for the end of what it has not yet been told the beginning of."""
    rows = _waiting().filter(channel=channel).select_related("event")
    return rows.exclude(Q(what=What.OVER) & Exists(_beginning_elsewhere())).order_by("pk")


def _waiting() -> QuerySet[AlertDelivery]:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    rows: QuerySet[AlertDelivery] = AlertDelivery.everywhere.filter(free, state=State.WAITING, due_at__lte=AppNow())
    return rows


def _beginning_elsewhere() -> QuerySet[AlertDelivery]:
    """Return what tells of the beginning of the outer row's event and is not to be had now: tried later, or leased."""
    beginning = AlertDelivery.everywhere.filter(
        event=OuterRef("event"), channel=OuterRef("channel"), what=What.RAISED, state=State.WAITING
    )
    rows: QuerySet[AlertDelivery] = beginning.filter(Q(due_at__gt=AppNow()) | Q(lease_until__gte=AppNow()))
    return rows


def _sendable(channel: AlertChannel, due: QuerySet[AlertDelivery], now: datetime) -> list[AlertDelivery]:
    """Return what may go now as one message: a test goes at once and alone, all else not while it is quiet.

    What is held back is left out by the database: however much of it is older, it keeps nothing from going.
    """
    tests = list(due.filter(what=What.TEST)[:1])
    if tests or is_muted(channel, now):
        return tests
    if is_quiet(channel, now, urgent=False):
        due = due.filter(event__urgent=True)
    return list(due[:TOGETHER])


def _without_the_lost(rows: Sequence[AlertDelivery]) -> list[AlertDelivery]:
    """Give up what has met its worker's death too often; a lease that is left over is one."""
    lost = [row.pk for row in rows if row.lease_until is not None and row.crashes + 1 >= MOST_DEATHS]
    AlertDelivery.everywhere.filter(pk__in=lost).update(
        state=State.GIVEN_UP, problem=MAY_HAVE_ARRIVED, crashes=MOST_DEATHS, lease_until=None, finished_at=AppNow()
    )
    return [row for row in rows if row.pk not in lost]


def _lease(channel: AlertChannel, rows: Sequence[AlertDelivery]) -> Claim:
    for row in rows:
        row.crashes += row.lease_until is not None
        row.fence, row.tries = row.fence + 1, row.tries + 1
        AlertDelivery.everywhere.filter(pk=row.pk).update(
            fence=F("fence") + 1,
            tries=F("tries") + 1,
            crashes=row.crashes,
            lease_until=AppNow() + Seconds(settings.LEASE_S),
            give_up_at=Coalesce("give_up_at", AppNow() + Seconds(GIVE_UP_AFTER_S)),
        )
    return Claim(channel, rows)

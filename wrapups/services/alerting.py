"""Looking once a minute for what somebody should be told of, and writing down what begins and what is over.

An event is made once, whoever sees it first: its row has a key that no other row may have, and what is to be told of it
is written in the same transaction. A worker that dies leaves nothing half said; the next look goes on.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from wrapups.domain.alerting import MEANINGS, Condition, Ongoing, Reading, Step, follow
from wrapups.models import AlertChannel, AlertDelivery, AlertEvent, AlertRule, CallBudget, Organization, Sweep
from wrapups.models.clock import AppNow
from wrapups.services import alert_readings
from wrapups.services.alert_quiet import is_quiet
from wrapups.services.alert_readings import Look
from wrapups.services.alert_rules import rules_of
from wrapups.services.sweeping import turn

logger = logging.getLogger(__name__)

EVERY_S = 60
SAID_AT_ITS_END = ("ended", "taken")
"""Of what a look finds when an event is over: why, and whether somebody took it while it still stood."""
TURNED_OFF = "Somebody turned this alert off."
Standing = Mapping[str, AlertEvent]


def look(organization: Organization) -> None:
    """Look at every condition, if it is time. Where nobody is told and no event is open, nothing more is read."""
    with turn(organization.pk, Sweep.Kind.ALERT, every_s=EVERY_S) as mine:
        if mine is None:
            return
        channels = list(AlertChannel.everywhere.of(organization).filter(removed_at=None))
        events = list(AlertEvent.everywhere.of(organization).filter(finished_at=None))
        if channels or events:
            _look(organization, channels, events)


def _look(organization: Organization, channels: Sequence[AlertChannel], events: Sequence[AlertEvent]) -> None:
    """Look at each condition. One that cannot be looked at is raised when all the others have been."""
    budget = CallBudget.objects.select_related("held_by").annotate(now=AppNow()).get(organization=organization)
    told_since = min((channel.created_at for channel in channels), default=budget.now)
    failures: list[Exception] = []
    for condition, rule in rules_of(organization).items():
        standing = {event.subject: event for event in events if event.condition == condition}
        seen = Look(organization, budget.now, budget, told_since, frozenset(standing))
        try:
            readings = alert_readings.read(rule, seen) if rule.enabled and channels else []
            _follow(rule, readings, standing, seen, channels)
        except Exception as error:
            logger.exception("Organization %s: the alert %s could not be looked for.", organization.pk, condition)
            failures.append(error)
    if failures:
        raise failures[0]


def _follow(
    rule: AlertRule, readings: Sequence[Reading], standing: Standing, seen: Look, channels: Sequence[AlertChannel]
) -> None:
    """Do what follows for each subject. One with an open event that is not spoken of any more is over."""
    spoken_of = {reading.subject for reading in readings}
    because = {} if rule.enabled else {"ended": TURNED_OFF}
    gone = [Reading(False, subject, because) for subject in standing if subject not in spoken_of]
    settle_s = MEANINGS[Condition(rule.condition)].settle_s if rule.enabled else 0
    for reading in [*readings, *gone]:
        event = standing.get(reading.subject)
        ongoing = Ongoing(event.over_since) if event else None
        match follow(ongoing, reading.stands, now=seen.now, settle_s=settle_s):
            case Step.OPEN:
                open_event(rule, reading, channels, now=seen.now)
            case Step.SETTLING:
                _update(event, over_since=seen.now)
            case Step.STANDS_AGAIN:
                _update(event, over_since=None)
            case Step.CLOSE if event is not None:
                close_event(event, ended=reading.facts, now=seen.now)


def open_event(rule: AlertRule, reading: Reading, channels: Sequence[AlertChannel], *, now: datetime) -> None:
    """Write down that an event begins, and for each channel that wants to hear of it that it is to be told.

    Nothing happens where somebody else has written it down meanwhile.
    """
    try:
        with transaction.atomic():
            event = AlertEvent.everywhere.create(
                organization_id=rule.organization_id,
                condition=rule.condition,
                subject=reading.subject,
                opened_at=_begins_at(rule, reading, now),
                urgent=rule.urgent,
                facts=dict(reading.facts),
            )
            AlertDelivery.everywhere.bulk_create(
                _telling(channel, event, AlertDelivery.What.RAISED)
                for channel in channels
                if rule.condition in channel.conditions
            )
    except IntegrityError:
        return


def _begins_at(rule: AlertRule, reading: Reading, now: datetime) -> datetime:
    """Return when an event begins: now, where one that began with its condition is over and the condition still stands.

    So it is when meanwhile nobody was to be told, or somebody had taken it and gave it back.
    """
    if reading.since is None:
        return now
    same = AlertEvent.everywhere.of(rule.organization_id).filter(
        condition=rule.condition, subject=reading.subject, opened_at=reading.since
    )
    return now if same.exclude(finished_at=None).exists() else reading.since


def close_event(event: AlertEvent, *, ended: Mapping[str, Any], now: datetime) -> None:
    """Write down that an event is over, and that whoever was told of it is to be told so.

    Who has not been told because it is quiet for them hears neither.
    """
    over_at = event.over_since or now
    with transaction.atomic():
        row = AlertEvent.everywhere.select_for_update().filter(pk=event.pk, finished_at=None).first()
        if row is None:
            return
        raised = AlertDelivery.everywhere.filter(event=event, what=AlertDelivery.What.RAISED)
        for delivery in raised.select_related("channel__organization").select_for_update(of=("self",)).order_by("pk"):
            _take_back_or_follow_up(delivery, event, now=now)
        facts = {**row.facts, **{name: value for name, value in ended.items() if name in SAID_AT_ITS_END}}
        AlertEvent.everywhere.filter(pk=event.pk).update(finished_at=over_at, over_since=None, facts=facts)


def _take_back_or_follow_up(delivery: AlertDelivery, event: AlertEvent, *, now: datetime) -> None:
    untold = delivery.state == AlertDelivery.State.WAITING and not delivery.tries
    if untold and is_quiet(delivery.channel, now, urgent=event.urgent):
        because = "It was over before anybody was to be told."
        AlertDelivery.everywhere.filter(pk=delivery.pk).update(
            state=AlertDelivery.State.CANCELLED, problem=because, finished_at=now
        )
    elif delivery.channel.removed_at is None:
        _telling(delivery.channel, event, AlertDelivery.What.OVER).save(force_insert=True)


def _telling(channel: AlertChannel, event: AlertEvent, what: AlertDelivery.What) -> AlertDelivery:
    return AlertDelivery(organization_id=event.organization_id, channel=channel, event=event, what=what)


def _update(event: AlertEvent | None, **columns: Any) -> None:
    if event is not None:
        AlertEvent.everywhere.filter(pk=event.pk, finished_at=None).update(**columns)

"""Where alerts go and how that goes, from which figures on, and what each channel was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from dashboard.alert_letters import said_of
from dashboard.queries.bounded import Bounded, CountUpTo
from dashboard.queries.keyset import page_of
from dashboard.queries.subscriptions import OF_NOTICE, Standing
from wrapups.domain.alerting import MEANINGS, Condition, Meaning
from wrapups.domain.notices import ALERT
from wrapups.models import AlertChannel, AlertDelivery, AlertRule, Notice, Organization, Subscription
from wrapups.models.clock import app_now
from wrapups.services.alert_quiet import is_muted, quiet_hours_of
from wrapups.services.alert_rules import rules_of

State = AlertDelivery.State
SOON_S = 60
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

TOLD = Standing("on", "good", "circle-check")
FAILING = Standing("failing", "bad", "circle-x")
MUTED = Standing("muted", "warning", "bell-off")
QUIET = Standing("quiet now", "quiet", "moon")
REMOVED = Standing("removed", "quiet", "trash-2")
OF_DELIVERY = {
    State.WAITING: Standing("waiting", "waiting", "clock"),
    State.SENT: Standing("sent", "good", "circle-check"),
    State.GIVEN_UP: Standing("given up", "bad", "circle-x"),
    State.CANCELLED: Standing("not sent", "quiet", "circle-minus"),
}


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One channel with how the last telling went and how many wait."""

    channel: AlertChannel
    standing: Standing
    last: AlertDelivery | None
    waiting: Bounded


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One condition, and how it is told."""

    condition: Condition
    meaning: Meaning
    rule: AlertRule


@dataclass(frozen=True, slots=True)
class TellingRow:
    """One telling of a channel's log. One that went to a webhook stands as its notice does."""

    delivery: AlertDelivery
    said: str
    standing: Standing
    problem: str


@dataclass(frozen=True, slots=True)
class Log:
    """A page of what a channel was told. `moves`: something will happen within the minute."""

    rows: Sequence[TellingRow]
    newer: str
    older: str
    moves: bool


def channels_of(organization: Organization) -> QuerySet[AlertChannel]:
    """Return the channels that have not been removed."""
    rows: QuerySet[AlertChannel] = AlertChannel.objects.of(organization).filter(removed_at=None)
    return rows.select_related("organization", "subscription")


def channel_rows(organization: Organization) -> list[ChannelRow]:
    """Return the channels, by name; services keep them few. Three queries."""
    tried = AlertDelivery.objects.of(organization).filter(channel=OuterRef("pk"), tries__gt=0)
    waiting = AlertDelivery.objects.of(organization).filter(channel=OuterRef("pk"), state=State.WAITING)
    last_tried = Subquery(tried.order_by("-pk").values("pk")[:1])
    rows: list[Any] = list(
        channels_of(organization).annotate(last_pk=last_tried, waits=CountUpTo(waiting)).order_by("name", "pk")
    )
    last = AlertDelivery.objects.of(organization).in_bulk([row.last_pk for row in rows if row.last_pk])
    now = app_now()
    found = [(row, last.get(row.last_pk)) for row in rows]
    return [ChannelRow(row, standing_of(row, each, now), each, Bounded.of(row.waits)) for row, each in found]


def standing_of(channel: AlertChannel, last: AlertDelivery | None, now: datetime) -> Standing:
    """Return how a channel is: what keeps it from being told comes first."""
    if channel.removed_at:
        return REMOVED
    if is_muted(channel, now):
        return MUTED
    if last is not None and last.problem and last.state in (State.WAITING, State.GIVEN_UP):
        return FAILING
    return QUIET if quiet_hours_of(channel).cover(now) else TOLD


def last_told(channel: AlertChannel) -> AlertDelivery | None:
    """Return the latest telling that was tried."""
    tried = AlertDelivery.objects.of(channel.organization_id).filter(channel=channel, tries__gt=0)
    found: AlertDelivery | None = tried.order_by("-pk").first()
    return found


def rule_rows(organization: Organization) -> list[RuleRow]:
    """Return every condition with how it is told, gravest first. One query."""
    rules = rules_of(organization)
    return [RuleRow(condition, MEANINGS[condition], rule) for condition, rule in rules.items()]


def webhooks_for_alerts(organization: Organization) -> QuerySet[Subscription]:
    """Return the webhooks that want to hear of alerts."""
    rows: QuerySet[Subscription] = Subscription.objects.of(organization).filter(removed_at=None)
    return rows.filter(events__contains=[ALERT]).order_by("name", "pk")


def log_of(channel: AlertChannel, *, before: int | None = None, after: int | None = None) -> Log:
    """Return a page of what a channel was told, newest first. One query."""
    told = AlertDelivery.objects.of(channel.organization_id).filter(channel=channel)
    page = page_of(told.select_related("event", "notice"), before=before, after=after)
    rows = [telling_row(delivery) for delivery in page.rows]
    newer, older = f"?after={page.newer}" if page.newer else "", f"?before={page.older}" if page.older else ""
    return Log(rows, newer, older, moves=not newer and any(_moves(each, channel, app_now()) for each in page.rows[:1]))


def telling_row(delivery: AlertDelivery) -> TellingRow:
    """Return one telling in words; reads its event and its notice."""
    said = said_of(delivery.event) if delivery.event else "A test"
    notice = delivery.notice
    if notice is not None:
        return TellingRow(delivery, said, OF_NOTICE[Notice.State(notice.state)], notice.problem)
    return TellingRow(delivery, said, OF_DELIVERY[State(delivery.state)], delivery.problem)


def _moves(delivery: AlertDelivery, channel: AlertChannel, now: datetime) -> bool:
    """Whether a telling will be tried within the minute, so that the page should look again."""
    soon = delivery.state == State.WAITING and (delivery.due_at - now).total_seconds() < SOON_S
    held_back = is_muted(channel, now) or quiet_hours_of(channel).cover(now)
    return soon and (delivery.what == AlertDelivery.What.TEST or not held_back)

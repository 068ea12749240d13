"""Who is told by webhook, how that goes, and what each was told."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery

from dashboard.queries.bounded import Bounded, CountUpTo
from dashboard.queries.keyset import page_of
from wrapups.domain.notices import document
from wrapups.models import Delivery, Notice, Organization, Subscription
from wrapups.models.clock import app_now

LATELY = 100
"""How many of the latest tries the share of failures is of."""
SOON = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Standing:
    """How something is, as an icon, a tone and a word."""

    word: str
    tone: str
    icon: str


TELLING = Standing("on", "good", "circle-check")
FAILING = Standing("failing", "warning", "triangle-alert")
PAUSED = Standing("paused", "quiet", "circle-pause")
HELD = Standing("held", "bad", "circle-x")
REMOVED = Standing("removed", "quiet", "trash-2")
OF_NOTICE = {
    Notice.State.WAITING: Standing("waiting", "waiting", "clock"),
    Notice.State.TOLD: Standing("delivered", "good", "circle-check"),
    Notice.State.GIVEN_UP: Standing("given up", "bad", "circle-x"),
}


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """One subscription with its latest tries: `failed` of `tried` failed."""

    subscription: Subscription
    last: Delivery | None
    failed: int
    tried: int
    waiting: Bounded

    @property
    def standing(self) -> Standing:
        return standing_of(self.subscription)


@dataclass(frozen=True, slots=True)
class Tab:
    """The notices in one state, or all, with their count."""

    word: str
    count: Bounded
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One notice of the log. `about` is the conversation it tells of, None for a test."""

    notice: Notice
    standing: Standing
    conversation: Any


@dataclass(frozen=True, slots=True)
class DeliveryLog:
    """One page of what a subscription was told, and what was given up by now: how much, and up to which notice."""

    rows: Sequence[NoticeRow]
    tabs: Sequence[Tab]
    state: str
    newer: str
    older: str
    given_up: Bounded
    given_up_to: int


def subscriptions_of(organization: Organization) -> QuerySet[Subscription]:
    """Return those that have not been removed."""
    return Subscription.objects.of(organization).filter(removed_at=None)


def subscription_rows(organization: Organization) -> list[SubscriptionRow]:
    """Return the organization's subscriptions, by name; services keep them few. Two queries."""
    tries = Delivery.objects.of(organization).filter(subscription=OuterRef("pk")).exclude(finished_at=None)
    waiting = Notice.objects.of(organization).filter(subscription=OuterRef("pk"), state=Notice.State.WAITING)
    rows = list(
        subscriptions_of(organization)
        .annotate(
            last_pk=Subquery(tries.order_by("-pk").values("pk")[:1]),
            tried=CountUpTo(tries.order_by("-pk"), LATELY - 1),
            failed=_FailedLately(tries),
            waits=CountUpTo(waiting),
        )
        .order_by("name", "pk")
    )
    last = Delivery.objects.of(organization).in_bulk([row.last_pk for row in rows if row.last_pk])
    return [SubscriptionRow(row, last.get(row.last_pk), row.failed, row.tried, Bounded.of(row.waits)) for row in rows]


def delivery_log(
    subscription: Subscription, *, state: str = "", before: int | None = None, after: int | None = None
) -> DeliveryLog:
    """Return a page of the notices, newest first; one that is no state counts as any. Three queries."""
    state = state if state in Notice.State.values else ""
    notices = Notice.objects.of(subscription.organization_id).filter(subscription=subscription)
    counts = _counts(subscription)
    page = page_of(
        (notices.filter(state=state) if state else notices).select_related("assignment__communication__conversation"),
        before=before,
        after=after,
    )
    newest = notices.filter(state=Notice.State.GIVEN_UP).order_by("-pk").values_list("pk", flat=True).first()
    return DeliveryLog(
        rows=[_notice_row(notice) for notice in page.rows],
        tabs=_tabs(counts, state),
        state=state,
        newer=_address(state, after=page.newer) if page.newer else "",
        older=_address(state, before=page.older) if page.older else "",
        given_up=counts[Notice.State.GIVEN_UP],
        given_up_to=newest or 0,
    )


def notices_of(organization: Organization) -> QuerySet[Notice]:
    """Return the notices with what their page shows beside them."""
    about = "assignment__communication__conversation"
    return Notice.objects.of(organization).select_related("subscription", "organization", about)


def tries_of(notice: Notice) -> list[Delivery]:
    """Return the latest hundred tries of a notice, newest first."""
    return list(notice.deliveries.order_by("-pk")[:LATELY])


def told(notice: Notice) -> str:
    """Return what is posted for a notice, laid out for reading."""
    said = document(notice.payload, event=notice.event, event_id=notice.event_id)
    return json.dumps(said, indent=2, ensure_ascii=False)


def moves(notice: Notice) -> bool:
    """Return whether something will happen to a notice within the minute, so that its page should look again."""
    subscription = notice.subscription
    stopped = not subscription.enabled or subscription.held_because or subscription.removed_at
    return notice.state == Notice.State.WAITING and not stopped and notice.due_at < app_now() + SOON


def standing_of(subscription: Subscription) -> Standing:
    """Return how a subscription is: what a person or its own failing stopped comes first."""
    if subscription.removed_at:
        return REMOVED
    if subscription.held_because:
        return HELD
    if not subscription.enabled:
        return PAUSED
    return FAILING if subscription.failures else TELLING


class _FailedLately(Subquery):
    """How many of the latest tries failed, as one column."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS lately WHERE NOT lately.told)"
    output_field: Any = models.IntegerField()

    def __init__(self, tries: QuerySet[Any]) -> None:
        super().__init__(tries.order_by("-pk").values("told")[:LATELY])


def _notice_row(notice: Any) -> NoticeRow:
    about = notice.assignment.communication.conversation if notice.assignment else None
    return NoticeRow(notice, OF_NOTICE[Notice.State(notice.state)], about)


def _counts(subscription: Subscription) -> dict[str, Bounded]:
    """Return how many notices there are in each state, and under "" in all."""
    of = Notice.objects.of(subscription.organization_id).filter(subscription=OuterRef("pk"))
    columns: dict[str, Any] = {state: CountUpTo(of.filter(state=state)) for state in Notice.State.values}
    row = Subscription.objects.of(subscription.organization_id).annotate(every=CountUpTo(of), **columns)
    counted = row.values("every", *columns).get(pk=subscription.pk)
    return {"": Bounded.of(counted.pop("every"))} | {state: Bounded.of(count) for state, count in counted.items()}


def _tabs(counts: dict[str, Bounded], chosen: str) -> list[Tab]:
    tabs = [Tab("all", counts[""], _address(""), not chosen)]
    return tabs + [
        Tab(OF_NOTICE[state].word, counts[state], _address(state), state == chosen) for state in Notice.State
    ]


def _address(state: str, **place: Any) -> str:
    return f"?{urlencode({name: value for name, value in {'state': state, **place}.items() if value})}"

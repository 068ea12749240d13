"""Groups of failures of one cause, as the person who asks sees them: how many wait, since when, where and for how long.

What is counted (`failure_counts`) is counted from the assignments that wait now, within the person's sight; the group's
own row says only what nobody can count: its state, its owner, and when it was first seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, Self
from urllib.parse import urlencode

from django.db.models import Case, Count, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Value, When

from dashboard.queries.ageing import TimeLeft, time_left, too_late_before
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.changes_around import Change, changes_around
from dashboard.queries.failure_counts import (
    A_DAY,
    DAYS,
    Share,
    Waiting,
    counted,
    filter_of,
    queues_of,
    rules_of,
    waiting_in,
)
from dashboard.queries.keyset import Ended, Order, earlier, later, page_of
from dashboard.sparklines import Sparkline, sparkline
from wrapups.models import Assignment, FailureGroup, Organization, Person
from wrapups.models.clock import AppNow
from wrapups.services.owners import may_own

PAGE_SIZE = 25
State = FailureGroup.State
TO_DO = (State.OPEN.value, State.ACKNOWLEDGED.value)
LISTED = Q(waits=True) | ~Q(now__in=TO_DO)
"""Of a group that nobody called resolved or ignored there is nothing to be seen while nothing of it waits."""
LATEST, LEFT = "latest", "left"


@dataclass(frozen=True, slots=True)
class LastSeen(Ended):
    """A place among groups in the order in which they were last seen."""

    mark: ClassVar[str] = "seen"

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return the place of a group."""
        return cls(row.last_seen_at, row.pk)


@dataclass(frozen=True, slots=True)
class Soonest(Ended):
    """A place among groups in the order in which the first of each will be too late."""

    mark: ClassVar[str] = "left"

    @classmethod
    def of(cls, row: Any) -> Self:
        """Return the place of a group."""
        return cls(row.soonest, row.pk)


ORDERS: Mapping[str, tuple[Order, type[Ended]]] = {
    LATEST: (
        Order(("last_seen_at", "pk"), LastSeen.of, partial(earlier, "last_seen_at"), partial(later, "last_seen_at")),
        LastSeen,
    ),
    LEFT: (
        Order(("soonest", "pk"), Soonest.of, partial(later, "soonest"), partial(earlier, "soonest"), rise=True),
        Soonest,
    ),
}


@dataclass(frozen=True, slots=True)
class GroupFilter:
    """Which groups are asked for. No state means what is to be done: open or acknowledged, and something waits.

    `owner` is a person's key. A group whose snooze is over counts as open.
    """

    state: str = ""
    owner: int | None = None
    order: str = LATEST

    def query_string(self, **more: object) -> str:
        """Return the address's part from "?" on; empty where nothing is asked."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)}
        said = {name: value for name, value in asked.items() if value and (name, value) != ("order", LATEST)}
        encoded = urlencode(said | {name: value for name, value in more.items() if value})
        return f"?{encoded}" if encoded else "?"

    def but(self, **changes: Any) -> "GroupFilter":
        """Return this filter with some of it changed."""
        return replace(self, **changes)


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group as its person sees it. `state` is its state now; `example` is the newest that waits, if any does."""

    group: Any
    state: str
    waiting: Waiting
    example: Assignment | None
    trend: Sparkline
    queues: Sequence[Share]
    rules: Sequence[Share]
    changes: Sequence[Change]
    left: TimeLeft | None

    @property
    def asked(self) -> AssignmentFilter:
        """Finds exactly what waits of it, in the list of failures."""
        return filter_of(self.group)

    @property
    def last_at(self) -> datetime:
        """When it was last seen: of what waits to the second, else to the minute."""
        seen: datetime = self.group.last_seen_at
        return max(seen, self.waiting.last_at) if self.waiting.last_at else seen


@dataclass(frozen=True, slots=True)
class StateTab:
    """One state with how many groups are in it."""

    word: str
    count: int
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class GroupPage:
    """Some groups. `newer` and `older` are the addresses' parts to go on by."""

    asked: GroupFilter
    lines: Sequence[GroupLine]
    counts: Mapping[str, int]
    newer: str
    older: str

    @property
    def to_do(self) -> int:
        """How many groups somebody has to see to."""
        return sum(self.counts.get(state, 0) for state in TO_DO)

    @property
    def to_do_address(self) -> str:
        """Lists what is to be done."""
        return self.asked.but(state="").query_string()

    @property
    def tabs(self) -> list[StateTab]:
        """Every state that has groups, or that is chosen."""
        return [
            StateTab(state.value, number, self.asked.but(state=state.value).query_string(), state == self.asked.state)
            for state in State
            if (number := self.counts.get(state.value, 0)) or state == self.asked.state
        ]

    @property
    def by_last(self) -> str:
        """Lists the same, what was seen last first."""
        return self.asked.but(order=LATEST).query_string()

    @property
    def by_left(self) -> str:
        """Lists the same, what will be too late first first."""
        return self.asked.but(order=LEFT).query_string()


def groups_of(organization: Organization) -> QuerySet[Any]:
    """Return the groups that a person may know of, each with `now`, its state now, and `waits`, whether anything does.

    Whoever sees some divisions only knows of a group by what they see of it.
    """
    waiting = waiting_in(organization).filter(fingerprint=OuterRef("fingerprint"))
    over = Q(state=State.SNOOZED, snoozed_until__lte=AppNow())
    rows = FailureGroup.objects.of(organization).annotate(
        waits=Exists(waiting), now=Case(When(over, then=Value(State.OPEN.value)), default=F("state"))
    )
    return rows.filter(waits=True) if organization.sight.is_limited else rows


def group_page(
    asked: GroupFilter, organization: Organization, *, now: datetime, before: Any = None, after: Any = None
) -> GroupPage:
    """Return the page of groups at this place, in a fixed number of queries."""
    rows = _asked(asked, organization, now)
    order, _ = ORDERS[asked.order]
    page = page_of(rows.select_related("owner", "triaged_by"), before=before, after=after, size=PAGE_SIZE, order=order)
    return GroupPage(
        asked,
        lines_of(page.rows, organization, now=now),
        _counts(asked, organization),
        newer=asked.query_string(after=page.newer) if page.newer else "",
        older=asked.query_string(before=page.older) if page.older else "",
    )


def owners_in(organization: Organization) -> list[Person]:
    """Return the people who may see to a group here, by name."""
    return [member.person for member in may_own(organization)]


def place_in(order: str, text: str) -> Any:
    """Return the place in this order that a part of an address means, or None."""
    return ORDERS[order][1].read(text)


def lines_of(groups: Sequence[Any], organization: Organization, *, now: datetime) -> list[GroupLine]:
    """Return these groups, which `groups_of` found, with what is counted of them; nine queries for all together."""
    if not groups:
        return []
    prints = {group.fingerprint for group in groups}
    waiting = counted(organization, prints, now)
    newest = [each.newest for each in waiting.values()]
    examples = Assignment.objects.of(organization).select_related("communication__conversation", "rule", "wrapup_code")
    found = examples.defer("facts", "words", "said").in_bulk([pk for pk in newest if pk])
    queues, rules = queues_of(organization, groups), rules_of(organization, groups)
    changes = changes_around({group.pk: began_at(group) for group in groups}, organization)
    return [
        _line(group, waiting.get(group.fingerprint, Waiting()), found, queues, rules, changes, organization, now)
        for group in groups
    ]


def began_at(group: FailureGroup) -> datetime:
    """Return when the group began: when it last returned, or was first seen."""
    began: datetime = group.reopened_at or group.first_seen_at
    return began


def _line(
    group: Any,
    waiting: Waiting,
    examples: Mapping[int, Assignment],
    queues: Mapping[str, Sequence[Share]],
    rules: Mapping[str, Sequence[Share]],
    changes: Mapping[int, Sequence[Change]],
    organization: Organization,
    now: datetime,
) -> GroupLine:
    first_day = (now - (DAYS - 1) * A_DAY).date()
    labels = [f"{first_day + day * A_DAY:%a %d %b}" for day in range(DAYS)]
    return GroupLine(
        group,
        group.now,
        waiting,
        examples.get(waiting.newest or 0),
        sparkline(list(zip(labels, waiting.days, strict=True))),
        queues.get(group.fingerprint, ()),
        rules.get(group.fingerprint, ()),
        changes.get(group.pk, ()),
        time_left(organization, waiting.soonest, now),
    )


def _asked(asked: GroupFilter, organization: Organization, now: datetime) -> QuerySet[Any]:
    rows = groups_of(organization).filter(LISTED)
    rows = rows.filter(now=asked.state) if asked.state else rows.filter(now__in=TO_DO)
    if asked.owner:
        rows = rows.filter(owner=asked.owner)
    if asked.order == LEFT:
        in_time = waiting_in(organization).filter(
            fingerprint=OuterRef("fingerprint"), ended_at__gt=too_late_before(organization, now)
        )
        soonest = in_time.order_by().values("fingerprint").annotate(at=Min("ended_at")).values("at")
        rows = rows.annotate(soonest=Subquery(soonest)).filter(soonest__isnull=False)
    return rows


def _counts(asked: GroupFilter, organization: Organization) -> dict[str, int]:
    """Return how many groups each state lists, of that owner where one is asked for."""
    rows = groups_of(organization).filter(LISTED)
    if asked.owner:
        rows = rows.filter(owner=asked.owner)
    return dict(rows.order_by().values_list("now").annotate(number=Count("pk")))

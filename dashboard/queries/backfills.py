"""Back-fills for reading: their list, and one with what it would do, what it has done, and when it will be through."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count

from dashboard.queries.bounded import CountUpTo
from dashboard.queries.keyset import Page, page_of
from dashboard.queries.names import Names
from dashboard.templatetags.badges import LOOKS, Look
from wrapups.domain.pace import pace
from wrapups.domain.reading_plan import Plan, Source
from wrapups.domain.slices import Place
from wrapups.domain.status import LIVE, Status
from wrapups.models import Assignment, Attempt, Backfill, CallBudget, Organization, WrapupCode
from wrapups.models.assignments import REASONS
from wrapups.models.clock import app_now
from wrapups.services import backfilling

PER_WRITE = 1.03
"""Calls a wrap-up costs in bulk: the write, and its share of reading a hundred before it and a hundred after it."""
LEAST_FREE = 0.05
MOST_QUEUES = 20
CALLS_OF = timedelta(hours=1)
MOST_CALLS = 100_000

STATES: Mapping[str, Look] = {
    Backfill.State.READING: Look("waiting", "search", "A worker reads and counts. Nothing is decided."),
    Backfill.State.READY: Look("warning", "hand", "It waits for somebody to confirm it."),
    Backfill.State.RUNNING: Look("waiting", "clock", "Workers decide and write, behind fresh work."),
    Backfill.State.DONE: Look("good", "circle-check", "Everything was read, decided and written."),
    Backfill.State.FAILED: Look("bad", "circle-x", "It cannot go on, for the reason given."),
    Backfill.State.CANCELLED: Look("quiet", "circle-slash", "Somebody ended it."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One back-fill in a list."""

    backfill: Any
    days: "Days"
    look: Look


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a stretch as the organization counts them, both included."""

    first: date
    last: date
    zone: str

    @classmethod
    def of(cls, backfill: Backfill) -> "Days":
        """Return the days of a back-fill."""
        zone = ZoneInfo(backfill.organization.time_zone)
        last = (backfill.ends_at - timedelta(microseconds=1)).astimezone(zone).date()
        return cls(backfill.begins_at.astimezone(zone).date(), last, backfill.organization.time_zone.replace("_", " "))

    @property
    def count(self) -> int:
        """How many days they are."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a breakdown."""

    words: str
    number: int


def backfill_page(organization: Organization, *, before: int | None, after: int | None) -> Page:
    """Return a page of the list, newest first: `rows` are `Row`s."""
    rows = Backfill.objects.of(organization).select_related("person", "organization", "release")
    page = page_of(rows, before=before, after=after)
    return Page([Row(each, Days.of(each), STATES[each.state]) for each in page.rows], page.newer, page.older)


class Shown:
    """One back-fill as its page shows it."""

    def __init__(self, backfill: Backfill) -> None:
        self.backfill = backfill
        self.days = Days.of(backfill)
        self.look = STATES[backfill.state]
        self._counted = backfill.counted
        self._rate = free_calls_per_minute(backfill.organization)

    @property
    def moves(self) -> bool:
        """Whether a worker is to go on with it, so that the page asks again."""
        return self.backfill.state in (Backfill.State.READING, Backfill.State.RUNNING)

    @property
    def open(self) -> bool:
        """Whether it can be cancelled."""
        return self.backfill.state in Backfill.OPEN

    @cached_property
    def outdated(self) -> bool:
        """Whether other rules are in force than those it was previewed by, so that it cannot be confirmed."""
        return self.backfill.state == Backfill.State.READY and backfilling.newer_release(self.backfill)

    # What the preview found

    def fate(self, name: str) -> int:
        """Return how many communications have this fate."""
        return int(self._counted.get("fates", {}).get(name, 0))

    @property
    def assigned(self) -> int:
        """How many would get a code."""
        return self.fate("assigned")

    @property
    def known(self) -> int:
        """How many were decided before."""
        return self.fate("known")

    @property
    def too_old(self) -> int:
        """How many Genesys was seen to refuse for their age."""
        return self.fate("too_old")

    @property
    def late(self) -> int:
        """How many of those to be assigned are so old that a refusal would be final."""
        return int(self._counted.get("late", 0))

    def codes(self) -> list[Part]:
        """Return the codes that would be assigned, the most frequent first."""
        counts = {int(pk): number for pk, number in self._counted.get("codes", {}).items()}
        rows = WrapupCode.objects.of(self.backfill.organization).filter(pk__in=counts)
        return _parts({row.name: counts[row.pk] for row in rows})

    def queues(self) -> list[Part]:
        """Return the queues whose communications would get a code, the busiest first; the rest as one line."""
        counts: Mapping[str, int] = self._counted.get("queues", {})
        first = dict(sorted(counts.items(), key=lambda item: -item[1])[:MOST_QUEUES])
        names = Names(self.backfill.organization, {"queue": first})
        parts = _parts({names("queue", queue) or "no queue": number for queue, number in first.items()})
        rest = sum(counts.values()) - sum(first.values())
        return [*parts, Part(f"{len(counts) - len(first)} more queues", rest)] if rest else parts

    def reasons(self) -> list[Part]:
        """Return why the others get none."""
        return _parts({REASONS.get(name, name): number for name, number in self._counted.get("reasons", {}).items()})

    @property
    def calls(self) -> int:
        """About how many calls to Genesys confirming it would cost: reading again, and writing."""
        return ceil(self.backfill.read / 100) + ceil(self.assigned * PER_WRITE)

    @property
    def takes_s(self) -> float:
        """About how many seconds that takes with the calls that fresh work leaves."""
        return self.calls * 60 / self._rate

    @property
    def per_minute(self) -> int:
        """How many calls a minute fresh work has left lately."""
        return round(self._rate)

    # How far it has come

    @property
    def share_read(self) -> int:
        """How much of the stretch has been read, in per cent."""
        backfill = self.backfill
        if not backfill.cursor:
            return 0
        plan = Plan.of_text(backfill.cursor)
        whole = (backfill.ends_at - backfill.begins_at).total_seconds()
        reached = _reached(plan) or backfill.begins_at
        return round(100 * min(1.0, max(0.0, (backfill.ends_at - reached).total_seconds() / whole)))

    @property
    def gathers(self) -> bool:
        """Whether Genesys is still gathering what a job is to show."""
        return bool(self.backfill.reading_job) and not Plan.of_text(self.backfill.cursor).at

    def statuses(self) -> list[tuple[Status, Look, int]]:
        """Return how its assignments stand now, in the order of their life."""
        return [(status, LOOKS[status], self._by_status[status]) for status in Status if status in self._by_status]

    @property
    def unread(self) -> int:
        """About how many conversations Genesys Cloud showed to no query."""
        return int(self.backfill.counted.get("unread", 0))

    @property
    def finished(self) -> int:
        """How many of those it made to be written are through."""
        live = sum(number for status, number in self._by_status.items() if status in LIVE)
        return max(0, self.backfill.assigned - live)

    @property
    def finishes_at(self) -> datetime | None:
        """About when the last will be through; None while nothing goes on."""
        if self.backfill.state != Backfill.State.RUNNING:
            return None
        waiting = max(0, self.assigned - self.finished)
        return app_now() + timedelta(seconds=waiting * PER_WRITE * 60 / self._rate)

    @cached_property
    def _by_status(self) -> Mapping[Status, int]:
        rows = Assignment.objects.of(self.backfill.organization).filter(
            backfill=self.backfill, wrapup_code__isnull=False
        )
        counted = rows.order_by().values_list("status").annotate(number=Count("pk"))
        return {Status(status): number for status, number in counted}


def free_calls_per_minute(organization: Organization) -> float:
    """Return how many calls a minute are left beside what the last hour's single calls took; never none at all."""
    lately = Attempt.objects.filter(organization=organization, started_at__gt=app_now() - CALLS_OF)
    single = CountUpTo(lately.exclude(assignment__backfill__isnull=False), bound=MOST_CALLS)
    budget = CallBudget.objects.filter(organization=organization).values_list("allowed_per_minute", single)
    allowed, fresh = budget.first() or (None, 0)
    every = pace(organization.calls_per_minute, allowed)
    return max(every - fresh / (CALLS_OF.total_seconds() / 60), every * LEAST_FREE)


def _reached(plan: Plan) -> datetime | None:
    if plan.at and plan.parts and plan.parts[0].source is Source.QUERY:
        return Place.of_text(plan.at).behind
    return plan.ends_at


def _parts(counts: Mapping[str, int]) -> list[Part]:
    return [Part(words, number) for words, number in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]

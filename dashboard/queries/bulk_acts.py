"""Acts on many assignments, for reading: which can be done and why others not, how far it is, and what came of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import Coalesce

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.backfills import PER_WRITE, free_calls_per_minute
from dashboard.queries.keyset import Page, page_of
from dashboard.templatetags.badges import LOOKS, Look
from wrapups.domain.status import LIVE, WAITS_FOR_A_PERSON, Status
from wrapups.models import Assignment, BulkAct, BulkActRow, Organization
from wrapups.services import bulk_judging, decide_again_pieces
from wrapups.services.bulk_acting import CannotAct, possible, rows_seen
from wrapups.services.deciders import rollout_of

WORDS: Mapping[str, str] = {**decide_again_pieces.WORDS, **bulk_judging.WORDS}
TITLES: Mapping[str, str] = {
    BulkAct.Kind.RETRY: "Retry",
    BulkAct.Kind.CANCEL: "Cancel",
    BulkAct.Kind.REDECIDE: "Decide again",
    BulkAct.Kind.HAND_OVER: "Hand over",
}
STATES: Mapping[str, Look] = {
    BulkAct.State.FREEZING: Look("waiting", "search", "Its rows are being counted. Nothing is done."),
    BulkAct.State.READY: Look("warning", "hand", "It waits for somebody to confirm it."),
    BulkAct.State.RUNNING: Look("waiting", "clock", "Workers go through it, behind fresh work."),
    BulkAct.State.DONE: Look("good", "circle-check", "Every row's turn has come."),
    BulkAct.State.CANCELLED: Look("quiet", "circle-slash", "Somebody ended it."),
}
OUTCOMES: Mapping[str, str] = {
    BulkActRow.Outcome.WAITING: "to be done",
    BulkActRow.Outcome.DONE: "done",
    BulkActRow.Outcome.SKIPPED: "left as they are",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a breakdown: what it says, how many, and the part of an address that lists them."""

    words: str
    number: int
    address: str


@dataclass(frozen=True, slots=True)
class Line:
    """One assignment of an act: how it stands now, and what the act did with it."""

    assignment: Any
    look: Look
    words: str


@dataclass(frozen=True, slots=True)
class Listed:
    """One act in a list."""

    act: Any
    title: str
    look: Look


def acts_seen_by(person: Any, organization: Organization) -> QuerySet[BulkAct]:
    """Return the acts whose pages this person may see: all or, where divisions limit them, their own."""
    rows = BulkAct.objects.of(organization).filter(kind__in=BulkAct.ON_ASSIGNMENTS)
    rows = rows.select_related("person", "organization", "release", "hands_to")
    return rows.filter(person=person) if organization.sight.is_limited else rows


def act_page(person: Any, organization: Organization, *, before: int | None, after: int | None) -> Page:
    """Return a page of the acts, newest first: `rows` are `Listed`."""
    page = page_of(acts_seen_by(person, organization), before=before, after=after)
    return Page([Listed(each, TITLES[each.kind], STATES[each.state]) for each in page.rows], page.newer, page.older)


def ticked(organization: Organization, keys: frozenset[int]) -> QuerySet[Assignment]:
    """Return the assignments with these keys. Raises CannotAct where one of them is not there: then none is meant."""
    found = Assignment.objects.of(organization).filter(pk__in=keys)
    missing = len(keys) - found.count()
    if missing:
        raise CannotAct(f"{missing} of the {len(keys)} selected rows are not there. Nothing was done with any of them.")
    return found


def matching(asked: AssignmentFilter, organization: Organization, *, waiting: bool) -> QuerySet[Assignment]:
    """Return what a list finds; where it lists what waits for a person only (`waiting`), only that."""
    rows = Assignment.objects.of(organization)
    return asked.apply(organization, among=rows.waiting_for_a_person() if waiting else None)


class Shown:
    """One act as its page shows it to somebody."""

    def __init__(self, act: BulkAct, organization: Organization) -> None:
        self.act = act
        self.look = STATES[act.state]
        self.title = TITLES[act.kind]
        self.possible = possible(act)
        self._rows = rows_seen(act, organization)
        self._organization = organization

    @property
    def moves(self) -> bool:
        """Whether a worker is to go on with it, so that the page asks again."""
        return bool(self.act.state == BulkAct.State.RUNNING)

    @property
    def is_open(self) -> bool:
        """Whether it can be stopped."""
        return self.act.state in BulkAct.OPEN

    @property
    def at_most(self) -> bool:
        """Whether fewer may turn out to be possible: a release that is introduced step by step decides only a part."""
        release = self.act.release
        return self.possible > 0 and release is not None and not rollout_of(release).is_whole

    @cached_property
    def stays(self) -> Sequence[Part]:
        """Why the others are left as they are, the most frequent first: as it was counted, then as it turned out."""
        counted = self._counted(BulkActRow.Outcome.SKIPPED) if self.act.confirmed_at else self.act.counted
        return _parts({why: number for why, number in counted.items() if why in WORDS})

    @property
    def staying(self) -> int:
        """How many are left as they are."""
        return sum(part.number for part in self.stays)

    @cached_property
    def decided(self) -> Sequence[Part]:
        """What became of those that were decided again, the most frequent first."""
        if self.act.kind != BulkAct.Kind.REDECIDE or not self.act.confirmed_at:
            return ()
        return _parts(self._counted(BulkActRow.Outcome.DONE))

    @property
    def calls(self) -> int:
        """About how many calls it costs, at most."""
        counted = self.act.counted
        return ceil(counted.get("writes", 0) * PER_WRITE + counted.get("reads", 0))

    @cached_property
    def per_minute(self) -> float:
        """How many calls a minute are left for it beside fresh work."""
        return free_calls_per_minute(self._organization)

    @property
    def takes_s(self) -> float:
        """About how long it takes, in seconds."""
        return self.calls * 60 / self.per_minute

    @cached_property
    def _standing(self) -> Mapping[str, int]:
        done = self._rows.filter(outcome=BulkActRow.Outcome.DONE).order_by()
        now = Coalesce("made__status", "assignment__status")
        return dict(done.values_list(now).annotate(number=Count("pk")))

    @property
    def moves_rows(self) -> bool:
        """Whether its rows stand otherwise afterwards; what is handed over waits as before."""
        return bool(self.act.kind != BulkAct.Kind.HAND_OVER)

    @property
    def handed_over(self) -> str:
        """The address of the list of what was handed over."""
        return AssignmentFilter(bulk=self.act.pk).query_string()

    @property
    def statuses(self) -> list[tuple[Status, Look, int]]:
        """How those that it was done with stand now."""
        return [(each, LOOKS[each], self._standing[each]) for each in Status if each in self._standing]

    @property
    def under_way(self) -> int:
        """How many of them are still to be sent or read back."""
        return sum(number for status, number in self._standing.items() if status in LIVE)

    @property
    def finished(self) -> int:
        """How many rows are through, those that were left alone among them."""
        return int(self.act.done) - (self.under_way if self.act.kind == BulkAct.Kind.RETRY else 0)

    @property
    def failing(self) -> list[tuple[Status, int, str]]:
        """What waits for a person afterwards: which status, how many, and the address of its list."""
        asked = AssignmentFilter(bulk=self.act.pk)
        return [
            (status, self._standing[status], asked.but(status=status.value).query_string())
            for status in Status
            if status in WAITS_FOR_A_PERSON and status in self._standing
        ]

    def _counted(self, outcome: BulkActRow.Outcome) -> Mapping[str, int]:
        rows = self._rows.filter(outcome=outcome).order_by()
        return {why: number for why, number in rows.values_list("why").annotate(number=Count("pk")) if why in WORDS}


def line_page(
    act: BulkAct,
    organization: Organization,
    *,
    outcome: str = "",
    why: str = "",
    before: int | None = None,
    after: int | None = None,
) -> Page:
    """Return a page of the act's rows, of one outcome, left for one reason, or all: `rows` are `Line`s."""
    rows = rows_seen(act, organization)
    if outcome in OUTCOMES:
        rows = rows.filter(outcome=outcome)
    if why in WORDS:
        rows = rows.filter(why=why)
    joined = ("assignment__communication__conversation", "assignment__wrapup_code", "made__wrapup_code")
    heavy = [f"{each}__{column}" for each in ("assignment", "made") for column in ("facts", "words", "said")]
    page = page_of(rows.select_related(*joined).defer(*heavy), before=before, after=after)
    return Page([_line(row) for row in page.rows], page.newer, page.older)


def _line(row: Any) -> Line:
    assignment = row.made or row.assignment
    return Line(assignment, LOOKS[Status(assignment.status)], WORDS.get(row.why, OUTCOMES[row.outcome]))


def _parts(counted: Mapping[str, int]) -> list[Part]:
    parts = [Part(WORDS[why], number, f"?why={why}") for why, number in counted.items()]
    return sorted(parts, key=lambda part: (-part.number, part.words))

"""Codes that are put back, for reading: what can be and what cannot and why, how far it is, and every row of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

from django.db.models import Count

from dashboard.queries.backfills import Part, free_calls_per_minute
from dashboard.queries.keyset import Page, page_of
from dashboard.templatetags.badges import LOOKS, Look
from wrapups.domain.status import LIVE, Status
from wrapups.models import Assignment, BulkAct, BulkActRow, Organization
from wrapups.services.earlier_codes import WORDS, WhyNot

PER_CODE = 2.02
"""Calls that putting one code back costs: the look, the write, and its share of reading a hundred back."""
LATEST = 5

STATES: Mapping[str, Look] = {
    BulkAct.State.FREEZING: Look("waiting", "search", "A worker counts. Nothing is written."),
    BulkAct.State.READY: Look("warning", "hand", "It waits for somebody to confirm it."),
    BulkAct.State.RUNNING: Look("waiting", "clock", "Workers look and write, behind fresh work."),
    BulkAct.State.DONE: Look("good", "circle-check", "Every code was put back, or it is said why not."),
    BulkAct.State.CANCELLED: Look("quiet", "circle-slash", "Somebody ended it."),
}
SHOWN: Mapping[str, str] = {
    BulkActRow.Outcome.WAITING: "to be put back",
    BulkActRow.Outcome.DONE: "put back, or on its way",
    BulkActRow.Outcome.SKIPPED: "left as they are",
}


@dataclass(frozen=True, slots=True)
class Listed:
    """One act in a list."""

    act: BulkAct
    look: Look


@dataclass(frozen=True, slots=True)
class Line:
    """One communication of an act: what became of it, in words."""

    row: Any
    word: str
    look: Look
    why: str


def latest_put_backs(organization: Organization) -> list[Listed]:
    """Return the newest few acts."""
    rows = (
        BulkAct.objects.of(organization)
        .filter(kind=BulkAct.Kind.PUT_BACK)
        .select_related("release", "person")
        .order_by("-pk")[:LATEST]
    )
    return [Listed(row, STATES[row.state]) for row in rows]


class Shown:
    """One act as its page shows it."""

    def __init__(self, act: BulkAct) -> None:
        self.act = act
        self.look = STATES[act.state]

    @property
    def moves(self) -> bool:
        """Whether a worker is to go on with it, so that the page asks again."""
        return self.act.state in (BulkAct.State.FREEZING, BulkAct.State.RUNNING)

    @property
    def open(self) -> bool:
        """Whether it can be cancelled."""
        return self.act.state in BulkAct.OPEN

    @property
    def possible(self) -> int:
        """How many codes could be put back when they were counted."""
        return int(self.act.counted.get("waiting", 0))

    @cached_property
    def stays(self) -> Sequence[Part]:
        """Why the others stay, the most frequent first: as it was counted, then as it turned out."""
        counted = self._skipped if self.act.confirmed_at else Counter(self.act.counted)
        told = [Part(WORDS[why], number) for why, number in counted.items() if why in WORDS]
        return sorted(told, key=lambda part: (-part.number, part.words))

    @property
    def staying(self) -> int:
        """How many stay as they are."""
        return sum(part.number for part in self.stays)

    @cached_property
    def under_way(self) -> int:
        """How many stay only because they were still being written or read back when they were looked at."""
        counted = self._skipped if self.act.confirmed_at else self.act.counted
        return int(counted.get(WhyNot.UNDER_WAY, 0))

    @property
    def calls(self) -> int:
        """About how many calls it costs."""
        return ceil(self.possible * PER_CODE)

    @cached_property
    def per_minute(self) -> float:
        """How many calls a minute are left for it beside fresh work."""
        return free_calls_per_minute(self.act.organization)

    @property
    def takes_s(self) -> float:
        """About how long it takes, in seconds."""
        return self.calls * 60 / self.per_minute

    @cached_property
    def statuses(self) -> list[tuple[Status, Look, int]]:
        """How many of those it made there are of each status."""
        rows = BulkActRow.objects.of(self.act.organization).filter(bulk_act=self.act, made__isnull=False)
        counted = dict(rows.order_by().values_list("made__status").annotate(number=Count("pk")))
        return [(status, LOOKS[status], counted[status]) for status in Status if status in counted]

    @property
    def finished(self) -> int:
        """How many are through, of those that could be put back."""
        live = sum(number for status, _, number in self.statuses if status in LIVE)
        return max(0, sum(number for _, _, number in self.statuses) - live)

    @cached_property
    def _skipped(self) -> Counter[str]:
        rows = BulkActRow.objects.of(self.act.organization).filter(bulk_act=self.act, outcome="skipped")
        return Counter(dict(rows.order_by().values_list("why").annotate(number=Count("pk"))))


def line_page(act: BulkAct, *, outcome: str, before: int | None, after: int | None) -> Page:
    """Return a page of the communications of an act, of one outcome or of all: `rows` are `Line`s."""
    rows = BulkActRow.objects.of(act.organization).filter(bulk_act=act)
    if outcome in SHOWN:
        rows = rows.filter(outcome=outcome)
    joined = ("assignment__communication__conversation", "assignment__wrapup_code", "made__wrapup_code")
    page = page_of(rows.select_related(*joined).defer("assignment__facts", "made__facts"), before=before, after=after)
    return Page([_line(row) for row in page.rows], page.newer, page.older)


def _line(row: BulkActRow) -> Line:
    made: Assignment | None = row.made
    if made is None or row.outcome == BulkActRow.Outcome.SKIPPED:
        waits = row.outcome == BulkActRow.Outcome.WAITING
        look = Look("waiting", "clock", "") if waits else LOOKS[Status.SKIPPED]
        return Line(row, "waiting" if waits else "left as it is", look, WORDS.get(row.why, row.why))
    return Line(row, made.status, LOOKS[Status(made.status)], made.get_reason_display())

"""What is decided again when a release is published, for reading: how much waits, how far it is, what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count

from dashboard.queries.backfills import Part
from dashboard.queries.bounded import BOUND, Bounded
from dashboard.queries.keyset import Page, page_of
from dashboard.templatetags.badges import LOOKS, Look
from wrapups.domain.status import Status
from wrapups.models import BulkAct, BulkActRow, Organization, Release
from wrapups.services.decide_again_pieces import STAYS, WORDS
from wrapups.services.deciding_again import unsent

STATES: Mapping[str, Look] = {
    BulkAct.State.FREEZING: Look("waiting", "search", "A worker fixes what waits at this moment."),
    BulkAct.State.RUNNING: Look("waiting", "clock", "A worker decides piece by piece; it costs no call."),
    BulkAct.State.DONE: Look("good", "circle-check", "All of it was decided again, or it is said why not."),
    BulkAct.State.CANCELLED: Look("quiet", "circle-slash", "It was ended; the rest is sent as it was decided."),
}
STATE_WORDS: Mapping[str, str] = {BulkAct.State.FREEZING: "being gathered"}
SHOWN: Mapping[str, str] = {
    BulkActRow.Outcome.WAITING: "still to be decided",
    BulkActRow.Outcome.DONE: "decided again",
    BulkActRow.Outcome.SKIPPED: "left as they were",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One communication: what became of its assignment, and how that stands now."""

    row: Any
    words: str
    look: Look


def waiting(organization: Organization) -> Bounded:
    """Return how much is decided and not sent at this moment: what publishing would have decided again."""
    return Bounded.of(unsent(organization)[: BOUND + 1].count())


def latest_of(release: Release) -> BulkAct | None:
    """Return what was decided again when this release was published, or None."""
    rows = BulkAct.objects.of(release.organization_id).filter(kind=BulkAct.Kind.DECIDE_AGAIN, release=release)
    found: BulkAct | None = rows.order_by("-pk").first()
    return found


def in_words(release: Release) -> str:
    """Return what is said of what waits when it has come into force, with a space before it; empty for nothing."""
    if latest_of(release):
        return " What was not sent yet is decided again by it."
    left = waiting(release.organization)
    return f" {left} not sent yet {'goes' if left.number == 1 else 'go'} out as decided before." if left else ""


class Shown:
    """One such work as its page shows it."""

    def __init__(self, act: BulkAct) -> None:
        self.act = act
        self.look = STATES[act.state]
        self.word = STATE_WORDS.get(act.state, act.get_state_display())

    @property
    def moves(self) -> bool:
        """Whether a worker goes on with it, so that the page asks again."""
        return self.act.state in BulkAct.OPEN

    @cached_property
    def decided(self) -> Sequence[Part]:
        """What became of those that were decided again, the most frequent first."""
        return self._parts(stays=False)

    @cached_property
    def left(self) -> Sequence[Part]:
        """Why the others were left as they had been decided."""
        return self._parts(stays=True)

    def _parts(self, *, stays: bool) -> Sequence[Part]:
        told = [Part(WORDS[why], number) for why, number in self._counted.items() if (why in STAYS) is stays]
        return sorted(told, key=lambda part: (-part.number, part.words))

    @cached_property
    def _counted(self) -> Mapping[str, int]:
        rows = BulkActRow.objects.of(self.act.organization).filter(bulk_act=self.act).exclude(why="")
        return dict(rows.order_by().values_list("why").annotate(number=Count("pk")))


def line_page(act: BulkAct, *, outcome: str, before: int | None, after: int | None) -> Page:
    """Return a page of the communications, of one outcome or of all: `rows` are `Line`s."""
    rows = BulkActRow.objects.of(act.organization).filter(bulk_act=act)
    if outcome in SHOWN:
        rows = rows.filter(outcome=outcome)
    joined = ("assignment__communication__conversation", "assignment__wrapup_code")
    page = page_of(rows.select_related(*joined).defer("assignment__facts"), before=before, after=after)
    return Page([_line(row) for row in page.rows], page.newer, page.older)


def _line(row: BulkActRow) -> Line:
    words = WORDS.get(row.why, SHOWN[row.outcome])
    return Line(row, words, LOOKS[Status(row.assignment.status)])

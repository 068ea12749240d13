"""Uploads for reading: their list, one with its counts and its lines, and its result as a file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from dashboard.queries.keyset import page_of
from wrapups.domain.masking import Mask
from wrapups.domain.sheets import label
from wrapups.models import EventSource, Organization, Upload, UploadLine

LINES_SHOWN, SAMPLES, MOST_SOURCES, STREAMED = 100, 5, 20, 1000
Outcome = UploadLine.Outcome
State = Upload.State
TONES = {
    State.READING: "waiting",
    State.MAPPING: "warning",
    State.CHECKED: "warning",
    State.RUNNING: "waiting",
    State.DONE: "good",
    State.CANCELLED: "quiet",
    State.FAILED: "bad",
}
OUTCOME_WORDS = {
    Outcome.GOOD: "good",
    Outcome.REFUSED: "refused",
    Outcome.TAKEN: "taken in",
    Outcome.REPEATED: "known already",
}
OUTCOME_TONES = {Outcome.GOOD: "waiting", Outcome.REFUSED: "bad", Outcome.TAKEN: "good", Outcome.REPEATED: "quiet"}
PARTS = {"conversation": "Conversation id", "disposition": "Disposition", "notes": "Notes"}


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One upload as the list, and its own page, shows it."""

    upload: Any

    @property
    def tone(self) -> str:
        """The look of its state."""
        return TONES[State(self.upload.state)]

    @property
    def checked(self) -> bool:
        """Whether its lines were judged."""
        return Outcome.GOOD.value in self.upload.counted

    def count(self, name: str) -> int:
        """Return how many lines there are of an outcome, or in all ("lines"), or of known conversations ("known")."""
        return int(self.upload.counted.get(name, 0))

    @property
    def lines(self) -> int:
        return self.count("lines")

    @property
    def good(self) -> int:
        return self.count("good")

    @property
    def refused(self) -> int:
        return self.count("refused")

    @property
    def taken(self) -> int:
        return self.count("taken")

    @property
    def repeated(self) -> int:
        return self.count("repeated")

    @property
    def known(self) -> int:
        """How many good lines are about conversations that we have."""
        return self.count("known")

    @property
    def unseen(self) -> int:
        """How many good lines are about conversations that nobody has shown us yet."""
        return self.good - self.known

    @property
    def columns_left_out(self) -> int:
        """How many columns the file has beyond those that are kept."""
        return max(0, self.count("columns") - len(self.upload.columns))

    @property
    def moves(self) -> bool:
        """Whether a worker is to go on with it, so that the page asks again."""
        return self.upload.state in Upload.AT_WORK

    @property
    def may_be_taken_in(self) -> bool:
        return bool(self.upload.state == State.CHECKED and self.good)

    @property
    def may_be_mapped(self) -> bool:
        return self.upload.state in (State.MAPPING, State.CHECKED)

    @property
    def may_be_cancelled(self) -> bool:
        return self.may_be_mapped or self.moves

    @property
    def done(self) -> int:
        """How many of the lines that are not refused are through."""
        return self.taken + self.repeated

    @property
    def to_do(self) -> int:
        """How many lines are not refused."""
        return self.done + self.good

    @property
    def seconds_left(self) -> float | None:
        """How long it will take at the pace so far; None while that is not known."""
        if not (self.upload.state == State.RUNNING and self.taken):
            return None
        return self.good * (timezone.now() - self.upload.act.at).total_seconds() / self.taken

    @property
    def columns_in_words(self) -> list[tuple[str, str]]:
        """Which column was chosen for what."""
        chosen = self.upload.mapping
        return [(words, label(self.upload.columns, chosen[part])) for part, words in PARTS.items() if part in chosen]


def upload_page(organization: Organization, *, before: int | None, after: int | None) -> dict[str, Any]:
    """Return a page of the list: its rows, and the addresses of the newer and older ones."""
    page = page_of(_uploads(organization), before=before, after=after)
    return {
        "rows": [UploadRow(upload) for upload in page.rows],
        "newer": f"?{urlencode({'after': page.newer})}" if page.newer else "",
        "older": f"?{urlencode({'before': page.older})}" if page.older else "",
    }


def _uploads(organization: Organization) -> Any:
    return Upload.objects.of(organization).select_related("person", "act__person")


def sources_of(organization: Organization) -> list[str]:
    """Return names of sources to suggest, the last used one first."""
    used = Upload.objects.of(organization).order_by("-pk").values_list("source", flat=True)[:MOST_SOURCES]
    senders = EventSource.objects.of(organization).order_by("name").values_list("name", flat=True)[:MOST_SOURCES]
    return list(dict.fromkeys([*used, *senders]))


def samples_of(upload: Upload) -> list[list[str]]:
    """Return the cells of the first lines."""
    return list(upload.lines.order_by("number").values_list("cells", flat=True)[:SAMPLES])


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line as its upload's page shows it."""

    line: Any
    cells: list[tuple[str, str]]

    @property
    def word(self) -> str:
        return OUTCOME_WORDS[Outcome(self.line.outcome)]

    @property
    def tone(self) -> str:
        return OUTCOME_TONES[Outcome(self.line.outcome)]


@dataclass(frozen=True, slots=True)
class LineMasks:
    """What somebody is shown of the lines of one file: of columns that nobody needs to know a line by, a mask.

    Whoever mends refused lines needs them as they came.
    """

    upload: Upload
    mask: Mask
    mends: bool

    def cell(self, line: Any, place: int) -> str:
        """Return a cell of a line as it may be shown."""
        text = line.cells[place] if place < len(line.cells) else ""
        known_by = (self.upload.mapping.get("conversation"), self.upload.mapping.get("disposition"))
        shown = place in known_by or (self.mends and line.outcome == Outcome.REFUSED)
        return text if shown else self.mask.text(text)


@dataclass(frozen=True, slots=True)
class OutcomeTab:
    """One outcome with its count."""

    outcome: str
    word: str
    count: int
    chosen: bool


def lines_of(row: UploadRow, *, outcome: str, after: int, masks: LineMasks) -> dict[str, Any]:
    """Return some lines behind the line `after`, in their order, the tabs above them, and where the next begin.

    Of a file with refused lines those are shown first, unless another outcome, or "all", is asked for.
    """
    wanted = outcome if outcome in (*OUTCOME_WORDS, "all") else "refused" if row.refused else "all"
    lines = row.upload.lines.filter(number__gt=after).order_by("number")
    found = list((lines if wanted == "all" else lines.filter(outcome=wanted))[: LINES_SHOWN + 1])
    shown = found[:LINES_SHOWN]
    named = {words: row.upload.mapping[part] for part, words in PARTS.items() if part in row.upload.mapping}
    tabs = [OutcomeTab("all", "all", row.lines, wanted == "all")]
    tabs += [OutcomeTab(each, word, row.count(each), wanted == each) for each, word in OUTCOME_WORDS.items()]
    return {
        "lines": [
            LineRow(line, [(words, masks.cell(line, place)) for words, place in named.items()]) for line in shown
        ],
        "names": list(named),
        "tabs": [tab for tab in tabs if tab.count or tab.chosen],
        "outcome": wanted,
        "after": after,
        "next": shown[-1].number if len(found) > LINES_SHOWN else None,
    }


def result_of(upload: Upload, *, outcome: str, masks: LineMasks) -> Iterator[list[str]]:
    """Yield the heading, then each line, with number, outcome and reason behind the columns it came with.

    So refused lines can be mended in it and handed in again.
    """
    names = [label(upload.columns, place) for place in range(len(upload.columns))]
    yield [*names, "Line", "Outcome", "Reason"]
    lines = upload.lines.filter(outcome=outcome) if outcome in OUTCOME_WORDS else upload.lines
    after = 0
    while found := list(lines.filter(number__gt=after).order_by("number")[:STREAMED]):
        for line in found:
            cells = [masks.cell(line, place) for place in range(len(names))]
            yield [*cells, str(line.number), OUTCOME_WORDS[Outcome(line.outcome)], line.reason]
        after = found[-1].number

"""What a line of a file of dispositions must hold, and which of its columns holds what."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple, Self

from wrapups.domain.cells import conversation_id_in, disposition_in, ids_in, notes_in, unguarded

COLUMNS_KEPT, CELL_KEPT = 50, 4096
"""What is kept of a line: so many cells, and so many characters of each."""
LONGEST_HEADING, LONGEST_LABEL = 128, 40


class BadFile(ValueError):
    """A file that cannot be read as a whole; the text says why and what to do."""


class BadLine(ValueError):
    """A line that cannot be taken in; the text names the column and the reason, and repeats no cell."""


class Row(NamedTuple):
    """One line of a file with its number there, from 1."""

    number: int
    cells: list[str]


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column, counted from 0, holds what."""

    conversation: int
    disposition: int
    notes: int | None = None

    @classmethod
    def of(cls, stored: Mapping[str, int]) -> Self:
        """Return the columns as `stored` gave them."""
        return cls(stored["conversation"], stored["disposition"], stored.get("notes"))

    def stored(self) -> dict[str, int]:
        """Return them as plain JSON."""
        return {name: place for name, place in asdict(self).items() if place is not None}


@dataclass(frozen=True, slots=True)
class Told:
    """What one line says: of which conversation, what its outcome is called, and anything beside."""

    conversation_id: str
    code: str
    notes: str


def heading_of(cells: Sequence[str]) -> list[str]:
    """Return the names of all columns; raises BadFile for a first line that names none."""
    names = [" ".join(cell.split())[:LONGEST_HEADING] for cell in _without_empty_end(cells)]
    if not names:
        raise BadFile(
            "The first line is empty. It must name the columns, such as: conversation id, disposition, notes."
        )
    if any(ids_in(name) for name in names[:COLUMNS_KEPT]):
        raise BadFile("The first line holds a conversation id. Put a line above it that names the columns.")
    return names


def kept(cells: Sequence[str], width: int) -> list[str]:
    """Return what is stored of a line whose heading has `width` names; empty for an empty line.

    A line that is longer than its heading stays so by one cell, to be refused when it is checked.
    """
    filled = _without_empty_end(cells)
    shown = filled[: min(width, COLUMNS_KEPT)]
    return [cell[:CELL_KEPT] for cell in (*shown, *filled[width : width + 1])]


def told_in(cells: Sequence[str], names: Sequence[str], columns: Columns) -> Told:
    """Return what a line tells; raises BadLine."""
    if len(cells) > len(names):
        raise BadLine("This line has more cells than the first one names. Is a quote missing?")

    def checked(place: int, meaning: Callable[[str], str]) -> str:
        try:
            return meaning(unguarded(cells[place]) if place < len(cells) else "")
        except ValueError as error:
            raise BadLine(f"“{label(names, place)}” {error}") from None

    return Told(
        checked(columns.conversation, conversation_id_in),
        checked(columns.disposition, disposition_in),
        "" if columns.notes is None else checked(columns.notes, notes_in),
    )


def label(names: Sequence[str], place: int) -> str:
    """Return what to call a column: its name, or the letters a spreadsheet gives it."""
    if names[place]:
        return names[place] if len(names[place]) <= LONGEST_LABEL else f"{names[place][:LONGEST_LABEL]}…"
    tens, ones = divmod(place, 26)
    return f"Column {chr(ord('A') + tens - 1) if tens else ''}{chr(ord('A') + ones)}"


HEADINGS: Mapping[str, Sequence[str]] = {
    "conversation": ("conversationid", "conversation", "interactionid", "interaction", "convid", "genesysid"),
    "disposition": ("disposition", "dispositioncode", "outcome", "result", "wrapupcode", "wrapup", "code", "status"),
    "notes": ("notes", "note", "comment", "comments", "remark", "remarks", "text"),
}
"""How people call their columns, the surest first; letters and digits only."""


def guess(names: Sequence[str], samples: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return which column probably holds what, by its name, and the conversation also by what the samples hold."""
    plain = [re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", name).casefold()) for name in names]
    named = {part: [plain.index(each) for each in words if each in plain] for part, words in HEADINGS.items()}
    found = {part: places[0] for part, places in named.items() if places}
    if "conversation" not in found:
        found |= _column_of_ids(len(names), samples)
    return found


def _column_of_ids(width: int, samples: Sequence[Sequence[str]]) -> dict[str, int]:
    """Return the first column whose every sample is one id, if there is one."""
    for place in range(width):
        cells = [line[place] for line in samples if place < len(line)]
        if cells and all(len(ids_in(cell)) == 1 for cell in cells):
            return {"conversation": place}
    return {}


def _without_empty_end(cells: Sequence[str]) -> Sequence[str]:
    """Return a line without the empty cells at its end, which spreadsheets like to add."""
    end = len(cells)
    while end and not cells[end - 1].strip():
        end -= 1
    return cells[:end]

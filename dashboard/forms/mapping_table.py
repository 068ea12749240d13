"""A mapping table as somebody sends it: its cells, or rows and columns pasted from a spreadsheet."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.http import QueryDict

from dashboard.queries.mapping_table import (
    COLUMNS,
    EMPTY_ROWS,
    EVERY_OTHER,
    ROWS,
    QueueColumn,
    Sheet,
    TableCell,
    TableRow,
    filled,
)
from wrapups.domain.cells import disposition_in, unguarded
from wrapups.domain.directory import NoSuchName
from wrapups.domain.operators import fold
from wrapups.services.rule_books import Catalogued

LONGEST_PASTE = 200_000


class BadPaste(ValueError):
    """What was pasted is no table; the text says what it must be."""


class TypedTable:
    """The cells of a page as they were typed, each with what is wrong with it."""

    def __init__(self, sent: QueryDict, sheet: Sheet) -> None:
        self._sent, self._sheet = sent, sheet
        self._objects = Catalogued(sheet.organization, sheet.book.directory)
        self._shown = _shown(sent.get("shown", ""))
        keys = [sent.get(f"queue-{place}", "") for place in range(COLUMNS + 1) if f"queue-{place}" in sent]
        self.columns = [_column(key, sheet) for key in keys]
        self._codes: dict[str, str] = {}
        self.wanted: dict[tuple[str, str], str] = {}
        """By disposition and queue, the id of the code, or nothing, that an edited cell shall have."""
        self.rows = [self._row(number) for number in range(ROWS + EMPTY_ROWS) if f"disposition-{number}" in sent]

    @property
    def is_valid(self) -> bool:
        """Whether no cell is wrong."""
        return not any(row.error or any(cell.error for cell in row.cells) for row in self.rows)

    @property
    def code_names(self) -> Mapping[str, str]:
        """The codes that were typed, by id."""
        return self._codes

    def _row(self, number: int) -> TableRow:
        typed = self._sent.get(f"disposition-{number}", "")
        error, disposition = "", ""
        cells = [self._cell(number, place) for place in range(len(self.columns))]
        if typed.strip() or any(cell.edited for cell in cells):
            try:
                disposition = disposition_in(typed)
            except ValueError as problem:
                error = f"The disposition {problem}"
        if disposition:
            cells = [self._checked(cell, disposition, queue) for cell, queue in zip(cells, self.columns, strict=True)]
        return TableRow(number, typed, cells, fixed=f"fixed-{number}" in self._sent, error=error)

    def _cell(self, number: int, place: int) -> TableCell:
        name = f"cell-{number}-{place}"
        disposition = self._sent.get(f"disposition-{number}", "").strip() or "New"
        row = self._shown[number] if number < len(self._shown) else []
        shown = row[place] if place < len(row) else ""
        label = f"{disposition} on {self.columns[place].name}"
        return TableCell(name, self._sent.get(name, "")[:300], label, shown=shown)

    def _checked(self, cell: TableCell, disposition: str, queue: QueueColumn) -> TableCell:
        if not cell.edited:
            return cell
        try:
            code = self._sheet.book.code(cell.typed) if cell.typed.strip() else ""
        except NoSuchName as error:
            return replace(cell, error=str(error))
        if code and (reason := self._objects.about_code(code, [queue.key] if queue.key else [])):
            return replace(cell, error=reason)
        if code:
            self._codes[code] = self._sheet.book.directory.name("code", code)
        self.wanted[disposition, queue.key] = code
        return cell


def _shown(text: str) -> list[list[str]]:
    """Return what the page had shown; nothing where that is not told, so that every cell counts as edited."""
    try:
        told = json.loads(text)
    except ValueError:
        return []
    rows = told if isinstance(told, list) else []
    return [[str(cell) for cell in row] if isinstance(row, list) else [] for row in rows]


def pasted(text: str, sheet: Sheet) -> tuple[list[QueueColumn], list[TableRow]]:
    """Return columns and rows of a pasted table, in place of what is so; raises BadPaste.

    The first line names the queues, the first column the dispositions, as a spreadsheet copies them.
    """
    if len(text) > LONGEST_PASTE:
        raise BadPaste("This is too much at once. Paste fewer rows.")
    lines = [line for line in csv.reader(io.StringIO(text, newline=""), delimiter="\t") if any(map(str.strip, line))]
    if len(lines) < 2 or len(lines[0]) < 2:
        raise BadPaste("Paste a table: queues in its first line, dispositions in its first column.")
    placed = _columns(lines[0], lines[1:], sheet)
    columns = [column for _, column in placed]
    if sum(column != EVERY_OTHER for column in columns) > COLUMNS or len(lines) - 1 > ROWS:
        raise BadPaste(
            f"Paste at most {COLUMNS} queues and {ROWS} dispositions at once. "
            f"These are {len(columns)} and {len(lines) - 1}."
        )
    typed: dict[tuple[str, str], str] = {}
    for line in lines[1:]:
        for place, queue in placed:
            typed[fold(unguarded(line[0])), queue.key] = unguarded(line[place]).strip() if place < len(line) else ""
    dispositions = list(dict.fromkeys(unguarded(line[0]).strip() for line in lines[1:] if line[0].strip()))
    return columns, filled(replace(sheet, typed=typed), columns, dispositions)


def _columns(names: Sequence[str], below: Sequence[Sequence[str]], sheet: Sheet) -> list[tuple[int, QueueColumn]]:
    """Return the columns with their places in a line: each by the name above it, never by where it stands."""
    columns: list[tuple[int, QueueColumn]] = []
    for place in range(1, max(map(len, (names, *below)))):
        name = names[place].strip() if place < len(names) else ""
        if name:
            columns.append((place, _named(name, sheet)))
        elif any(line[place].strip() for line in below if place < len(line)):
            raise BadPaste(
                f"Column {place + 1} has codes and no queue in the first line. Name the queue, or leave it out."
            )
    if len({column.key for _, column in columns}) < len(columns):
        raise BadPaste("A queue stands twice in the first line. Leave one out.")
    return columns


def _named(name: str, sheet: Sheet) -> QueueColumn:
    if name.casefold() == EVERY_OTHER.name.casefold():
        return EVERY_OTHER
    try:
        return _column(sheet.book.directory.resolved("queue", name), sheet)
    except NoSuchName as error:
        raise BadPaste(str(error)) from error


def _column(key: str, sheet: Sheet) -> QueueColumn:
    return QueueColumn(key, sheet.book.directory.name("queue", key) or key) if key else EVERY_OTHER

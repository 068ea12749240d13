"""The mapping table of one source: dispositions down, queues across, a code in each cell."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dashboard.queries.names import Names, ids_in
from wrapups.domain.comparing import Line
from wrapups.domain.conditions import parse
from wrapups.domain.mapping_grid import OTHERS, cells_of, entries_of, sources_in
from wrapups.domain.operators import fold
from wrapups.domain.rule_fields import Book, Fields
from wrapups.domain.rules import Rule
from wrapups.domain.sentences import Sentence, rule_sentence
from wrapups.models import DispositionSeen, Organization, WrapupCode
from wrapups.models import Queue as QueueRow
from wrapups.services.importing_rules import base_of
from wrapups.services.rule_books import book_of, lines_of

COLUMNS, ROWS, EMPTY_ROWS = 15, 50, 3
"""What one page shows: a form of more cells would have more fields than are read."""
MOST_SEEN, MOST_QUEUES, MOST_CODES, OTHERS_SHOWN = 1_000, 2_000, 2_000, 50


@dataclass(frozen=True, slots=True)
class QueueColumn:
    """A queue, by its id and name."""

    key: str
    name: str


EVERY_OTHER = QueueColumn(OTHERS, "Every other queue")
"""The last column of every page: what holds for the queues that have no code of their own for a disposition."""


@dataclass(frozen=True, slots=True)
class TableCell:
    """One cell: the name of its code as it is `typed`; `place` names its field."""

    place: str
    typed: str
    label: str
    error: str = ""
    shown: str = ""

    @property
    def edited(self) -> bool:
        """Whether it is no longer as it was shown."""
        return self.typed.strip() != self.shown


@dataclass(frozen=True, slots=True)
class TableRow:
    """A disposition with its cells; `fixed` where it was there before somebody typed it."""

    number: int
    disposition: str
    cells: Sequence[TableCell]
    fixed: bool
    error: str = ""


@dataclass(frozen=True, slots=True)
class MappingTable:
    """One page of a source's table. `shown` tells, when it comes back, which cells were edited."""

    source: str
    sources: Sequence[str]
    columns: Sequence[QueueColumn]
    rows: Sequence[TableRow]
    others: Sequence[tuple[str, Sentence]] = ()
    other_count: int = 0
    codes: Sequence[str] = ()
    column: int = 0
    row: int = 0
    column_count: int = 0
    row_count: int = 0
    find: str = ""

    @property
    def shown(self) -> str:
        """The codes as they were shown, row by row."""
        return json.dumps([[cell.shown for cell in row.cells] for row in self.rows], ensure_ascii=False)

    @property
    def next_column(self) -> int | None:
        return self.column + COLUMNS if self.column + COLUMNS < self.column_count else None

    @property
    def next_row(self) -> int | None:
        return self.row + ROWS if self.row + ROWS < self.row_count else None

    @property
    def last_column(self) -> int:
        """The number of the last queue that is shown, from 1."""
        return self.column + sum(queue != EVERY_OTHER for queue in self.columns)

    @property
    def last_row(self) -> int:
        """The number of the last disposition that is shown, from 1."""
        return self.row + sum(row.fixed for row in self.rows)


@dataclass(frozen=True)
class Sheet:
    """What the table of one source is made from, read once."""

    organization: Organization
    source: str
    lines: Sequence[Line]
    book: Book
    typed: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """By disposition and queue, what somebody typed in place of what is so."""

    def present(self) -> dict[tuple[str, str], str]:
        """Return the names of the codes that are so, by folded disposition and queue."""
        return {cell: self.book.code_text(code) for cell, code in cells_of(entries_of(self.lines, self.source)).items()}


def sheet_of(organization: Organization, source: str) -> Sheet:
    """Return the rules of the draft, or of the release in force, for a source's table."""
    return Sheet(organization, source, lines_of(base_of(organization)), book_of(organization))


def sources_of(organization: Organization, lines: Iterable[Line]) -> list[str]:
    """Return the sources that rules ask for or that said something."""
    seen = DispositionSeen.objects.of(organization).order_by("source").values_list("source", flat=True).distinct()
    return sorted({*sources_in(lines), *seen[:MOST_SEEN]})


def table_page(sheet: Sheet, *, find: str = "", column: int = 0, row: int = 0) -> MappingTable:
    """Return one page of the table: queues that rules name before others, dispositions by name."""
    queues = _queues(sheet, find)
    dispositions = _dispositions(sheet)
    columns = queues[column : column + COLUMNS]
    columns += [EVERY_OTHER] if columns else []
    table = filled(sheet, columns, dispositions[row : row + ROWS])
    others = _others(sheet)
    return MappingTable(
        source=sheet.source,
        sources=sources_of(sheet.organization, sheet.lines),
        columns=columns,
        rows=table,
        others=_read_out(sheet.organization, others[:OTHERS_SHOWN]),
        other_count=len(others),
        codes=_codes(sheet.organization),
        column=column,
        row=row,
        column_count=len(queues),
        row_count=len(dispositions),
        find=find,
    )


def table_of(sheet: Sheet, columns: Sequence[QueueColumn], rows: Sequence[TableRow], *, find: str = "") -> MappingTable:
    """Return a table that somebody typed or pasted, to be shown as it is."""
    others = _others(sheet)
    return MappingTable(
        source=sheet.source,
        sources=sources_of(sheet.organization, sheet.lines),
        columns=columns,
        rows=rows,
        others=_read_out(sheet.organization, others[:OTHERS_SHOWN]),
        other_count=len(others),
        codes=_codes(sheet.organization),
        column_count=sum(queue != EVERY_OTHER for queue in columns),
        row_count=sum(row.fixed for row in rows),
        find=find,
    )


def filled(sheet: Sheet, columns: Sequence[QueueColumn], dispositions: Sequence[str]) -> list[TableRow]:
    """Return rows with what is so, or is typed, in each cell, and some empty ones behind them."""
    present = sheet.present()
    rows: list[TableRow] = []
    for number, disposition in enumerate([*dispositions, *[""] * EMPTY_ROWS]):
        cells = []
        for place, queue in enumerate(columns):
            shown = present.get((fold(disposition), queue.key), "") if disposition else ""
            typed = sheet.typed.get((fold(disposition), queue.key), shown)
            cells.append(
                TableCell(f"cell-{number}-{place}", typed, f"{disposition or 'New'} on {queue.name}", shown=shown)
            )
        rows.append(TableRow(number, disposition, cells, fixed=bool(disposition)))
    return rows


def _queues(sheet: Sheet, find: str) -> list[QueueColumn]:
    used = {queue for entry in entries_of(sheet.lines, sheet.source) for queue in entry.queues} - {OTHERS}
    rows = QueueRow.objects.of(sheet.organization).filter(gone_at=None, name__icontains=find.replace("\0", ""))
    names = dict(rows.order_by("name").values_list("genesys_id", "name")[:MOST_QUEUES])
    if not find:
        names |= {key: sheet.book.directory.name("queue", key) or key for key in used}
    ordered = sorted(names.items(), key=lambda item: (item[0] not in used, item[1].casefold(), item[0]))
    return [QueueColumn(key, name) for key, name in ordered]


def _dispositions(sheet: Sheet) -> list[str]:
    seen = DispositionSeen.objects.of(sheet.organization).filter(source=sheet.source).order_by("-last_said_at")
    told = [entry.disposition for entry in entries_of(sheet.lines, sheet.source)]
    told += seen.values_list("code", flat=True)[:MOST_SEEN]
    by_fold = {fold(each): each for each in reversed(told)}
    return sorted(by_fold.values(), key=str.casefold)


def _others(sheet: Sheet) -> list[Line]:
    inside = {entry.identity for entry in entries_of(sheet.lines, sheet.source)}
    return [line for line in sheet.lines if line.identity not in inside]


def _read_out(organization: Organization, lines: Iterable[Line]) -> list[tuple[str, Sentence]]:
    """Return the name of each rule and how it reads: a query for each catalogue they name."""
    rules = [_rule(line.fields) for line in lines]
    wanted = ids_in(rule.when for rule in rules)
    wanted["code"] |= {rule.code_id for rule in rules}
    names = Names(organization, wanted)
    return [(rule.name, rule_sentence(rule, names)) for rule in rules]


def _rule(fields: Fields) -> Rule:
    return Rule(0, 0, str(fields["name"]), str(fields["code"]), parse(fields["when"]))


def _codes(organization: Organization) -> list[str]:
    rows = WrapupCode.objects.of(organization).filter(gone_at=None).order_by("name")
    return list(rows.values_list("name", flat=True).distinct()[:MOST_CODES])

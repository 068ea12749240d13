"""A file of rules read into rows: CSV, Excel or JSON, each row with what it says or why it cannot be read."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import PurePath
from typing import BinaryIO, cast
from uuid import uuid4

from wrapups.domain import rule_blocks, rule_cells
from wrapups.domain.cells import unguarded
from wrapups.domain.rule_fields import LONGEST, Book, on_one_line
from wrapups.domain.rule_plan import MOST_RULES, Row
from wrapups.domain.sheets import BadFile, BadLine
from wrapups.domain.sheets import Row as Line
from wrapups.services.reading_files import rows_of

LARGEST_JSON = 10 * 1024 * 1024
LONGEST_REASON = 400
"""Reasons quote what they are about, which may be as long as a cell."""


def read(file: BinaryIO, *, filename: str, book: Book) -> list[Row]:
    """Return the rules of a file by what its name says it is; raises BadFile where it cannot be read as a whole."""
    if PurePath(filename).suffix.lower() == ".json":
        raw = file.read(LARGEST_JSON + 1)
        if len(raw) > LARGEST_JSON:
            raise BadFile(f"The file is larger than {LARGEST_JSON // 1024**2} MB. Divide it.")
        return of_blocks(rule_blocks.blocks_in(raw), book)
    with closing(cast(Generator[Line, None, None], rows_of(file, filename=filename))) as lines:
        return of_table(lines, book)


def of_blocks(blocks: Sequence[object], book: Book) -> list[Row]:
    """Return a row for each block, numbered from 1; raises BadFile for too many."""
    _require_few(len(blocks))
    return [
        _row(number, _named(block), lambda block=block: rule_blocks.given_in(block, book))  # type: ignore[misc]
        for number, block in enumerate(blocks, start=1)
    ]


def of_table(lines: Iterator[Line], book: Book) -> list[Row]:
    """Return a row for each line below the first, which names the columns; raises BadFile."""
    heading = next(lines, Line(1, [])).cells
    places = rule_cells.places_of(heading)
    named = places.get("name", len(heading))
    rows: list[Row] = []
    for line in _filled(lines):
        _require_few(len(rows) + 1)
        name = unguarded(line.cells[named]) if named < len(line.cells) else ""
        rows.append(_row(line.number, name, lambda line=line: _given(line.cells, heading, places, book)))  # type: ignore[misc]
    if not rows:
        raise BadFile("There is nothing below the first line, which names the columns.")
    return rows


def _given(cells: Sequence[str], heading: Sequence[str], places: dict[str, int], book: Book) -> dict[str, object]:
    if any(cell.strip() for cell in cells[len(heading) :]):
        raise BadLine("This line has more cells than the first one names. Is a quote missing?")
    return rule_cells.given_in(cells, places, book)


def _row(number: int, name: str, reads: Callable[[], dict[str, object]]) -> Row:
    """Return a row; one that cannot be read keeps its name, to be found again."""
    fresh = str(uuid4())
    try:
        return Row(number, reads(), fresh)
    except BadLine as error:
        return Row(number, {"name": on_one_line(name)[: LONGEST["name"]]}, fresh, str(error)[:LONGEST_REASON])


def _named(block: object) -> str:
    return str(block.get("name", "")) if isinstance(block, dict) else ""


def _filled(lines: Iterable[Line]) -> Iterator[Line]:
    return (line for line in lines if any(cell.strip() for cell in line.cells))


def _require_few(count: int) -> None:
    if count > MOST_RULES:
        raise BadFile(f"The file has more than {MOST_RULES:,} rules. Divide it.")

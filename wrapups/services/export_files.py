"""What the pieces of an export are made of, and how they become its file.

While rows are read each piece is lines of CSV. Of those a workbook is made at the end, since nobody can write one in
pieces.
"""

import csv
import io
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import IO

from wrapups.domain.cells import guarded
from wrapups.models import Export, ExportPiece

BYTE_ORDER_MARK = "\ufeff"
"""Without it, spreadsheets take the file for one of their own country's encoding."""
LONGEST_IN_EXCEL = 32_767
"""Characters that a cell may have. https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3"""
CHUNK = 512 * 1024
"""Bytes of a piece of a workbook."""

ENDINGS = {Export.Format.WORKBOOK: "xlsx", Export.Format.CSV: "csv", Export.Format.PLAIN_CSV: "csv"}
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def lines_of(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV in which no spreadsheet finds a formula."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def keep_lines(export: Export, number: int, lines: str) -> int:
    """Keep a piece of lines under its number, from 0; return how many bytes of a file it is."""
    marked = number == 0 and export.format == Export.Format.CSV
    content = (BYTE_ORDER_MARK * marked + lines).encode("utf-8", "replace")
    _keep(export, number, content)
    return len(content)


def kept(export: Export) -> Iterator[bytes]:
    """Yield the file, a piece at a time, one query each. Raises LookupError where pieces are gone meanwhile."""
    for number in range(export.pieces.count()):
        content = ExportPiece.everywhere.filter(export=export, number=number).values_list("content", flat=True).first()
        if content is None:
            raise LookupError(f"Piece {number} of export {export.pk} is gone.")
        yield zlib.decompress(content)


def make_workbook(pieces: Iterable[bytes], file: IO[bytes], *, numbers: Collection[int]) -> None:
    """Write the workbook that these lines are, with the columns at these places as numbers."""
    from openpyxl import Workbook  # which most processes never need

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Conversations")
    sheet.freeze_panes = "A2"
    for place, row in enumerate(_rows(pieces)):
        sheet.append([_cell(text, is_number=bool(place) and at in numbers) for at, text in enumerate(row)])
    workbook.save(file)


def keep_workbook(export: Export, file: IO[bytes]) -> int:
    """Put a workbook in place of the pieces that it was made of; return its size in bytes."""
    ExportPiece.everywhere.filter(export=export).delete()
    size = 0
    for number, content in enumerate(iter(lambda: file.read(CHUNK), b"")):
        _keep(export, number, content)
        size += len(content)
    return size


def _keep(export: Export, number: int, content: bytes) -> None:
    ExportPiece.everywhere.create(
        organization_id=export.organization_id, export=export, number=number, content=zlib.compress(content, 6)
    )


def _rows(pieces: Iterable[bytes]) -> Iterator[list[str]]:
    for piece in pieces:
        yield from csv.reader(io.StringIO(piece.decode(), newline=""))


def _cell(text: str, *, is_number: bool) -> str | int:
    """Return what goes into a cell: without what a workbook cannot hold, and visibly cut where it is too long."""
    if is_number and text.isascii() and text.isdecimal():
        return int(text)
    clean = _NOT_IN_XML.sub("\ufffd", text)
    return clean if len(clean) <= LONGEST_IN_EXCEL else f"{clean[: LONGEST_IN_EXCEL - 1]}…"

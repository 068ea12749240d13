"""What the pieces of an export are made of, and how they become its file.

Of CSV the pieces are the file. Of a workbook they are the rows of its sheet while they are read; at the end it is made
of them and takes their place.
"""

import csv
import io
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import IO

from wrapups.domain.cells import guarded
from wrapups.models import Export, ExportPiece
from wrapups.services.export_sheets import sheet_rows

BYTE_ORDER_MARK = "\ufeff"
"""Without it, spreadsheets take the file for one of their own country's encoding."""
CHUNK = 512 * 1024
"""Bytes of a piece of a workbook."""

ENDINGS = {Export.Format.WORKBOOK: "xlsx", Export.Format.CSV: "csv", Export.Format.PLAIN_CSV: "csv"}
MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def lines_of(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV in which no spreadsheet finds a formula."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue()


def keep_rows(export: Export, number: int, rows: Sequence[Sequence[str]], *, numbers: Collection[int]) -> int:
    """Keep rows as a piece under its number, from 0, whose first row is the heading; return its size in bytes.

    The columns at the places `numbers` hold whole numbers.
    """
    if export.format == Export.Format.WORKBOOK:
        content = sheet_rows(rows, first=export.done + 2 if number else 1, numbers=numbers)
    else:
        marked = number == 0 and export.format == Export.Format.CSV
        content = (BYTE_ORDER_MARK * marked + lines_of(rows)).encode("utf-8", "replace")
    _keep(export, number, content)
    return len(content)


def kept(export: Export) -> Iterator[bytes]:
    """Yield the file, a piece at a time, one query each. Raises LookupError where pieces are gone meanwhile."""
    for number in range(export.pieces.count()):
        content = ExportPiece.everywhere.filter(export=export, number=number).values_list("content", flat=True).first()
        if content is None:
            raise LookupError(f"Piece {number} of export {export.pk} is gone.")
        yield zlib.decompress(content)


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

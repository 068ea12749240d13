"""The rules of a release as a file: CSV and Excel for people, JSON for review in git."""

import csv
import io
from collections.abc import Sequence

from wrapups.domain.rule_blocks import block_of, document_of
from wrapups.domain.rule_cells import COLUMNS, cells_of
from wrapups.models import Release
from wrapups.services.rule_books import book_of, lines_of

BYTE_ORDER_MARK = "\ufeff"
LONGEST_IN_EXCEL = 32_767
"""Characters that a cell of Excel may have. https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3"""


class CannotExport(ValueError):
    """The rules do not go into a file of this kind; the text says into which."""


def table_of(release: Release) -> list[list[str]]:
    """Return the heading and a row for each rule, in order."""
    book = book_of(release.organization)
    rows = [
        cells_of(line, str(rule.identity), rule.fields, book) for line, rule in enumerate(lines_of(release), start=1)
    ]
    return [list(COLUMNS), *rows]


def csv_of(release: Release) -> bytes:
    """Return the rules as CSV, in UTF-8 that Excel knows as such."""
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(table_of(release))
    return (BYTE_ORDER_MARK + out.getvalue()).encode()


def workbook_of(release: Release) -> bytes:
    """Return the rules as an Excel workbook; raises CannotExport where a cell would be cut off."""
    from openpyxl import Workbook  # which most processes never need

    table = table_of(release)
    _require_short(table)
    workbook, out = Workbook(write_only=True), io.BytesIO()
    sheet = workbook.create_sheet("Rules")
    sheet.freeze_panes = "C2"
    for row in table:
        sheet.append(row)
    workbook.save(out)
    return out.getvalue()


def blocks_of(release: Release) -> list[dict[str, object]]:
    """Return the rules as blocks of JSON, in order."""
    book = book_of(release.organization)
    return [block_of(str(rule.identity), rule.fields, book) for rule in lines_of(release)]


def json_of(release: Release) -> bytes:
    """Return the rules as JSON for git: the same rules give the same bytes."""
    return document_of(blocks_of(release)).encode()


EXPORTS = {
    "csv": (csv_of, "text/csv; charset=utf-8"),
    "xlsx": (workbook_of, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": (json_of, "application/json"),
}
"""By the ending of the file's name: what makes it, and its media type."""


def _require_short(table: Sequence[Sequence[str]]) -> None:
    for row in table:
        for column, cell in zip(COLUMNS, row, strict=True):
            if len(cell) > LONGEST_IN_EXCEL:
                raise CannotExport(f"The {column} of the rule {row[1]} are too long for Excel. Take CSV or JSON.")

"""Rows as a file that spreadsheets open and never compute, sent a line at a time."""

import csv
from collections.abc import Iterable, Iterator, Sequence

from django.http import StreamingHttpResponse

from wrapups.domain.cells import guarded

BYTE_ORDER_MARK = "\ufeff"
"""Without it, spreadsheets take the file for one of their own country's encoding."""


def csv_response(filename: str, rows: Iterable[Sequence[str]]) -> StreamingHttpResponse:
    """Return an answer that saves these rows, heading first, under a name of ours."""
    response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def csv_lines(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the file's lines."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield BYTE_ORDER_MARK
    for row in rows:
        yield writer.writerow([guarded(cell) for cell in row])


class _Echo:
    """A file that gives back what is written to it, a line at a time."""

    def write(self, text: str) -> str:
        return text

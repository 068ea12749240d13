"""What the lines of an upload tell, and what became of each.

A line is known by its file's digest, its number and what it tells. So the same file handed in again says nothing
new, and the same file with other columns chosen does.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence

from django.db import connection

from wrapups.domain.sheets import BadLine, Columns, Told, told_in
from wrapups.models import Upload, UploadLine

Outcome = UploadLine.Outcome
Judged = dict[int, tuple[Outcome, str]]
"""The outcome of each line, by its number, and the reason."""


def read_lines(row: Upload, batch: Sequence[tuple[int, list[str]]]) -> tuple[dict[int, Told], Judged]:
    """Return what the good ones of some lines tell, and the outcome of the others."""
    columns = Columns.of(row.mapping)
    told: dict[int, Told] = {}
    refused: Judged = {}
    for number, cells in batch:
        try:
            told[number] = told_in(cells, row.columns, columns)
        except BadLine as error:
            refused[number] = (Outcome.REFUSED, str(error)[:200])
    return told, refused


def event_id(row: Upload, number: int, told: Told) -> str:
    """Return the name under which a line's saying is known."""
    said = hashlib.sha256(json.dumps([told.conversation_id, told.code, told.notes]).encode()).hexdigest()
    return f"file {row.digest[:24]} line {number} {said[:24]}"


def write_outcomes(row: Upload, judged: Mapping[int, tuple[Outcome, str]]) -> None:
    """Store outcomes and reasons by line, and count them, in one statement however many."""
    outcomes, reasons = [str(each[0]) for each in judged.values()], [each[1] for each in judged.values()]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [list(judged), outcomes, reasons, row.pk])
    for outcome in outcomes:
        row.counted[outcome] += 1


_WRITE = """
    UPDATE wrapups_uploadline AS line SET outcome = judged.outcome, reason = judged.reason
      FROM unnest(%s::int[], %s::text[], %s::text[]) AS judged (number, outcome, reason)
     WHERE line.upload_id = %s AND line.number = judged.number
"""

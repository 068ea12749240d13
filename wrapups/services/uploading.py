"""Files of dispositions, as people hand them in: kept line by line, checked, and let be taken in, or not.

What is read in a moment is read at once. A workbook that takes longer is kept as it came, and a worker reads it.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, BinaryIO

from django.db import connection

from wrapups.domain.cells import shown_name, source_in
from wrapups.domain.sheets import COLUMNS_KEPT, BadFile, Columns, Row, heading_of, kept
from wrapups.models import Conversation, Disposition, Organization, Upload, UploadFile
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, acting
from wrapups.services.judging_lines import Outcome, event_id, read_lines, write_outcomes
from wrapups.services.reading_files import rows_of, unpacks_to

MOST_LINES = 50_000
BATCH = 2000
"""How many lines are stored, or judged, by one statement."""
READ_AT_ONCE = 65_536
LONG_BYTES = 2 * 1024 * 1024
"""A workbook that unpacks to more than this takes longer to read than anybody waits for: about a second each MB."""
Line = tuple[int, list[str]]
"""The number of a line, and what is kept of its cells."""


class CannotTakeIn(ValueError):
    """What is asked of an upload does not go, as it stands; the text is for the person."""


def keep(organization: Organization, *, file: BinaryIO, filename: str, source: str, actor: Actor) -> Upload:
    """Read a file once into lines, or leave a long one to a worker; return its upload.

    Raises BadFile, and ValueError for a source without a good name: nothing is kept.
    """
    about = {"filename": shown_name(filename), "source": source_in(source)}
    if unpacks_to(file, filename=filename) > LONG_BYTES:
        return _left_to_a_worker(organization, file, about, actor)
    rows = rows_of(file, filename=filename)
    digest = _digest(file)
    # Before the transaction, which must not stand idle: a workbook's texts are all read before its first row.
    names = heading_of(next(rows, Row(1, [])).cells)
    with acting(actor, "hand in a file", organization=organization):
        upload = _made(organization, actor, **about, digest=digest, columns=names[:COLUMNS_KEPT])
        upload.counted = {"lines": _store(upload, rows, width=len(names)), "columns": len(names)}
        upload.save(update_fields=["counted"])
    return upload


def _left_to_a_worker(organization: Organization, file: BinaryIO, about: dict[str, str], actor: Actor) -> Upload:
    digest, content = _digest(file), file.read()
    with acting(actor, "hand in a file", organization=organization):
        upload = _made(organization, actor, **about, digest=digest, state=Upload.State.READING)
        UploadFile.everywhere.create(organization=organization, upload=upload, content=content)
    return upload


def _made(organization: Organization, actor: Actor, **columns: Any) -> Upload:
    made: Upload = Upload.everywhere.create(
        organization=organization, person=actor.person, origin=actor.origin, **columns
    )
    return made


def _store(upload: Upload, rows: Iterator[Row], *, width: int) -> int:
    """Insert the lines that hold anything; return how many."""
    lines, stored = lines_in(rows, width=width), 0
    while batch := list(islice(lines, BATCH)):
        stored += len(batch)
        check_count(stored)
        copy(upload, batch)
    check_count(stored)
    return stored


def lines_in(rows: Iterator[Row], *, width: int) -> Iterator[Line]:
    """Yield the rows that hold anything, as they are kept below a heading of so many names."""
    return ((row.number, cells) for row in rows if (cells := kept(row.cells, width)))


def check_count(lines: int) -> None:
    """Raise BadFile where a file has more lines than may be, or none."""
    if lines > MOST_LINES:
        raise BadFile(f"The file has more than {MOST_LINES:,} lines. Divide it into several.")
    if not lines:
        raise BadFile("There is nothing below the first line, which names the columns.")


def copy(upload: Upload, batch: Sequence[Line]) -> None:
    """Insert lines as good ones, so that a check has only the others to write."""
    with connection.cursor() as cursor, cursor.copy(_COPY) as rows:
        for number, cells in batch:
            rows.write_row((upload.organization_id, upload.pk, number, json.dumps(cells), Outcome.GOOD.value, ""))


_COPY = "COPY wrapups_uploadline (organization_id, upload_id, number, cells, outcome, reason) FROM STDIN"


def _digest(file: BinaryIO) -> str:
    """Return the SHA-256 of a whole file, and go back to its begin."""
    digest = hashlib.sha256()
    while piece := file.read(READ_AT_ONCE):
        digest.update(piece)
    file.seek(0)
    return digest.hexdigest()


def check(upload: Upload, *, columns: Columns, actor: Actor) -> Upload:
    """Judge every line by these columns, and take nothing in; return the upload with its counts.

    Raises CannotTakeIn for one that is already being taken in.
    """
    with acting(actor, "check a file", organization=upload.organization):
        row = _held(upload, Upload.State.MAPPING, Upload.State.CHECKED)
        row.mapping, row.state = columns.stored(), Upload.State.CHECKED
        row.counted = _unjudged(row) | dict.fromkeys([*Outcome.values, "known"], 0)
        row.lines.exclude(outcome=Outcome.GOOD).update(outcome=Outcome.GOOD, reason="")  # by other columns, before
        lines = row.lines.order_by("number").values_list("number", "cells").iterator(chunk_size=BATCH)
        while batch := list(islice(lines, BATCH)):
            _judge(row, batch)
        row.save(update_fields=["mapping", "state", "counted"])
    return row


def _unjudged(row: Upload) -> dict[str, int]:
    return {name: row.counted[name] for name in ("lines", "columns")}


def _judge(row: Upload, batch: Sequence[tuple[int, list[str]]]) -> None:
    """Give some lines their outcomes, and count them."""
    told, judged = read_lines(row, batch)
    by_event = {event_id(row, number, each): number for number, each in told.items()}
    said = Disposition.everywhere.filter(organization=row.organization_id, source=row.source, event_id__in=by_event)
    repeated = {by_event[each] for each in said.values_list("event_id", flat=True)}
    write_outcomes(row, judged | dict.fromkeys(repeated, (Outcome.REPEATED, "")))
    about = [each.conversation_id for number, each in told.items() if number not in repeated]
    seen = Conversation.everywhere.filter(organization=row.organization_id, conversation_id__in=set(about))
    known = set(seen.values_list("conversation_id", flat=True))
    row.counted["good"] += len(about)
    row.counted["known"] += sum(conversation_id in known for conversation_id in about)


def begin(upload: Upload, *, good_ones_only: bool, actor: Actor) -> Upload:
    """Let a worker take in the good lines. Raises CannotTakeIn where some are refused and nobody has said so be it."""
    with acting(actor, "take in a file", organization=upload.organization) as act:
        row = _held(upload, Upload.State.CHECKED)
        good, refused = row.counted["good"], row.counted["refused"]
        if not good:
            raise CannotTakeIn("No line of this file can be taken in.")
        if refused and not good_ones_only:
            raise CannotTakeIn(f"{refused:,} of the lines are refused. Choose to take in the good ones without them.")
        row.state, row.act = Upload.State.RUNNING, act
        row.save(update_fields=["state", "act"])
    return row


def cancel(upload: Upload, *, actor: Actor) -> Upload:
    """Take in nothing more of a file; what was taken in stays. Raises CannotTakeIn for one that has come to an end."""
    states = Upload.State
    with acting(actor, "cancel a file", organization=upload.organization):
        row = _held(upload, states.READING, states.MAPPING, states.CHECKED, states.RUNNING)
        UploadFile.everywhere.filter(upload=row).delete()
        row.state = states.CANCELLED
        row.save(update_fields=["state"])
        Upload.everywhere.filter(pk=row.pk).update(finished_at=AppNow(), lease_until=None)
    return row


def _held(upload: Upload, *states: str) -> Upload:
    """Return the row as it is now, locked; raises CannotTakeIn where it is in none of these states."""
    row: Upload = Upload.everywhere.select_for_update().get(pk=upload.pk)
    if row.state not in states:
        raise CannotTakeIn(f"This file is {row.get_state_display()}.")
    return row

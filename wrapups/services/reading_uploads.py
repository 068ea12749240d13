"""Reading a large file that was kept as it came into lines, in the background and piece by piece.

A workbook cannot be entered in the middle: whoever follows a reader that died reads from the begin and stores what is
not stored yet. So does a second reader; they take turns at the upload's row.
"""

import io
from collections.abc import Sequence
from itertools import islice

from django.db import transaction
from django.db.models import Max

from wrapups.domain.sheets import COLUMNS_KEPT, BadFile, Row, heading_of
from wrapups.models import Upload, UploadFile
from wrapups.models.clock import AppNow, Seconds
from wrapups.services import reading_workbooks
from wrapups.services.auditing import Actor, put_down_to
from wrapups.services.crashing import crash_point
from wrapups.services.uploading import BATCH, Line, check_count, copy, lines_in

LEASE_S = 120
"""A workbook's texts are all read before its first row."""


class Gone(Exception):
    """The file was cancelled, or read by somebody else, meanwhile."""


def read(upload: Upload) -> None:
    """Read an upload's file to its end; one that cannot be read fails with the reason, and nothing of it is kept."""
    try:
        _read(upload)
    except BadFile as error:
        _refuse(upload, str(error))
    except Gone:
        return


def _read(upload: Upload) -> None:
    content = UploadFile.everywhere.filter(upload=upload).values_list("content", flat=True).first()
    if content is None:
        raise Gone
    rows = reading_workbooks.rows(io.BytesIO(content))
    names = heading_of(next(rows, Row(1, [])).cells)
    lines, stored = lines_in(rows, width=len(names)), 0
    while batch := list(islice(lines, BATCH)):
        stored += len(batch)
        check_count(stored)
        _store(upload, batch, names=names, stored=stored)
    _end(upload, stored)


def _store(upload: Upload, batch: Sequence[Line], *, names: Sequence[str], stored: int) -> None:
    """Store those of some lines that are not stored yet, with the count of all so far; all or none."""
    with put_down_to(Actor(upload.person, upload.origin)):
        row = _held(upload)
        known = row.lines.aggregate(last=Max("number"))["last"] or 0
        copy(row, [line for line in batch if line[0] > known])
        Upload.everywhere.filter(pk=row.pk).update(
            columns=list(names[:COLUMNS_KEPT]),
            counted={"lines": max(stored, row.counted.get("lines", 0)), "columns": len(names)},
            failures=0,
            lease_until=AppNow() + Seconds(LEASE_S),
        )
        crash_point("U3")
    crash_point("U4")


def _end(upload: Upload, stored: int) -> None:
    check_count(stored)
    with put_down_to(Actor(upload.person, upload.origin)):
        row = _held(upload)
        UploadFile.everywhere.filter(upload=row).delete()
        Upload.everywhere.filter(pk=row.pk).update(state=Upload.State.MAPPING, lease_until=None)


def _refuse(upload: Upload, problem: str) -> None:
    with transaction.atomic(), put_down_to(Actor(upload.person, upload.origin)):
        rows = Upload.everywhere.filter(pk=upload.pk, state=Upload.State.READING)
        if rows.update(state=Upload.State.FAILED, problem=problem[:500], finished_at=AppNow(), lease_until=None):
            UploadFile.everywhere.filter(upload=upload).delete()
            upload.lines.all().delete()


def _held(upload: Upload) -> Upload:
    """Return the row as it is now, locked. Raises Gone."""
    row = Upload.everywhere.select_for_update().filter(pk=upload.pk, state=Upload.State.READING).first()
    if row is None:
        raise Gone
    return row

"""Working on files: reading large ones, and taking in those that somebody has let be taken in.

Piece by piece, each of them one transaction. A file over which a worker fails in a way that nobody foresaw is tried
again a minute later, three times in all.
"""

import logging
import time
from collections.abc import Sequence
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import F, Q

from wrapups.domain.status import Lane
from wrapups.models import Organization, Upload, UploadFile
from wrapups.models.clock import AppNow, Seconds
from wrapups.services import reading_uploads
from wrapups.services.auditing import Actor, put_down_to
from wrapups.services.crashing import crash_point
from wrapups.services.intake import Saying, record_dispositions
from wrapups.services.judging_lines import Outcome, event_id, read_lines, write_outcomes

logger = logging.getLogger(__name__)

PIECE = 200
"""How many lines are taken in by one transaction: their conversations wait for it to end."""
LEASE_S = 60
MOST_FAILURES = 3


def is_due(organization: Organization) -> bool:
    """Return whether a file is to be read or taken in and nobody does it."""
    return bool(_waiting(organization).exists())


def take_in(organization: Organization, *, for_s: float) -> bool:
    """Go on with the organization's oldest file that is to be read or taken in; return whether there is more to do.

    Whoever dies leaves a lease that ends, and the lines of the piece it was at as they were.
    """
    with transaction.atomic():
        upload = _waiting(organization).select_for_update(skip_locked=True, of=("self",)).first()
        if upload is None:
            return False
        reads = upload.state == Upload.State.READING
        _update(upload, lease_until=AppNow() + Seconds(reading_uploads.LEASE_S if reads else LEASE_S))
    try:
        _work_on(upload, for_s=for_s)
    except OperationalError:  # the database is away: no fault of the file, whose lease will end
        raise
    except Exception as error:
        logger.exception("Upload %s could not be worked on.", upload.pk)
        _failed(upload, type(error).__name__)
    else:
        _update(upload, lease_until=None)
    return is_due(organization)


def _work_on(upload: Upload, *, for_s: float) -> None:
    """Read it in full, since nobody can enter a workbook in the middle, or take it in for so many seconds."""
    if upload.state == Upload.State.READING:
        reading_uploads.read(upload)
        return
    until = time.monotonic() + for_s
    while _take_in_a_piece(upload) and time.monotonic() < until:
        continue


def _failed(upload: Upload, kind: str) -> None:
    """Leave it alone until its lease ends; after the third time in a row, for good. What was taken in stays."""
    with put_down_to(Actor(upload.person, upload.origin)):
        _update(upload, failures=F("failures") + 1)
        said = (
            f"A worker failed over it {MOST_FAILURES} times ({kind}), which is a fault of this program; its log says "
            "more. What was taken in stays, and is known again when the file is handed in once more."
        )
        spent = Upload.everywhere.filter(pk=upload.pk, state__in=Upload.AT_WORK, failures__gte=MOST_FAILURES)
        if spent.update(state=Upload.State.FAILED, problem=said, finished_at=AppNow(), lease_until=None):
            UploadFile.everywhere.filter(upload=upload).delete()


def _take_in_a_piece(upload: Upload) -> bool:
    """Take in the next lines, all or none of them; return False when the file is done, or cancelled.

    Two who do this for the same file take turns at its row, so that the second finds the next lines.
    """
    begun: Any = upload.act  # there is one, since somebody has let it be taken in
    with put_down_to(Actor(begun.person, begun.origin), part_of=begun):
        row = Upload.everywhere.select_for_update().filter(pk=upload.pk, state=Upload.State.RUNNING).first()
        if row is None:
            return False
        good = row.lines.filter(outcome=Outcome.GOOD).order_by("number").values_list("number", "cells")
        batch = list(good[:PIECE])
        if not batch:
            _update(row, state=Upload.State.DONE, finished_at=AppNow())
            return False
        row.counted["good"] -= len(batch)
        _record(row, batch)
        _update(row, counted=row.counted, failures=0, lease_until=AppNow() + Seconds(LEASE_S))
        crash_point("U1")
    crash_point("U2")
    return True


def _record(row: Upload, batch: Sequence[tuple[int, list[str]]]) -> None:
    """Hand some good lines in by the one door, and write down what became of each."""
    told, judged = read_lines(row, batch)
    sayings = [
        Saying(row.source, event_id(row, number, each), each.conversation_id, each.code, row.created_at, each.notes)
        for number, each in told.items()
    ]
    new = record_dispositions(row.organization, sayings, lane=Lane.BULK)
    judged |= {
        number: (Outcome.TAKEN if is_new else Outcome.REPEATED, "") for number, is_new in zip(told, new, strict=True)
    }
    write_outcomes(row, judged)


def _waiting(organization: Organization) -> Any:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    rows = Upload.everywhere.of(organization).filter(free, state__in=Upload.AT_WORK)
    return rows.select_related("organization", "person", "act__person").order_by("pk")


def _update(upload: Upload, **columns: Any) -> None:
    Upload.everywhere.filter(pk=upload.pk).update(**columns)

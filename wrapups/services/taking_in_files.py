"""Taking in files that somebody has let be taken in: piece by piece, each of them one transaction."""

import time
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q

from wrapups.domain.status import Lane
from wrapups.models import Organization, Upload
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.auditing import Actor, put_down_to
from wrapups.services.crashing import crash_point
from wrapups.services.intake import Saying, record_dispositions
from wrapups.services.judging_lines import Outcome, event_id, read_lines, write_outcomes

PIECE = 200
"""How many lines are taken in by one transaction: their conversations wait for it to end."""
LEASE_S = 60


def is_due(organization: Organization) -> bool:
    """Return whether a file is to be taken in and nobody does it."""
    return bool(_waiting(organization).exists())


def take_in(organization: Organization, *, for_s: float) -> bool:
    """Go on with the organization's oldest file that is to be taken in; return whether there is more to do.

    Whoever dies leaves a lease that ends, and the lines of the piece it was at as they were.
    """
    with transaction.atomic():
        upload = _waiting(organization).select_for_update(skip_locked=True, of=("self",)).first()
        if upload is None:
            return False
        _update(upload, lease_until=AppNow() + Seconds(LEASE_S))
    until = time.monotonic() + for_s
    while _take_in_a_piece(upload):
        if time.monotonic() > until:
            break
    _update(upload, lease_until=None)
    return is_due(organization)


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
        _update(row, counted=row.counted, lease_until=AppNow() + Seconds(LEASE_S))
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
    rows = Upload.everywhere.of(organization).filter(free, state=Upload.State.RUNNING)
    return rows.select_related("organization", "act__person").order_by("pk")


def _update(upload: Upload, **columns: Any) -> None:
    Upload.everywhere.filter(pk=upload.pk).update(**columns)

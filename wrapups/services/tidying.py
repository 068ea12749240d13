"""Removing what has had its use, once a day and piece by piece.

Each piece is one transaction with the count of what it removed, so a worker that dies leaves nothing half removed and
nothing uncounted. At the end one act says how much went. What a worker or a person is at is passed over.
"""

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any

from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q

from wrapups.domain.retention import PERIODS, Kind, days_kept
from wrapups.models import (
    Act,
    AlertDelivery,
    AlertEvent,
    BulkAct,
    BulkActRow,
    Delivery,
    Export,
    ExportPiece,
    IdempotentAnswer,
    InboundEvent,
    Notice,
    Organization,
    RuleImport,
    Sweep,
    Upload,
    UploadLine,
    WhatIf,
    WhatIfChange,
)
from wrapups.models.clock import app_now
from wrapups.services.crashing import crash_point
from wrapups.services.handing_over import let_go_of_what_is_over
from wrapups.services.idempotency import KEPT_S
from wrapups.services.sweeping import Turn, turn

EVERY_S = 86_400
REST_S = 5
PIECE = 500
"""How many rows one statement removes at most."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where rows of a kind lie, in the order of their ids, which is that of their age."""

    kind: Kind
    model: Any
    born: str
    over: Q
    parts: tuple[tuple[Any, str], ...] = ()
    left: Mapping[str, Any] | None = None
    """What is put into the columns of rows that stay, without their parts; None: they go too."""


SHELVES = (
    Shelf(
        Kind.EVENTS,
        InboundEvent,
        "received_at",
        Q(state__in=[InboundEvent.State.PROCESSED, InboundEvent.State.DISMISSED]),
    ),
    Shelf(Kind.NOTICES, Notice, "created_at", ~Q(state=Notice.State.WAITING), ((Delivery, "notice"),)),
    Shelf(Kind.ALERTS, AlertDelivery, "created_at", Q(event=None) & ~Q(state=AlertDelivery.State.WAITING)),
    Shelf(Kind.ALERTS, AlertEvent, "opened_at", ~Q(finished_at=None), ((AlertDelivery, "event"),)),
    Shelf(Kind.UPLOADS, Upload, "created_at", ~Q(state__in=Upload.AT_WORK), ((UploadLine, "upload"),)),
    Shelf(Kind.WHAT_IFS, WhatIf, "created_at", ~Q(state=WhatIf.State.RUNNING), ((WhatIfChange, "what_if"),)),
    Shelf(Kind.IMPORTS, RuleImport, "created_at", Q()),
    Shelf(Kind.EXPORTS, Export, "created_at", ~Q(state=Export.State.RUNNING), ((ExportPiece, "export"),)),
    Shelf(
        Kind.BULK_ACTS,
        BulkAct,
        "created_at",
        Q(kind__in=BulkAct.ON_ASSIGNMENTS)
        & ~Q(state__in=[BulkAct.State.FREEZING, BulkAct.State.RUNNING])
        & (~Q(address="") | Q(Exists(BulkActRow.everywhere.filter(bulk_act=OuterRef("pk"))))),
        ((BulkActRow, "bulk_act"),),
        left={"address": ""},
    ),
)


def tidy(organization: Organization, *, for_s: float) -> None:
    """Remove what is past its time, if that is due, for so many seconds; what is then left follows a moment later.

    Raises BadRetention, which stands as the duty's problem, where what an organization has chosen makes no sense.
    """
    with turn(organization.pk, Sweep.Kind.TIDY, every_s=EVERY_S) as mine:
        if mine is None:
            return
        days, now = days_kept(organization.retention), app_now()
        until = time.monotonic() + for_s
        for shelf in SHELVES:
            if not _clear(shelf, organization, mine, before=now - timedelta(days=days[shelf.kind]), until=until):
                mine.again_after(REST_S)
                return
        _forget_who_held_what_is_over(organization, until=until)
        _forget_what_no_longer_counts(now, until=until)
        _put_on_record(organization, mine, days)


def _clear(shelf: Shelf, organization: Organization, mine: Turn, *, before: datetime, until: float) -> bool:
    """Go through the oldest of a shelf, up to the first that is too young; return whether it came so far in time."""
    place: int | None = 0
    while place is not None:
        if time.monotonic() > until:
            return False
        with transaction.atomic():
            place, removed = _piece(shelf, organization, place, before)
            if removed:
                _count(mine, shelf.kind, removed)
                crash_point("T1")
        if removed:
            crash_point("T2")
    return True


def _piece(shelf: Shelf, organization: Organization, place: int, before: datetime) -> tuple[int | None, int]:
    """Remove what is past its time among the next rows; return where the following begin, None at the end."""
    rows = shelf.model.everywhere.of(organization)
    ages = rows.filter(pk__gt=place).order_by("pk").values_list("pk", shelf.born)[:PIECE]
    old = [pk for pk, born in takewhile(lambda row: row[1] < before, ages)]
    over = rows.filter(Q(finished_at=None) | Q(finished_at__lt=before), shelf.over, pk__in=old)
    gone = list(over.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True))
    for part, whole in shelf.parts:
        if _remove_some(part.everywhere.filter(**{f"{whole}__in": gone})) == PIECE:
            return place, 0  # there may be more parts; the wholes follow them
    if shelf.left is None:
        rows.filter(pk__in=gone).delete()
    else:
        rows.filter(pk__in=gone).update(**shelf.left)
    return (old[-1] if len(old) == PIECE else None), len(gone)


def _remove_some(rows: models.QuerySet[Any]) -> int:
    """Remove a piece of these rows and return how many; those that somebody has locked are left to the next time."""
    some = list(rows.select_for_update(skip_locked=True, of=("self",)).values_list("pk", flat=True)[:PIECE])
    rows.filter(pk__in=some).order_by().delete()
    return len(some)


def _count(mine: Turn, kind: Kind, removed: int) -> None:
    counted = Counter(_removed_so_far(mine))
    counted[kind] += removed
    _keep(mine, json.dumps(counted))


def _removed_so_far(mine: Turn) -> Mapping[str, int]:
    found: dict[str, int] = json.loads(mine.cursor or "{}")
    return found


def _keep(mine: Turn, cursor: str) -> None:
    mine.keep(cursor, since=mine.watermark_at, until=mine.until_at)


def _forget_who_held_what_is_over(organization: Organization, *, until: float) -> None:
    removed = PIECE
    while removed == PIECE and time.monotonic() < until:
        with transaction.atomic():
            removed = let_go_of_what_is_over(organization, most=PIECE)


def _forget_what_no_longer_counts(now: datetime, *, until: float) -> None:
    """Remove answers that are not given again and sessions that have ended, of all organizations."""
    answers = IdempotentAnswer.everywhere.filter(created_at__lte=now - timedelta(seconds=KEPT_S))
    sessions = Session.objects.filter(expire_date__lte=now)
    for rows in (answers.order_by("created_at"), sessions.order_by("expire_date")):
        removed = PIECE
        while removed == PIECE and time.monotonic() < until:
            with transaction.atomic():
                removed = _remove_some(rows)


def _put_on_record(organization: Organization, mine: Turn, days: Mapping[Kind, int]) -> None:
    """Write down what was removed since the last time, and by which periods, as one act of the system's."""
    removed = _removed_so_far(mine)
    if not removed:
        return
    said = [f"{PERIODS[Kind(kind)].words} {count:,} (kept {days[Kind(kind)]} days)" for kind, count in removed.items()]
    with transaction.atomic():
        Act.objects.create(organization=organization, verb="remove what is past its time", reason="; ".join(said))
        _keep(mine, "")

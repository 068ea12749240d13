"""Erasing, as a worker does it: through every table, a stretch of keys at a time, each one transaction with its place.

Twice the same way: to find and count, and after a person's word to erase. A worker that dies leaves its last stretch
undone and a lease that ends. Erasing twice changes nothing, since what is erased is not found again.
"""

import logging
import time
from collections import Counter
from contextlib import suppress
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import F, Q

from wrapups.domain.erasing import Eraser, pattern_of
from wrapups.models import Conversation, Erasure, Export, ExportPiece, Organization
from wrapups.models.clock import AppNow
from wrapups.models.sealing import SealBroken
from wrapups.services.auditing import Actor, put_down_to
from wrapups.services.crashing import crash_point
from wrapups.services.erasing_rows import erase_conversations, erase_mentions, say_who_erases
from wrapups.services.erasing_tables import Table, tables
from wrapups.services.holding import Hold, Lost

logger = logging.getLogger(__name__)

PIECE = 1000
"""How many rows are looked through by one transaction."""
LEASE_S = 60
MOST_FAILURES = 3

State = Erasure.State


def is_due(organization: Organization) -> bool:
    """Return whether a customer is to be looked for, or erased, and nobody does it."""
    return bool(_waiting(organization).exists())


def work(organization: Organization, *, for_s: float) -> bool:
    """Go on with the organization's erasure for so many seconds; return whether there is more to do."""
    with transaction.atomic():
        erasure = _waiting(organization).select_for_update(skip_locked=True, of=("self",)).first()
        if erasure is None:
            return False
        hold = Hold(Erasure.everywhere.filter(pk=erasure.pk, state=erasure.state), lease_s=LEASE_S)
    try:
        with suppress(Lost):
            _work_on(erasure, hold, until=time.monotonic() + for_s)
    except OperationalError:  # the database is away, and the lease will end
        raise
    except SealBroken as error:
        _give_up(erasure, str(error))
    except Exception as error:
        logger.exception("Erasure %s could not go on.", erasure.pk)
        _failed(erasure, hold, type(error).__name__)
    else:
        hold.release()
    return is_due(organization)


def _work_on(erasure: Erasure, hold: Hold, *, until: float) -> None:
    identifiers = erasure.identifiers()
    pattern, eraser = pattern_of(identifiers), Eraser(identifiers)
    while _go_through_a_piece(erasure, hold, pattern, eraser) and time.monotonic() < until:
        pass


def _go_through_a_piece(erasure: Erasure, hold: Hold, pattern: str, eraser: Eraser) -> bool:
    """Look through the next rows, and erase in them where that is what is done; return whether there are more."""
    erases = erasure.state == State.RUNNING
    table = next((each for each in tables() if each.name == erasure.table), tables()[0])
    with put_down_to(Actor(erasure.person), part_of=erasure.act) if erases else transaction.atomic():
        every = table.rows(erasure.organization_id).order_by("pk")
        keys = list(every.filter(pk__gt=erasure.after).values_list("pk", flat=True)[:PIECE])
        if not keys:
            return _next_table(erasure, hold, table)
        rows = every.filter(pk__gt=erasure.after, pk__lte=keys[-1])
        found = list(table.holding(rows, pattern))
        sums = Counter({table.name: len(found)})
        if erases and not table.fixed:
            say_who_erases(erasure)
            sums = _erase(erasure, table, found, eraser)
        name = "erased" if erases else "found"
        counted = dict(Counter(getattr(erasure, name)) + sums)
        hold.keep(**{"table": table.name, "after": keys[-1], "failures": 0, name: counted})
        crash_point("R1")
    crash_point("R2")
    erasure.refresh_from_db()
    return True


def _erase(erasure: Erasure, table: Table, found: list[Any], eraser: Eraser) -> Counter[str]:
    if table.model is not Conversation:
        return erase_mentions(table, found, eraser)
    return erase_conversations(erasure.organization, found, eraser) if found else Counter()


def _next_table(erasure: Erasure, hold: Hold, table: Table) -> bool:
    """Go on with the table after this one; return False where there is none, and say what comes now."""
    place = tables().index(table) + 1
    if place < len(tables()):
        hold.keep(table=tables()[place].name, after=0)
        erasure.refresh_from_db()
        return True
    if erasure.state == State.FINDING:
        conversations = erasure.found.get(Conversation._meta.db_table, 0)
        hold.keep(state=State.READY, conversations=conversations, lease_until=None)
        return False
    _drop_files(erasure)
    hold.keep(state=State.DONE, sealed="", finished_at=AppNow(), lease_until=None)
    return False


def _drop_files(erasure: Erasure) -> None:
    """Remove the files in which customers are not masked: this one may be in them, and nobody can look inside."""
    files = Export.everywhere.of(erasure.organization_id).filter(with_customers=True)
    said = "A customer was erased while it was written. Ask for it again."
    ExportPiece.everywhere.filter(export__in=files).delete()
    files.filter(state=Export.State.DONE).update(state=Export.State.EXPIRED)
    files.filter(state=Export.State.RUNNING).update(
        state=Export.State.FAILED, problem=said, finished_at=AppNow(), lease_until=None
    )


def _failed(erasure: Erasure, hold: Hold, kind: str) -> None:
    """Leave it alone for a minute; after the third time in a row, for good. What was erased is."""
    with suppress(Lost):
        hold.keep(failures=F("failures") + 1)
    row = Erasure.everywhere.get(pk=erasure.pk)
    if row.failures >= MOST_FAILURES:
        _give_up(erasure, f"A worker failed at it {MOST_FAILURES} times ({kind}); the program's log says more.")


def _give_up(erasure: Erasure, problem: str) -> None:
    """What a person has confirmed can be gone on with (`erasing.go_on`), so it stays known whom it is about."""
    open_ = Erasure.everywhere.filter(pk=erasure.pk, state__in=Erasure.MOVES_BY_ITSELF)
    ended: dict[str, Any] = {"state": State.FAILED, "problem": problem, "finished_at": AppNow(), "lease_until": None}
    open_.update(**ended, **({} if erasure.confirmed_at else {"sealed": ""}))


def _waiting(organization: Organization) -> Any:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    rows = Erasure.everywhere.of(organization).filter(free, state__in=Erasure.MOVES_BY_ITSELF, due_at__lte=AppNow())
    return rows.select_related("organization", "person", "act").order_by("pk")

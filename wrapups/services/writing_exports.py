"""Exports, as a worker writes them: a stretch of rows at a time, each one transaction with the place behind it.

A worker that dies leaves the last stretch unwritten and a lease that ends, so no row is in the file twice or missing.
Rows are in the file as they were when their stretch was read; what was made after the export was asked for is not.
Files past their time are removed here too.
"""

import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import F, Q

from wrapups.models import Export, ExportPiece, Organization
from wrapups.models.clock import AppNow
from wrapups.services.crashing import crash_point
from wrapups.services.export_files import keep_rows, keep_workbook, kept
from wrapups.services.export_sheets import make_workbook
from wrapups.services.export_tables import Table, TableOf
from wrapups.services.exporting import MOST_ROWS, CannotExport, ready, require_rights
from wrapups.services.holding import Hold, Lost

logger = logging.getLogger(__name__)

PIECE = 2000
"""How many rows are written in one transaction: a person who cancels waits for it to end."""
LEASE_S = 60
MOST_FAILURES = 3


def is_due(organization: Organization) -> bool:
    """Return whether an export is to go on and nobody has it, or one is past its time."""
    return bool(_waiting(organization).exists() or _past(organization).exists())


def write(organization: Organization, *, table_of: TableOf, for_s: float) -> bool:
    """Go on with the organization's oldest export for so many seconds; return whether there is more to do."""
    _remove_past(organization)
    with transaction.atomic():
        export = _waiting(organization).select_for_update(skip_locked=True, of=("self",)).order_by("pk").first()
        if export is None:
            return False
        hold = Hold(_running(export), lease_s=LEASE_S)
    try:
        with suppress(Lost):
            _write(export, hold, table_of, until=time.monotonic() + for_s)
    except OperationalError:  # the database is away: no fault of the export, whose lease will end
        raise
    except CannotExport as error:
        _give_up(export, str(error))
    except Exception as error:
        logger.exception("Export %s could not be written.", export.pk)
        _failed(export, hold, type(error).__name__)
    else:
        hold.release()
    return is_due(organization)


def _write(export: Export, hold: Hold, table_of: TableOf, *, until: float) -> None:
    require_rights(export)
    table = table_of(export)
    if export.total is None:
        hold.keep(total=table.count(bound=MOST_ROWS))
    while not export.read_all:
        _write_a_stretch(export, table, hold)
        if time.monotonic() > until:
            return
    _finish(export, hold)


def _write_a_stretch(export: Export, table: Table, hold: Hold) -> None:
    """Write the next rows, all or none of them. Raises Lost."""
    found = table.stretch(export.cursor, most=min(PIECE, MOST_ROWS - export.done))
    done = export.done + len(found.rows)
    cut = found.more and done >= MOST_ROWS
    number = export.pieces.count()
    with transaction.atomic():
        hold.keep(cursor=found.place, done=done, read_all=cut or not found.more, cut=cut, failures=0)
        keep_rows(export, number, found.rows if number else [table.heading, *found.rows], numbers=table.numbers)
        crash_point("E1")
    crash_point("E2")
    export.refresh_from_db()


def _finish(export: Export, hold: Hold) -> None:
    """Say that the file is ready; a workbook is first put around its rows. Raises Lost."""
    if export.format != Export.Format.WORKBOOK:
        hold.keep(**ready(sum(map(len, kept(export))), export.done))
        return
    with tempfile.TemporaryFile() as file:
        make_workbook(_holding(hold, kept(export)), file)
        file.seek(0)
        with transaction.atomic():
            hold.keep()
            size = keep_workbook(export, file)
            crash_point("E3")
            hold.keep(**ready(size, export.done))


def _holding(hold: Hold, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the pieces, holding on to the export meanwhile. Raises Lost."""
    for piece in pieces:
        hold.keep()
        yield piece


def _failed(export: Export, hold: Hold, kind: str) -> None:
    """Leave it alone for a minute; after the third time in a row, for good."""
    with suppress(Lost):
        hold.keep(failures=F("failures") + 1)
    if _running(export).filter(failures__gte=MOST_FAILURES).exists():
        _give_up(export, f"A worker failed at it {MOST_FAILURES} times ({kind}); the program's log says more.")


def _give_up(export: Export, problem: str) -> None:
    with transaction.atomic():
        if _running(export).update(state=Export.State.FAILED, problem=problem, finished_at=AppNow(), lease_until=None):
            ExportPiece.everywhere.filter(export=export).delete()


def _remove_past(organization: Organization) -> None:
    """Remove the files that nobody can take any more; that they were there stays on record."""
    for export in _past(organization)[:PIECE]:
        with transaction.atomic():
            if _past(organization).filter(pk=export.pk).update(state=Export.State.EXPIRED):
                ExportPiece.everywhere.filter(export=export).delete()


def _running(export: Export) -> Any:
    return Export.everywhere.filter(pk=export.pk, state=Export.State.RUNNING)


def _past(organization: Organization) -> Any:
    return Export.everywhere.of(organization).filter(state=Export.State.DONE, expires_at__lte=AppNow())


def _waiting(organization: Organization) -> Any:
    free = Q(lease_until=None) | Q(lease_until__lt=AppNow())
    rows = Export.everywhere.of(organization).filter(free, state=Export.State.RUNNING, due_at__lte=AppNow())
    return rows.select_related("organization", "person")

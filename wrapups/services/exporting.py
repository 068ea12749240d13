"""Exports, as a person does them: ask for the rows of a search as a file, take it, cancel it.

What is small is written at once, of one moment. A worker writes what is large (`writing_exports`). Whatever it is, the
file is kept for a while for the person who asked, and for nobody else.
"""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from wrapups.domain.roles import Right, rights_of
from wrapups.models import Export, Membership, Organization
from wrapups.models.clock import AppNow, Seconds, app_now
from wrapups.models.scoping import Sight
from wrapups.services.auditing import Actor, acting
from wrapups.services.export_files import keep_rows, keep_workbook, kept
from wrapups.services.export_sheets import make_workbook
from wrapups.services.export_tables import TableOf
from wrapups.services.seeing import sight_of

AT_ONCE = 2000
"""Up to so many rows are written while the person waits."""
MOST_ROWS = 1_000_000
"""A sheet of Excel has 1,048,576. https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3"""
PER_ORGANIZATION = 3


class CannotExport(ValueError):
    """This cannot be taken away as a file; the text says why, for the person."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants as a file: `asked` is the filter for the program, `address` the same for people."""

    asked: Mapping[str, object]
    address: str
    columns: Sequence[str]
    format: Export.Format
    zone: str
    with_customers: bool = False
    reason: str = ""


def ask(organization: Organization, wish: Wish, *, table_of: TableOf, actor: Actor) -> Export:
    """Return the export, ready if it is small; else a worker goes on with it.

    Raises CannotExport without the rights for it, without a reason where customers are shown, and while another one
    of the person's, or three of the organization's, are being written.
    """
    if not wish.columns:
        raise CannotExport("Choose at least one column.")
    if wish.with_customers and not wish.reason.strip():
        raise CannotExport("Say why customers' numbers and notes have to leave with the file.")
    with acting(actor, "export conversations", organization=organization, reason=wish.reason.strip()) as act:
        _require_room(organization)
        # Who changes what the person sees waits for this, and finds the file then.
        members = Membership.objects.select_for_update(no_key=True)
        member = members.filter(person=actor.person, organization=organization).first()
        export = _made(organization, wish, actor, act=act, queue_ids=sight_of(member).queue_ids if member else ())
        require_rights(export)
        _write_if_small(export, table_of)
    return export


def require_rights(export: Export) -> None:
    """Raise CannotExport where the person may no longer have what they asked for, or see all they saw then."""
    membership = Membership.objects.filter(person=export.person_id, organization=export.organization_id).first()
    rights = rights_of(membership.role) if membership else frozenset()
    if membership is None or Right.EXPORT not in rights:
        raise CannotExport("Whoever asked for this may not export any more.")
    if not sight_at(export).within(sight_of(membership)):
        raise CannotExport("Whoever asked for this sees fewer queues by now. Ask for it again.")
    if export.with_customers and Right.SEE_CUSTOMERS not in rights:
        raise CannotExport("Whoever asked for this may not see customers' numbers and notes.")


def sight_at(export: Export) -> Sight:
    """Return which queues the person saw when they asked; the file holds conversations of these alone."""
    queue_ids = None if export.queue_ids is None else tuple(export.queue_ids)
    return Sight(queue_ids, export.with_customers, export.person_id)


def take(export: Export, *, actor: Actor) -> Iterator[bytes]:
    """Return the file, a piece at a time, and count that it was taken.

    Raises CannotExport for one that is not ready or has expired, and where the person may not have it any more.
    """
    if export.person_id != actor.person.pk:
        raise CannotExport("Only the person who asked for this file can take it.")
    with acting(actor, "download export", organization=export.organization):
        require_rights(export)
        ready = Export.everywhere.filter(pk=export.pk, state=Export.State.DONE, expires_at__gt=AppNow())
        if not ready.update(downloads=F("downloads") + 1, downloaded_at=AppNow()):
            raise CannotExport("This file is not there: it has expired, or was never ready. Ask for it again.")
    return kept(export)


def cancel(export: Export, *, actor: Actor) -> None:
    """End an export that is being written; nothing of it stays. Raises CannotExport for one that is over."""
    with acting(actor, "cancel an export", organization=export.organization):
        row = Export.everywhere.select_for_update().filter(pk=export.pk, state=Export.State.RUNNING).first()
        if row is None:
            raise CannotExport("This export is over; nothing is left to be cancelled.")
        row.pieces.all().delete()
        row.state, row.finished_at, row.lease_until = Export.State.CANCELLED, AppNow(), None
        row.save(update_fields=["state", "finished_at", "lease_until"])


def ready(size: int, rows: int) -> dict[str, Any]:
    """Return the columns of an export whose file, of so many bytes, is complete."""
    return {
        "state": Export.State.DONE,
        "size": size,
        "rows": rows,
        "finished_at": AppNow(),
        "expires_at": AppNow() + Seconds(settings.EXPORT_KEPT_H * 3600),
        "lease_until": None,
    }


def _require_room(organization: Organization) -> None:
    """Let nobody else count meanwhile. Raises CannotExport where too many are being written.

    A lock of exports alone: a search may be slow, and those who publish or let people in need not wait for it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('export', %s))", [organization.pk])
    running = Export.everywhere.of(organization).filter(state=Export.State.RUNNING).count()
    if running >= PER_ORGANIZATION:
        raise CannotExport(f"{PER_ORGANIZATION} exports are being written for this organization. Wait for one to end.")


def _made(organization: Organization, wish: Wish, actor: Actor, **columns: Any) -> Export:
    try:
        with transaction.atomic():
            made: Export = Export.everywhere.create(
                organization=organization,
                person=actor.person,
                asked=dict(wish.asked),
                address=wish.address,
                columns=list(wish.columns),
                format=wish.format,
                zone=wish.zone,
                with_customers=wish.with_customers,
                reason=wish.reason.strip(),
                created_at=app_now(),
                **columns,
            )
    except IntegrityError:
        raise CannotExport("Another export of yours is being written. Wait for it to end, or cancel it.") from None
    return made


def _write_if_small(export: Export, table_of: TableOf) -> None:
    """Write the whole file where it is small: its rows are read by one statement, so all are of one moment."""
    table = table_of(export)
    found = table.stretch("", most=AT_ONCE)
    if found.more:
        return
    size, rows = keep_rows(export, 0, [table.heading, *found.rows], numbers=table.numbers), len(found.rows)
    if export.format == Export.Format.WORKBOOK:
        with tempfile.TemporaryFile() as file:
            make_workbook(kept(export), file)
            file.seek(0)
            size = keep_workbook(export, file)
    Export.everywhere.filter(pk=export.pk).update(**ready(size, rows), done=rows, total=rows)
    export.refresh_from_db()

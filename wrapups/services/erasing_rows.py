"""What is done to rows that are about a customer who is erased, in the caller's transaction.

Of the customer's own conversations everything personal goes, whatever it says. Elsewhere only what names the customer
goes, since the rest is about somebody else.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, models
from django.db.models import Case, Q, Value, When

from wrapups.domain.erasing import ERASED, Eraser
from wrapups.domain.facts import ATTRIBUTE
from wrapups.domain.masking import ADDRESSES
from wrapups.domain.sheets import Columns
from wrapups.domain.status import LIVE
from wrapups.models import (
    Assignment,
    AuditEntry,
    Communication,
    Conversation,
    Disposition,
    Erasure,
    InboundEvent,
    Organization,
    UploadLine,
)
from wrapups.models.sealing import digests
from wrapups.services.deciding import one_at_a_time
from wrapups.services.erasing_tables import Table
from wrapups.services.locking import lock_assignments

PERSONAL = ("notes", "error_message")
"""Columns of assignments and dispositions in the audit that may be about a customer."""


def say_who_erases(erasure: Erasure) -> None:
    """Let this transaction redact what is append-only, and have the audit not repeat what was there before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('wrapups.erasure', %s, true)", [str(erasure.pk)])


def erase_mentions(table: Table, rows: Sequence[Any], eraser: Eraser) -> Counter[str]:
    """Put a mark in place of whatever names the customer in these rows; return how many rows of which table changed."""
    if table.model is Communication:
        lock_assignments(communication__in=rows)
    if table.model is Disposition:
        ids = {row.conversation_id for row in rows}
        lock_assignments(
            organization__in={row.organization_id for row in rows}, communication__conversation__conversation_id__in=ids
        )
    for row in rows:
        changed = {name: _marked(table, name, getattr(row, name), eraser) for name in table.columns}
        changed = {name: value for name, value in changed.items() if value != getattr(row, name)}
        if changed:
            table.rows(row.organization_id).filter(pk=row.pk).update(**changed)
    return Counter({table.name: len(rows)})


def _marked(table: Table, name: str, value: Any, eraser: Eraser) -> Any:
    """Return a column's value without the customer; what must stay unique gets a mark of its own."""
    marked = eraser.value(value)
    if name not in table.unique or marked == value or not isinstance(value, str):
        return marked
    return f"{ERASED}-{digests(value, belongs_to=table.name)[0][:16]}"


def erase_conversations(organization: Organization, rows: Sequence[Conversation], eraser: Eraser) -> Counter[str]:
    """Put a mark in place of everything personal about these conversations; return how many rows of which table."""
    ids = [row.conversation_id for row in rows]
    one_at_a_time(organization, ids)
    lock_assignments(communication__conversation__in=rows)
    for row in rows:
        Conversation.everywhere.filter(pk=row.pk).update(**_anonymous(row, eraser))
    legs = Communication.everywhere.filter(conversation__in=rows)
    assignments = Assignment.everywhere.filter(communication__in=legs)
    said = Disposition.everywhere.of(organization).filter(conversation_id__in=ids)
    counted: Counter[str] = Counter({Conversation._meta.db_table: len(rows)})
    counted[AuditEntry._meta.db_table] += _of_audit(assignments) + _of_audit(said)
    counted[Communication._meta.db_table] += legs.exclude(code_notes="").update(code_notes=ERASED)
    counted[Disposition._meta.db_table] += said.exclude(notes="").update(notes=ERASED)
    counted[Assignment._meta.db_table] += _of_assignments(assignments)
    counted[InboundEvent._meta.db_table] += _of_events(organization, ids)
    counted[UploadLine._meta.db_table] += _of_uploads(organization, ids)
    return counted


def _anonymous(row: Conversation, eraser: Eraser) -> dict[str, Any]:
    """Return a conversation's columns without its customer: of ANI and DNIS the one that is theirs, else both."""
    theirs = [name for name in ("ani", "dnis") if eraser.finds(getattr(row, name))] or ["ani", "dnis"]
    attributes = None if row.attributes is None else dict.fromkeys(row.attributes, ERASED)
    return {name: ERASED for name in theirs if getattr(row, name)} | {"attributes": attributes}


def _of_assignments(rows: models.QuerySet[Any]) -> int:
    """Notes that are still to be written are dropped: a mark would be written to Genesys Cloud."""
    kept = Case(When(Q(status__in=LIVE) | Q(notes=""), then=Value("")), default=Value(ERASED))
    rows.update(notes=kept)
    found = 0
    for row in rows.only("pk", "facts"):
        facts = {name: ERASED if _is_personal(name) else value for name, value in row.facts.items()}
        found += facts != row.facts
        Assignment.everywhere.filter(pk=row.pk).exclude(facts=facts).update(facts=facts)
    return found


def _is_personal(fact: str) -> bool:
    return fact in ADDRESSES or fact.startswith(ATTRIBUTE)


def _of_events(organization: Organization, ids: Sequence[str]) -> int:
    """What a sender told of these conversations is gone as a whole: its form is the sender's own."""
    rows = InboundEvent.everywhere.of(organization).filter(conversation_id__in=ids)
    mended = Case(When(mended="", then=Value("")), default=Value(ERASED))
    return rows.exclude(body=ERASED).update(body=ERASED, mended=mended)


def _of_uploads(organization: Organization, ids: Sequence[str]) -> int:
    rows = UploadLine.everywhere.of(organization).filter(cells__has_any_keys=list(ids)).select_related("upload")
    found = 0
    for row in rows:
        place = Columns.of(row.upload.mapping).notes if row.upload.mapping else None
        if place is not None and place < len(row.cells) and row.cells[place] not in ("", ERASED):
            row.cells[place] = ERASED
            row.save(update_fields=["cells"])
            found += 1
    return found


def _of_audit(rows: models.QuerySet[Any]) -> int:
    """Redact what the audit keeps of these rows' notes; the key of a row is text there."""
    keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
    entries = AuditEntry.objects.filter(table=rows.model._meta.db_table, row__in=keys)
    asked = Q()
    for column in PERSONAL:
        asked |= Q(**{f"before__{column}__isnull": False}) | Q(**{f"after__{column}__isnull": False})
    found = 0
    for entry in entries.filter(asked):
        kept = {name: _redacted(getattr(entry, name)) for name in ("before", "after")}
        if any(kept[name] != getattr(entry, name) for name in kept):
            AuditEntry.objects.filter(pk=entry.pk).update(**kept)
            found += 1
    return found


def _redacted(columns: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if columns is None:
        return None
    return {name: ERASED if name in PERSONAL and value else value for name, value in columns.items()}

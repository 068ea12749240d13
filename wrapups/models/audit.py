"""Who changed what: one append-only table, filled by triggers in the changing transaction.

Triggers see `update()`, `bulk_create()` and hand-written SQL alike. Who acts is told once per transaction
by `wrapups.services.auditing.acting`, as session settings that end with the transaction.
"""

from collections.abc import Sequence

import pgtrigger
from django.conf import settings
from django.db import models

from wrapups.models.clock import AppNow


def audited(*, leave_out: Sequence[str] = ()) -> pgtrigger.Trigger:
    """Return the trigger that records each change of a table's rows.

    Columns in `leave_out` never reach the audit (secrets, and what only the engine's own bookkeeping
    touches); an update of nothing else leaves no entry.
    """
    columns = ", ".join(f"'{name}'" for name in leave_out)
    rows = "to_jsonb(OLD), to_jsonb(NEW)"
    body = f"PERFORM wrapups_audit(TG_TABLE_NAME, TG_OP, {rows}, ARRAY[{columns}]::text[]); RETURN NULL;"
    return pgtrigger.Trigger(
        name="audited",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=body,
    )


class Act(models.Model):
    """One thing a person, or a program with a key, did, however many rows it changed: who, what, from where and why."""

    organization = models.ForeignKey("wrapups.Organization", null=True, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    api_key = models.ForeignKey("wrapups.ApiKey", null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=64, help_text="What was done, in the product's words: 'publish release'.")
    reason = models.TextField(blank=True)
    origin = models.CharField(max_length=64, blank=True, help_text="The address the person came from.")
    at = models.DateTimeField(db_default=AppNow())

    class Meta:
        indexes = [
            models.Index(fields=["organization", "-at", "-id"], name="act_newest"),
            models.Index(fields=["organization", "verb", "-id"], name="act_by_verb"),
        ]

    def __str__(self) -> str:
        return f"{self.person or self.api_key or 'the system'}: {self.verb}"


class AuditEntry(models.Model):
    """One changed row. Only the columns that changed are kept, before and after."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField()
    organization_id = models.BigIntegerField(null=True)
    act = models.ForeignKey(Act, null=True, on_delete=models.PROTECT, related_name="entries")
    actor = models.CharField(max_length=128, help_text="'person:7', 'key:3', or the process: 'system:drain host/123'.")
    table = models.CharField(max_length=64)
    row = models.CharField(max_length=64)
    operation = models.CharField(max_length=6)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organization_id", "-id"], name="audit_newest"),
            models.Index(fields=["table", "row", "-id"], name="audit_of_row"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.table} {self.row} by {self.actor}"

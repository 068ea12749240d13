"""Exports: the rows of one search as a file, kept in pieces for the person who asked, and for a while only."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from wrapups.models.audit import Act, audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned


class Export(Owned):
    """What somebody takes away as a file: which rows, which columns, why, and how far it has come."""

    class State(models.TextChoices):
        RUNNING = "running", "being written"
        DONE = "done", "ready"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "failed"
        EXPIRED = "expired", "expired"

    class Format(models.TextChoices):
        """What the file is. The values are stored."""

        WORKBOOK = "xlsx", "Excel workbook"
        CSV = "csv", "CSV that Excel opens"
        PLAIN_CSV = "plain_csv", "CSV for programs (no byte order mark)"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked = models.JSONField(default=dict, help_text="The filter, field by field.")
    address = models.TextField(blank=True, help_text="The same as the part of an address after '?'.")
    columns = ArrayField(models.CharField(max_length=32))
    format = models.CharField(max_length=12, choices=Format.choices)
    zone = models.CharField(max_length=64, help_text="The time zone its times are written in.")
    queue_ids = ArrayField(
        models.CharField(max_length=64),
        null=True,
        help_text="The queues whose conversations the person saw when they asked; empty: those of every queue.",
    )
    with_customers = models.BooleanField(default=False, help_text="Customers' numbers and notes are not masked.")
    reason = models.CharField(max_length=300, blank=True)
    act = models.ForeignKey(Act, null=True, on_delete=models.PROTECT, related_name="+")

    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    cursor = models.TextField(blank=True, help_text="The place of the last row that is written; empty: none is.")
    read_all = models.BooleanField(default=False, help_text="No row is left to be written.")
    total = models.PositiveIntegerField(null=True, help_text="Rows there were when it began.")
    done = models.PositiveIntegerField(default=0, help_text="Rows written so far.")
    rows = models.PositiveIntegerField(null=True, help_text="Rows of the file, when it is ready.")
    cut = models.BooleanField(default=False, help_text="There were more rows than a file may have.")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the file, when it is ready.")
    failures = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)

    due_at = models.DateTimeField(db_default=AppNow())
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    downloads = models.PositiveIntegerField(default=0)
    downloaded_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "person"], condition=Q(state="running"), name="export_one_running_per_person"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "person", "-id"], name="export_newest_of"),
            models.Index(fields=["organization", "-id"], name="export_newest"),
            models.Index(fields=["organization"], condition=Q(state__in=["running", "done"]), name="export_to_see_to"),
        ]
        triggers: ClassVar = [
            audited(leave_out=["queue_ids", "cursor", "read_all", "done", "total", "failures", "due_at", "lease_until"])
        ]

    def __str__(self) -> str:
        return f"export {self.pk}: {self.state}"


class ExportPiece(Owned):
    """A piece of an export's file, compressed (zlib). The pieces in order are the file."""

    # Without an index of its own: the constraint's begins with the export, which belongs to one organization.
    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="pieces", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="export_piece_once")]

    def __str__(self) -> str:
        return f"piece {self.number} of export {self.export_id}"

"""Applying the rules to a stretch of the past: previewed first, run behind fresh work."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.rules import Release
from wrapups.models.scoping import Owned

ENGINE_COLUMNS = [
    "due_at",
    "lease_until",
    "cursor",
    "read",
    "counted",
    "assigned",
    "reading_job",
    "begun_anew",
]


class Backfill(Owned):
    """One stretch of the past: read from analytics, counted for a preview, then decided when somebody says so."""

    class State(models.TextChoices):
        READING = "reading", "reading and counting"
        READY = "ready", "waiting for your word"
        RUNNING = "running", "deciding"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    OPEN = (State.READING, State.READY, State.RUNNING)

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.READING)
    due_at = models.DateTimeField(db_default=AppNow())
    lease_until = models.DateTimeField(null=True)
    reading_job = models.CharField(max_length=64, blank=True, help_text="Genesys' id of the details job it reads.")
    cursor = models.TextField(blank=True, help_text="How far the job's results, or the slices, have been read.")
    read = models.PositiveIntegerField(default=0, help_text="Conversations read so far.")
    counted = models.JSONField(default=dict, help_text="What would happen: codes, reasons to skip, and how many each.")
    assigned = models.PositiveIntegerField(default=0, help_text="Assignments made since it was confirmed.")
    begun_anew = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often a details job was lost, so that all was read from the start."
    )
    problem = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=AppNow())
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(state__in=["reading", "ready", "running"]),
                name="backfill_one_open",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "-id"], name="backfill_newest")]
        triggers: ClassVar = [audited(leave_out=ENGINE_COLUMNS)]

    def __str__(self) -> str:
        return f"back-fill {self.pk}: {self.state}"

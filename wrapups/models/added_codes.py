"""Wrap-up codes that somebody here had put on a queue in Genesys Cloud."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from wrapups.models.audit import audited
from wrapups.models.catalogue import Queue, WrapupCode
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned


class AddedCode(Owned):
    """One code that is to be put on one queue. The row is the job, as with assignments: a worker takes it when due.

    It is `SENT` before the call leaves, so that a worker's death never makes a second one: then the queue is read.
    """

    class State(models.TextChoices):
        ASKED = "asked", "to be sent"
        SENT = "sent", "sent, to be read back"
        DONE = "done", "on the queue"
        FAILED = "failed", "not on the queue"

    OPEN = (State.ASKED, State.SENT)

    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="+")
    wrapup_code = models.ForeignKey(WrapupCode, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    due_at = models.DateTimeField(db_default=AppNow())
    lease_until = models.DateTimeField(null=True)
    reads = models.PositiveSmallIntegerField(default=0, help_text="How often the queue was read and did not show it.")
    problem = models.CharField(max_length=500, blank=True)
    http_status = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=96, blank=True, help_text="Genesys' own code.")
    correlation_id = models.CharField(max_length=96, blank=True)
    asked_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "wrapup_code"], condition=Q(state__in=["asked", "sent"]), name="added_code_one_open"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "due_at"], condition=Q(state__in=["asked", "sent"]), name="added_code_due"
            )
        ]
        triggers: ClassVar = [audited(leave_out=["due_at", "lease_until", "reads"])]

    def __str__(self) -> str:
        return f"{self.wrapup_code} on {self.queue}: {self.state}"

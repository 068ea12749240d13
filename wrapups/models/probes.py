"""Probes: an admin lets us try on one conversation what nobody has written down, and every call of it is kept."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from wrapups.domain import probing
from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned


class Probe(Owned):
    """One probe of one communication. The row is the job, as with assignments: a worker takes it when it is due."""

    class State(models.TextChoices):
        LOOKING = "looking", "looking at the conversation"
        FOUND = "found", "waiting for your confirmation"
        RUNNING = "running", "probing"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    OPEN = (State.LOOKING, State.FOUND, State.RUNNING)
    MOVES_BY_ITSELF = (State.LOOKING, State.RUNNING)

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.LOOKING)
    due_at = models.DateTimeField(db_default=AppNow())
    lease_until = models.DateTimeField(null=True)

    conversation_id = models.CharField(max_length=64)
    legs = models.JSONField(default=list, help_text="The agents' communications that looking found.")
    communication_id = models.CharField(max_length=64, blank=True, help_text="The one that was confirmed.")
    media_type = models.CharField(max_length=24, blank=True)
    codes = models.JSONField(default=dict, help_text="The codes it is probed with.")
    sent_code_id = models.CharField(max_length=64, blank=True, help_text="The code sent last.")
    left_code_id = models.CharField(max_length=64, blank=True, help_text="The code it carried at the end.")
    answers = models.JSONField(default=dict)
    problem = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(state__in=["looking", "found", "running"]),
                name="probe_one_open",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "-id"], name="probe_newest")]
        triggers: ClassVar = [audited(leave_out=["due_at", "lease_until", "legs"])]

    def __str__(self) -> str:
        return f"probe {self.pk}: {self.state}"


class ProbeCall(Owned):
    """One call of a probe: on record before it is made, finished after it."""

    probe = models.ForeignKey(Probe, on_delete=models.CASCADE, related_name="calls")
    kind = models.CharField(max_length=12, choices=[(kind.value, kind.value) for kind in probing.Kind])
    question = models.CharField(max_length=20, blank=True, help_text="Empty: to put the code back that was there.")
    path = models.CharField(max_length=16, blank=True)
    code_id = models.CharField(max_length=64, blank=True, help_text="The code a write sent, or a read showed.")
    started_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, blank=True, help_text="Empty while it runs, or if its worker died.")
    http_status = models.PositiveSmallIntegerField(default=0)
    error_code = models.CharField(max_length=96, blank=True)
    correlation_id = models.CharField(max_length=96, blank=True)
    message = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} of probe {self.probe_id}"

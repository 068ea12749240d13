"""Doors out: who is told by webhook when an assignment is verified, failed or overridden, and how that went."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from wrapups.models.assignments import Assignment
from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned
from wrapups.models.sealing import seal, unseal


class Subscription(Owned):
    """An address that is told of what happens to assignments, and the secret each telling is signed with."""

    name = models.CharField(max_length=64)
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=16), help_text="Statuses of assignments it is told of.")
    key = models.CharField(max_length=32, unique=True, help_text="Its secret is sealed for this.")
    secret_sealed = models.TextField(blank=True)
    enabled = models.BooleanField(default=True)
    held_because = models.CharField(max_length=300, blank=True, help_text="Why we stopped telling it; empty: we tell.")
    created_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="subscription_name_once")]
        triggers: ClassVar = [audited(leave_out=["secret_sealed"])]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """The signing secret; raises SealBroken where the keys do not fit."""
        return unseal(self.secret_sealed, belongs_to=f"subscription:{self.key}")

    @secret.setter
    def secret(self, plain: str) -> None:
        self.secret_sealed = seal(plain, belongs_to=f"subscription:{self.key}")


class Notice(Owned):
    """One thing to tell one subscription. The row is the job: waiting until told or given up."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        TOLD = "told", "delivered"
        GIVEN_UP = "given_up", "given up"

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="notices")
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="+")
    event = models.CharField(max_length=16)
    event_id = models.CharField(max_length=64, unique=True, help_text="The same at each try, for the receiver.")
    payload = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(db_default=AppNow())
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    http_status = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="notice_newest"),
            models.Index(fields=["subscription", "-id"], name="notice_of"),
            models.Index(fields=["due_at"], name="notice_due", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.subscription_id}: {self.state}"

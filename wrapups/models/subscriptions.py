"""Doors out: who is told by webhook when an assignment is verified, failed or overridden, and how that went."""

from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from wrapups.domain.notices import GIVE_UP_AFTER_S
from wrapups.models.assignments import Assignment
from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned
from wrapups.models.sealing import seal, unseal

HEALTH = ["failures", "failing_since", "rest_until", "tried_at"]


class Subscription(Owned):
    """An address that is told of what happens to assignments, and the secret each telling is signed with.

    One that was removed stays as a row, without its secrets, because what it was told does.
    """

    name = models.CharField(max_length=64)
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=16), help_text="Statuses of assignments it is told of.")
    key = models.CharField(max_length=32, unique=True, help_text="Its secret is sealed for this.")
    secret_sealed = models.TextField(blank=True)
    old_secret_sealed = models.TextField(blank=True, help_text="Signs as well, while the receiver changes over.")
    secret_made_at = models.DateTimeField(db_default=AppNow())
    enabled = models.BooleanField(default=True)
    held_because = models.CharField(max_length=300, blank=True, help_text="Why we stopped telling it; empty: we tell.")
    created_at = models.DateTimeField(db_default=AppNow())
    removed_at = models.DateTimeField(null=True)

    # How it takes what it is told; the engine's own bookkeeping.
    failures = models.PositiveIntegerField(default=0, help_text="Failed tries since the last that it took.")
    failing_since = models.DateTimeField(null=True)
    rest_until = models.DateTimeField(null=True, help_text="It is left alone until then.")
    tried_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], condition=Q(removed_at=None), name="subscription_name_once"
            )
        ]
        triggers: ClassVar = [audited(leave_out=["secret_sealed", "old_secret_sealed", *HEALTH])]

    def __str__(self) -> str:
        return self.name

    def secrets(self) -> list[str]:
        """Return the secrets to sign with, newest first; raises SealBroken where the keys do not fit."""
        sealed = [self.secret_sealed, self.old_secret_sealed]
        return [unseal(each, belongs_to=f"subscription:{self.key}") for each in sealed if each]

    def replace_secret(self, secret: str) -> None:
        """Take a new secret; the one before signs as well until it is dropped. Saves nothing."""
        self.old_secret_sealed = self.secret_sealed
        self.secret_sealed = seal(secret, belongs_to=f"subscription:{self.key}")


class Notice(Owned):
    """One thing to tell one subscription. The row is the job: waiting until told or given up."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        TOLD = "told", "delivered"
        GIVEN_UP = "given_up", "given up"

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="notices")
    assignment = models.ForeignKey(
        Assignment, null=True, on_delete=models.CASCADE, related_name="+", help_text="Empty: a test."
    )
    event = models.CharField(max_length=16)
    event_id = models.CharField(max_length=64, unique=True, help_text="The same at each try, for the receiver.")
    payload = models.JSONField(default=dict, help_text="The facts as they were when it happened.")
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(db_default=AppNow())
    give_up_at = models.DateTimeField(db_default=AppNow() + models.Value(timedelta(seconds=GIVE_UP_AFTER_S)))
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0, help_text="Raised by each claim; an old one finishes nothing.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Since it was born, or sent again by a person.")
    http_status = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="notice_newest"),
            models.Index(fields=["subscription", "-id"], name="notice_of"),
            models.Index(fields=["subscription", "state", "-id"], name="notice_by_state"),
            models.Index(fields=["subscription", "due_at", "id"], name="notice_due_to", condition=Q(state="waiting")),
            models.Index(fields=["organization", "give_up_at"], name="notice_to_give_up", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.subscription_id}: {self.state}"


class Delivery(Owned):
    """One try to tell: on record before the request leaves, finished after it. What was answered is not kept."""

    subscription = models.ForeignKey(Subscription, on_delete=models.CASCADE, related_name="deliveries")
    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    fence = models.PositiveIntegerField()
    worker = models.CharField(max_length=128)
    started_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True, help_text="Empty while it runs, or if its worker died.")
    told = models.BooleanField(default=False)
    http_status = models.PositiveSmallIntegerField(default=0, help_text="0: no answer came.")
    problem = models.CharField(max_length=300, blank=True)
    duration_ms = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notice", "fence"], name="delivery_once_per_fence")]
        indexes: ClassVar = [models.Index(fields=["subscription", "-id"], name="delivery_newest")]

    def __str__(self) -> str:
        return f"try {self.fence} of {self.notice_id}"

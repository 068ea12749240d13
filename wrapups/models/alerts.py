"""Alerts: where they go, from which figures on, each event that was seen, and how each telling of it went."""

from datetime import time
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from wrapups.domain.alerting import Condition
from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned
from wrapups.models.sealing import seal, unseal
from wrapups.models.subscriptions import Notice, Subscription

CONDITIONS = [(each.value, each.value) for each in Condition]


def working_days() -> list[int]:
    """Return Monday to Friday."""
    return [0, 1, 2, 3, 4]


class AlertChannel(Owned):
    """Where alerts go, which of them, and when they do not. One that was removed stays as a row, without its secret."""

    class Kind(models.TextChoices):
        EMAIL = "email", "e-mail"
        SLACK = "slack", "Slack"
        WEBHOOK = "webhook", "webhook"

    name = models.CharField(max_length=64)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    addresses = ArrayField(models.EmailField(), default=list, help_text="Of e-mail.")
    key = models.CharField(max_length=32, unique=True, help_text="Its secret is sealed for this.")
    secret_sealed = models.TextField(blank=True, help_text="Slack's address: whoever has it can post.")
    host = models.CharField(max_length=253, blank=True, help_text="What of that address may be shown.")
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.PROTECT, related_name="+", help_text="The webhook that is told."
    )
    conditions = ArrayField(models.CharField(max_length=16), help_text="What it is told of.")
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    quiet_days = ArrayField(models.PositiveSmallIntegerField(), default=list, help_text="0 is Monday.")
    muted_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=AppNow())
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], condition=Q(removed_at=None), name="alert_channel_name_once"
            )
        ]
        triggers: ClassVar = [audited(leave_out=["secret_sealed"])]

    def __str__(self) -> str:
        return self.name

    @property
    def secret(self) -> str:
        """Slack's address; raises SealBroken where the keys do not fit."""
        return unseal(self.secret_sealed, belongs_to=f"alert_channel:{self.key}")

    @secret.setter
    def secret(self, plain: str) -> None:
        self.secret_sealed = seal(plain, belongs_to=f"alert_channel:{self.key}")


class AlertRule(Owned):
    """How an organization wants one condition told; without a row it is as `MEANINGS` has it."""

    condition = models.CharField(max_length=16, choices=CONDITIONS)
    enabled = models.BooleanField(default=True)
    urgent = models.BooleanField(default=False, help_text="Told in quiet hours, too.")
    threshold = models.PositiveIntegerField(null=True)
    work_from = models.TimeField(default=time(8), help_text="Of the silence of event sources.")
    work_until = models.TimeField(default=time(18))
    work_days = ArrayField(models.PositiveSmallIntegerField(), default=working_days, help_text="0 is Monday.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "condition"], name="alert_rule_once")]
        triggers: ClassVar = [audited()]

    def __str__(self) -> str:
        return f"{self.condition} of {self.organization_id}"


class AlertEvent(Owned):
    """One stretch of time in which a condition stood for a subject: made once, by whoever sees it first."""

    condition = models.CharField(max_length=16, choices=CONDITIONS)
    subject = models.CharField(max_length=64, blank=True, help_text="The row it is about, or which process.")
    opened_at = models.DateTimeField(db_default=AppNow())
    over_since = models.DateTimeField(null=True, help_text="Not found to stand since then; over when it stays so.")
    finished_at = models.DateTimeField(null=True, help_text="When it was over.")
    urgent = models.BooleanField(default=False)
    facts = models.JSONField(default=dict, help_text="The figures as they were when it was seen.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "condition", "subject", "opened_at"], name="alert_event_once"
            ),
            models.UniqueConstraint(
                fields=["organization", "condition", "subject"],
                condition=Q(finished_at=None),
                name="alert_event_open_once",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="alert_event_newest"),
            models.Index(fields=["organization", "condition", "-id"], name="alert_event_of_condition"),
        ]

    def __str__(self) -> str:
        return f"{self.condition} {self.subject} of {self.organization_id} at {self.opened_at}"


class AlertDelivery(Owned):
    """One telling to one channel: that an event began, or is over, or that this is a test. The row is the job."""

    class What(models.TextChoices):
        RAISED = "raised", "alert"
        OVER = "over", "over"
        TEST = "test", "test"

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        GIVEN_UP = "given_up", "given up"
        CANCELLED = "cancelled", "not sent"

    channel = models.ForeignKey(AlertChannel, on_delete=models.CASCADE, related_name="deliveries")
    event = models.ForeignKey(
        AlertEvent, null=True, on_delete=models.CASCADE, related_name="deliveries", help_text="Empty: a test."
    )
    notice = models.ForeignKey(
        Notice, null=True, on_delete=models.SET_NULL, related_name="+", help_text="Of a webhook, which goes its way."
    )
    what = models.CharField(max_length=8, choices=What.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    due_at = models.DateTimeField(db_default=AppNow())
    give_up_at = models.DateTimeField(null=True, help_text="Counted from the first try: quiet hours may be long.")
    lease_until = models.DateTimeField(null=True)
    fence = models.PositiveIntegerField(default=0, help_text="Raised by each claim; an old one finishes nothing.")
    tries = models.PositiveSmallIntegerField(default=0)
    crashes = models.PositiveSmallIntegerField(default=0, help_text="Tries whose worker never came back.")
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "event", "what"], condition=Q(event__isnull=False), name="alert_told_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="alert_delivery_newest"),
            models.Index(fields=["organization", "due_at"], name="alert_delivery_due", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.what} of {self.event_id} to {self.channel_id}: {self.state}"

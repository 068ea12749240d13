"""Reports by e-mail: who gets which, when, and how each letter went."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from wrapups.domain.schedules import Every
from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned


class ReportSubscription(Owned):
    """A report that one person gets by e-mail, by the day or by the week, until it ends."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    report = models.CharField(max_length=32, help_text="Its name, as it stands in the address.")
    query = models.CharField(max_length=1000, blank=True, help_text="What is asked of it, as in the address after '?'.")
    every = models.CharField(max_length=8, choices=[(each.value, each.value) for each in Every])
    weekday = models.PositiveSmallIntegerField(default=0, help_text="0 is Monday; of a weekly one.")
    hour = models.PositiveSmallIntegerField()
    time_zone = models.CharField(max_length=64, help_text="The zone of that hour.")
    next_at = models.DateTimeField()
    created_at = models.DateTimeField(db_default=AppNow())
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "person", "report", "query", "every"],
                condition=Q(ended_at=None),
                name="report_subscribed_once",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "next_at"], condition=Q(ended_at=None), name="report_due"),
            models.Index(fields=["organization", "person", "-id"], name="report_subscriptions_of"),
        ]
        triggers: ClassVar = [audited(leave_out=["next_at"])]

    def __str__(self) -> str:
        return f"{self.report} to {self.person_id} every {self.every}"


class ReportLetter(Owned):
    """One sending of a subscription: there before the letter leaves, so that none leaves twice by itself."""

    class State(models.TextChoices):
        WAITING = "waiting", "to be sent again"
        SENDING = "sending", "being sent"
        SENT = "sent", "sent"
        FAILED = "failed", "failed"
        LEFT_OUT = "left_out", "not sent"

    subscription = models.ForeignKey(ReportSubscription, on_delete=models.CASCADE, related_name="letters")
    due_at = models.DateTimeField(help_text="The time it was for.")
    state = models.CharField(max_length=12, choices=State.choices, default=State.SENDING)
    problem = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subscription", "due_at"], name="report_letter_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["organization", "state"],
                condition=Q(state__in=["waiting", "sending"]),
                name="report_letter_open",
            )
        ]

    def __str__(self) -> str:
        return f"letter of {self.subscription_id} for {self.due_at}: {self.state}"

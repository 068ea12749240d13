"""Acts on many assignments at once: the set is frozen first, then worked off in pieces that survive a kill."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from wrapups.models.assignments import Assignment
from wrapups.models.audit import Act, audited
from wrapups.models.clock import AppNow
from wrapups.models.rules import Release
from wrapups.models.scoping import Owned


class BulkAct(Owned):
    """One act on a frozen set: its preview, its progress, its outcome."""

    class Kind(models.TextChoices):
        PUT_BACK = "put_back", "put the earlier codes back"
        DECIDE_AGAIN = "decide_again", "decide again what was not sent"
        RETRY = "retry", "retry"
        CANCEL = "cancel", "cancel"
        REDECIDE = "redecide", "decide again by the rules in force"
        HAND_OVER = "hand_over", "hand to a person"

    class State(models.TextChoices):
        FREEZING = "freezing", "being counted"
        READY = "ready", "waiting for your word"
        RUNNING = "running", "running"
        DONE = "done", "done"
        CANCELLED = "cancelled", "cancelled"

    OPEN = (State.FREEZING, State.READY, State.RUNNING)
    ON_ASSIGNMENTS = (Kind.RETRY, Kind.CANCEL, Kind.REDECIDE, Kind.HAND_OVER)
    """What people do with assignments that they found. The others follow from a release."""

    kind = models.CharField(max_length=16, choices=Kind.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    origin = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")
    hands_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        help_text="Whom its rows are handed to; empty: nobody, or it hands nothing over.",
    )
    address = models.TextField(
        blank=True,
        db_default="",
        default="",
        help_text="The address of the list that found its rows; empty: they were ticked.",
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.FREEZING)
    cursor = models.TextField(blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    counted = models.JSONField(default=dict, help_text="How many rows there are of each outcome.")
    act = models.ForeignKey(Act, null=True, on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField(db_default=AppNow())
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=AppNow())
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "kind"],
                condition=models.Q(state__in=["freezing", "ready", "running"], kind__in=["put_back", "decide_again"]),
                name="bulk_act_one_open_of_kind",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="bulk_act_newest"),
            models.Index(
                fields=["organization", "id"],
                condition=models.Q(state__in=["freezing", "ready", "running"]),
                name="bulk_act_open",
            ),
        ]
        triggers: ClassVar = [audited(leave_out=["cursor", "done", "counted", "due_at", "lease_until"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"


class BulkActRow(Owned):
    """One assignment of a frozen set, and what became of it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "waiting"
        DONE = "done", "done"
        SKIPPED = "skipped", "skipped"

    # Without an index of its own: those below begin with the act, which belongs to one organization.
    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    bulk_act = models.ForeignKey(BulkAct, on_delete=models.CASCADE, related_name="rows", db_index=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="+")
    made = models.ForeignKey(Assignment, null=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.WAITING)
    why = models.CharField(max_length=200, blank=True, help_text="Why it was skipped.")
    epoch = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often a person had sent it again when the set was frozen."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bulk_act", "assignment"], name="bulk_act_row_once")]
        indexes: ClassVar = [models.Index(fields=["bulk_act", "outcome", "id"], name="bulk_act_rows")]

    def __str__(self) -> str:
        return f"{self.outcome} in {self.bulk_act_id}"

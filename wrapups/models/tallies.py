"""Counts that pages show, kept up by a sweep: what was decided each day and what became of it, and what was said."""

from collections.abc import Collection, Mapping
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from wrapups.models.audit import audited
from wrapups.models.catalogue import WrapupCode
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned


class DecisionTally(Owned):
    """How many communications that ended on one day were decided alike. A day is counted anew as a whole.

    Days are those of the organization's time zone (`CountedDay`). Rows without a source count every communication
    once, whatever was said about it, apart by code, status and what it carried before us. Rows with a source count
    those of whose conversation it said that disposition, at whatever time: one communication may be in several.
    """

    class Agreement(models.TextChoices):
        """What the agent had chosen, beside what the rule chose."""

        NONE = "none", "none"
        SAME = "same", "the same"
        OTHER = "other", "another"

    class Found(models.TextChoices):
        """What the communication carried before us."""

        NONE = "none", "none"
        SYSTEM = "system", "set by Genesys"
        CHOSEN = "chosen", "chosen by a person"

    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    queue_id = models.CharField(max_length=64, blank=True)
    source = models.CharField(
        max_length=64, blank=True, help_text="Who said the disposition; empty: counted whatever was said."
    )
    disposition = models.CharField(max_length=128, blank=True)
    rule_identity = models.UUIDField(null=True, help_text="Empty where no rule matched.")
    reason = models.CharField(max_length=32, blank=True, help_text="Why nothing was written, if so.")
    agreement = models.CharField(max_length=8, choices=Agreement.choices, default=Agreement.NONE)
    wrapup_code = models.ForeignKey(
        WrapupCode, null=True, on_delete=models.PROTECT, related_name="+", db_index=False, help_text="The code wanted."
    )
    status = models.CharField(max_length=16, blank=True, default="", db_default="")
    found = models.CharField(
        max_length=8,
        choices=Found.choices,
        blank=True,
        default="",
        db_default="",
        help_text="What it carried before us.",
    )
    count = models.PositiveIntegerField()
    last_at = models.DateTimeField()
    counted_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["organization", "day"], name="tally_of_day"),
            models.Index(fields=["organization", "day"], condition=Q(source=""), name="tally_of_day_plain"),
        ]

    @classmethod
    def on_queues(cls, queue_ids: Collection[str]) -> Q:
        """Return which counts are of these queues."""
        return Q(queue_id__in=queue_ids)

    def __str__(self) -> str:
        return f"{self.count} on {self.day}"


class DaySum(Owned):
    """What the plain tallies of one day come to by fewer columns, counted with them: reports over many days read these.

    A row has a value in the columns that `by` names (`SUMMED_BY`), and none in the others.
    """

    class By(models.TextChoices):
        STATUS = "status", "what was found, and status"
        CODE = "code", "the code wanted"
        RULE = "rule", "rule and what the agent had chosen"
        QUEUE_STATUS = "queue_status", "queue, what was found, and status"
        QUEUE_CODE = "queue_code", "queue and the code wanted"

    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    by = models.CharField(max_length=16, choices=By.choices)
    queue_id = models.CharField(max_length=64, blank=True)
    rule_identity = models.UUIDField(null=True)
    agreement = models.CharField(max_length=8, blank=True)
    wrapup_code = models.ForeignKey(WrapupCode, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    status = models.CharField(max_length=16, blank=True)
    found = models.CharField(max_length=8, blank=True)
    count = models.PositiveIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization", "by", "day"], name="day_sum_by")]

    @classmethod
    def on_queues(cls, queue_ids: Collection[str]) -> Q:
        """Return which sums are of these queues; what is not summed by queue is of none."""
        return Q(queue_id__in=queue_ids)

    def __str__(self) -> str:
        return f"{self.count} on {self.day} by {self.by}"


SUMMED_BY: Mapping[DaySum.By, frozenset[str]] = {
    DaySum.By.STATUS: frozenset({"found", "status"}),
    DaySum.By.CODE: frozenset({"wrapup_code_id"}),
    DaySum.By.RULE: frozenset({"rule_identity", "agreement"}),
    DaySum.By.QUEUE_STATUS: frozenset({"queue_id", "found", "status"}),
    DaySum.By.QUEUE_CODE: frozenset({"queue_id", "wrapup_code_id"}),
}
"""The columns of each kind of sum, the one with the fewest rows first."""


class CountedDay(Owned):
    """A day whose tallies were counted: from when to when it was, in the zone the organization had then, and when."""

    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    day = models.DateField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    counted_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "day"], name="counted_day_once")]

    def __str__(self) -> str:
        return f"{self.day}, counted {self.counted_at}"


class DispositionSeen(Owned):
    """A disposition as a kind: how often one source said it, when first and last, and whether somebody set it aside."""

    source = models.CharField(max_length=64)
    code = models.CharField(max_length=128)
    count = models.PositiveIntegerField(default=0)
    first_said_at = models.DateTimeField()
    last_said_at = models.DateTimeField()
    known = models.BooleanField(
        null=True, help_text="Whether a rule in force, or of the draft, asks for it; empty: not judged yet."
    )
    dismissed_at = models.DateTimeField(null=True)
    dismissed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    dismissed_because = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "source", "code"], name="disposition_seen_once")]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-last_said_at", "-id"], name="disposition_latest"),
            models.Index(
                fields=["organization", "-last_said_at", "-id"],
                condition=Q(known=False, dismissed_at=None),
                name="disposition_inbox",
            ),
        ]
        triggers: ClassVar = [audited(leave_out=["count", "first_said_at", "last_said_at", "known"])]

    def __str__(self) -> str:
        return f"{self.source}: {self.code}"

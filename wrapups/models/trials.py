"""Rules tried before they act: saved cases, and a draft run over past conversations."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from wrapups.models.assignments import Assignment
from wrapups.models.audit import audited
from wrapups.models.catalogue import WrapupCode
from wrapups.models.clock import AppNow
from wrapups.models.rules import Release
from wrapups.models.scoping import Owned


class RuleCase(Owned):
    """Facts, and the code the rules must choose for them: asked at each publishing."""

    name = models.CharField(max_length=120)
    facts = models.JSONField(default=dict)
    expected_code = models.ForeignKey(
        WrapupCode,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: no rule matches.",
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        ordering: ClassVar = ["name"]
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="rule_case_name_once")]
        triggers: ClassVar = [audited()]

    def __str__(self) -> str:
        return self.name


class WhatIf(Owned):
    """What a draft would have decided of past conversations, beside a published release. It writes nothing."""

    class State(models.TextChoices):
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    draft_number = models.PositiveIntegerField()
    rules = models.JSONField(default=list, help_text="The draft's rules as they were when it began.")
    against = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="+")
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    queues = ArrayField(
        models.CharField(max_length=64), default=list, db_default=[], help_text="Genesys ids; none means every queue."
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.RUNNING)
    cursor = models.TextField(blank=True)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    counted = models.JSONField(default=dict)
    due_at = models.DateTimeField(db_default=AppNow())
    lease_until = models.DateTimeField(null=True)
    problem = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization"], condition=Q(state="running"), name="what_if_one_running")
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "-id"], name="what_if_newest")]
        triggers: ClassVar = [
            audited(leave_out=["rules", "cursor", "total", "done", "changed", "counted", "due_at", "lease_until"])
        ]

    def __str__(self) -> str:
        return f"what-if {self.pk}: {self.state}"


class WhatIfChange(Owned):
    """One communication that the draft decides otherwise."""

    class Kind(models.TextChoices):
        OTHER = "other", "another code"
        MATCHED = "matched", "newly matched"
        UNMATCHED = "unmatched", "no longer matched"

    # Without an index of its own: those below begin with the run, which belongs to one organization.
    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    what_if = models.ForeignKey(WhatIf, on_delete=models.CASCADE, related_name="changes", db_index=False)
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    queue_id = models.CharField(max_length=64, blank=True)
    before_code_id = models.CharField(max_length=64, blank=True, help_text="Genesys id; empty for none.")
    after_code_id = models.CharField(max_length=64, blank=True)
    before_rule = models.CharField(max_length=120, blank=True, help_text="The rule's name; empty for none.")
    after_rule = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["what_if", "assignment"], name="what_if_change_once")]
        indexes: ClassVar = [models.Index(fields=["what_if", "id"], name="what_if_newest_change")]

    def __str__(self) -> str:
        return f"{self.kind} in what-if {self.what_if_id}"

"""Mapping rules and the releases they are published in. A published release never changes."""

import uuid
from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from wrapups.models.audit import audited
from wrapups.models.catalogue import WrapupCode
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned


class Release(Owned):
    """A numbered set of rules. At most one is a draft, and at most one is in force."""

    class State(models.TextChoices):
        DRAFT = "draft"
        PROPOSED = "proposed"
        PUBLISHED = "published"
        RETIRED = "retired"

    number = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    reason = models.TextField(blank=True, help_text="Why it was published, in its author's words.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(db_default=AppNow())
    published_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    # From a draft to a release that others have agreed to.
    base = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", help_text="In force when it was begun."
    )
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    publish_at = models.DateTimeField(null=True, blank=True, help_text="Put in force then, if nothing stands against.")
    held_because = models.CharField(max_length=300, blank=True, db_default="", help_text="What stood against it.")
    restores = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", help_text="It has the rules of this one again."
    )

    # How much of what ends it decides, and whether that is written.
    shadow = models.BooleanField(default=False, db_default=False, help_text="Decide and record, write nothing.")
    decides_again = models.BooleanField(
        default=False, db_default=False, help_text="What was decided before and not sent is decided again by it."
    )
    rollout_percent = models.PositiveSmallIntegerField(
        default=100, db_default=100, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    rollout_queues = ArrayField(
        models.CharField(max_length=64), default=list, db_default=[], help_text="Genesys ids; none means every queue."
    )
    beside = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="+", help_text="Decides what the roll-out leaves out."
    )

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="release_number_once"),
            # What puts an earlier release back is a draft only within its transaction, and waits for no other.
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(state__in=["draft", "proposed"], restores=None),
                name="release_one_draft",
            ),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(state="published"), name="release_one_in_force"
            ),
        ]
        triggers: ClassVar = [
            audited(),
            pgtrigger.FSM(
                name="release_moves",
                field="state",
                transitions=[
                    ("draft", "proposed"),
                    ("draft", "published"),
                    ("proposed", "draft"),
                    ("proposed", "published"),
                    ("published", "retired"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"Release {self.number}"


class MappingRule(Owned):
    """Conditions -> wrap-up code: one line of a release; the first line whose conditions all hold decides."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="rules")
    line = models.PositiveIntegerField()
    name = models.CharField(max_length=120)
    conditions = models.JSONField(default=dict, help_text='{"all": [{"fact", "operator", "value"}, ...]}')
    wrapup_code = models.ForeignKey(WrapupCode, on_delete=models.PROTECT, related_name="rules")
    notes = models.CharField(max_length=1000, blank=True, help_text="Written beside the code.")
    enabled = models.BooleanField(default=True)
    identity = models.UUIDField(
        default=uuid.uuid4, db_default=RandomUUID(), help_text="The same in every release that has this rule."
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    tags = ArrayField(models.CharField(max_length=40), default=list, db_default=[], blank=True)
    remark = models.CharField(max_length=500, blank=True, db_default="", help_text="For colleagues; written nowhere.")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    policies = models.JSONField(
        default=dict, db_default={}, blank=True, help_text="What of the organization's policies it does otherwise."
    )

    class Meta:
        ordering: ClassVar = ["line"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "line"], name="rule_line_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.UniqueConstraint(fields=["release", "identity"], name="rule_identity_once"),
        ]
        triggers: ClassVar = [
            audited(),
            pgtrigger.Trigger(
                name="only_in_a_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT 1 FROM wrapups_release
                                WHERE id IN (OLD.release_id, NEW.release_id) AND state <> 'draft') THEN
                        RAISE EXCEPTION 'outside a draft, rules never change' USING ERRCODE = '42501';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name

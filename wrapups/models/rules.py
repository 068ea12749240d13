"""Mapping rules and the releases they are published in. A published release never changes."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
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

    class Meta:
        ordering: ClassVar = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["organization", "number"], name="release_number_once"),
            models.UniqueConstraint(
                fields=["organization"], condition=models.Q(state__in=["draft", "proposed"]), name="release_one_draft"
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

    class Meta:
        ordering: ClassVar = ["line"]
        constraints = [
            models.UniqueConstraint(
                fields=["release", "line"], name="rule_line_once", deferrable=models.Deferrable.DEFERRED
            )
        ]
        triggers: ClassVar = [
            audited(),
            pgtrigger.Trigger(
                name="only_in_a_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT 1 FROM wrapups_release
                                WHERE id IN (OLD.release_id, NEW.release_id) AND state IN ('published', 'retired')) THEN
                        RAISE EXCEPTION 'the rules of a published release never change' USING ERRCODE = '42501';
                    END IF;
                    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.name

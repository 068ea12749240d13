"""Files of rules: checked as a whole, shown as what would change, and put into the draft when somebody says so."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned


class RuleImport(Owned):
    """One file of rules as it was read, until it is taken into the draft or thrown away."""

    class State(models.TextChoices):
        CHECKED = "checked", "checked, not yet taken in"
        DONE = "done", "taken in"
        CANCELLED = "cancelled", "cancelled"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200, help_text="As the person called it; only ever shown.")
    lines = models.JSONField(default=list, help_text="The rules as the file has them, each with its line.")
    state = models.CharField(max_length=12, choices=State.choices, default=State.CHECKED)
    counted = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=AppNow())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization", "-id"], name="rule_import_newest")]
        triggers: ClassVar = [audited(leave_out=["lines"])]

    def __str__(self) -> str:
        return f"import {self.pk}: {self.state}"

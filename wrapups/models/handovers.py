"""Who sees to an assignment that waits for a person."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from wrapups.models.assignments import Assignment
from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned


class Handover(Owned):
    """Who holds an assignment now, who handed it to them, when, and what was said. No row: nobody holds it.

    It means something only while the assignment waits for a person; `wrapups.services.handing_over` says more. A table
    of its own, since one assignment in many thousands is ever handed to anybody.
    """

    # The key is the assignment's and named as every key is, so that the audit, which knows rows by it, tells of both
    # under one.
    assignment = models.OneToOneField(
        Assignment, primary_key=True, db_column="id", on_delete=models.CASCADE, related_name="handover"
    )
    organization = models.ForeignKey("wrapups.Organization", on_delete=models.PROTECT, related_name="+", db_index=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    handed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False)
    note = models.CharField(max_length=300, blank=True, help_text="What was said when it was handed over.")
    handed_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization", "owner", "assignment"], name="handover_of_owner")]
        triggers: ClassVar = [audited()]

    def __str__(self) -> str:
        return f"assignment {self.pk} handed to {self.owner_id}"

"""What outside systems said about conversations."""

from typing import ClassVar

from django.db import models

from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned


class Disposition(Owned):
    """What one outside system calls the outcome of one conversation: a fact for the rules.

    A source says a thing once: the same `event_id` again is a repetition, not a second disposition.
    """

    conversation_id = models.CharField(max_length=64)
    source = models.CharField(max_length=64)
    event_id = models.CharField(max_length=128)
    code = models.CharField(max_length=128)
    notes = models.CharField(max_length=1000, blank=True)
    said_at = models.DateTimeField()
    received_at = models.DateTimeField(db_default=AppNow())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "source", "event_id"], name="disposition_said_once")
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "conversation_id"], name="disposition_of")]
        triggers: ClassVar = [audited()]

    def __str__(self) -> str:
        return f"{self.source}: {self.code}"

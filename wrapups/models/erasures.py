"""Erasing one customer: who asked, how far it has come, and what keeps the customer erased.

What identifies the customer is sealed while it is needed and then gone; keyed digests of it stay, by which it is known
when it comes again.
"""

import json
from collections.abc import Sequence
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from wrapups.domain.erasing import Identifier, Kind
from wrapups.models.audit import Act, audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned
from wrapups.models.sealing import seal, unseal

BOOKKEEPING = ["sealed", "digests", "table", "after", "found", "erased", "failures", "due_at", "lease_until"]


class Erasure(Owned):
    """One customer who is erased: found and counted first, and erased when a person has said so."""

    class State(models.TextChoices):
        FINDING = "finding", "being found"
        READY = "ready", "waiting for your word"
        RUNNING = "running", "being erased"
        DONE = "done", "erased"
        CANCELLED = "cancelled", "cancelled"
        FAILED = "failed", "failed"

    MOVES_BY_ITSELF = (State.FINDING, State.RUNNING)
    OPEN = (State.FINDING, State.READY, State.RUNNING)

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    shown = models.CharField(max_length=300, help_text="What identifies the customer, masked.")
    sealed = models.TextField(blank=True, help_text="What identifies the customer; empty as soon as it is over.")
    digests = ArrayField(models.CharField(max_length=64), default=list, help_text="Of each identifier, keyed.")
    reason = models.CharField(max_length=300)
    act = models.ForeignKey(
        Act, null=True, on_delete=models.PROTECT, related_name="+", help_text="By which somebody had it done."
    )
    state = models.CharField(max_length=12, choices=State.choices, default=State.FINDING)
    table = models.CharField(max_length=64, blank=True, help_text="The table that is gone through; empty: the first.")
    after = models.BigIntegerField(default=0, help_text="The key of the last row of it that has been looked at.")
    conversations = models.PositiveIntegerField(default=0, help_text="Conversations found.")
    found = models.JSONField(default=dict, help_text="Table -> rows in which the customer was found.")
    erased = models.JSONField(default=dict, help_text="Table -> rows in which something was erased.")
    failures = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=500, blank=True)
    due_at = models.DateTimeField(db_default=AppNow())
    lease_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=AppNow())
    confirmed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=Q(state__in=["finding", "ready", "running"]),
                name="erasure_one_open",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["organization", "-id"], name="erasure_newest")]
        triggers: ClassVar = [audited(leave_out=BOOKKEEPING)]

    def __str__(self) -> str:
        return f"erasure {self.pk}: {self.state}"

    @property
    def goes_on(self) -> bool:
        """Whether it failed half-way and can be gone on with: whom it is about is still kept."""
        return self.state == self.State.FAILED and self.confirmed_at is not None and bool(self.sealed)

    def identifiers(self) -> tuple[Identifier, ...]:
        """Return what identifies the customer; nothing once it is over. Raises SealBroken."""
        kept = json.loads(unseal(self.sealed, belongs_to=f"erasure:{self.organization_id}") or "[]")
        return tuple(Identifier(Kind(kind), value) for kind, value in kept)

    def seal(self, identifiers: Sequence[Identifier]) -> None:
        """Keep what identifies the customer, to be read by who has the field keys. Saves nothing."""
        told = json.dumps([[each.kind.value, each.value] for each in identifiers])
        self.sealed = seal(told, belongs_to=f"erasure:{self.organization_id}")

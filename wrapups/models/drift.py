"""What changed in Genesys Cloud under the feet of our rules."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from wrapups.models.audit import audited
from wrapups.models.catalogue import Queue, WrapupCode
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned


class DriftNotice(Owned):
    """One wrap-up code that was deleted, renamed or taken off a queue; ended when that is so no longer, or seen to."""

    class Kind(models.TextChoices):
        DELETED = "deleted", "deleted"
        RENAMED = "renamed", "renamed"
        OFF_QUEUE = "off_queue", "taken off a queue"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    wrapup_code = models.ForeignKey(WrapupCode, on_delete=models.CASCADE, related_name="+")
    queue = models.ForeignKey(Queue, null=True, on_delete=models.CASCADE, related_name="+")
    old_name = models.CharField(max_length=256, blank=True)
    new_name = models.CharField(max_length=256, blank=True)
    noticed_at = models.DateTimeField(db_default=AppNow())
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=200, blank=True)
    dismissed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who has seen to it; it is not noticed again until it happens anew.",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["wrapup_code", "kind", "queue"],
                condition=Q(ended_at=None),
                name="drift_noticed_once",
                nulls_distinct=False,
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["organization", "-id"], name="drift_newest"),
            models.Index(fields=["organization", "-id"], condition=Q(ended_at=None), name="drift_open"),
        ]
        triggers: ClassVar = [audited()]

    def __str__(self) -> str:
        return f"{self.wrapup_code_id} {self.kind}"


class NameSeen(Owned):
    """A name that an entry of the catalogue had, and since when; the newest is its name now."""

    table = models.CharField(max_length=32, help_text="The kind of entry: 'queue', 'wrapup_code', 'agent' ...")
    genesys_id = models.CharField(max_length=64)
    name = models.CharField(max_length=256)
    since = models.DateTimeField(db_default=AppNow())

    class Meta:
        indexes: ClassVar = [models.Index(fields=["organization", "table", "genesys_id", "-id"], name="name_seen_of")]

    def __str__(self) -> str:
        return f"{self.name} since {self.since}"

"""Copies of what Genesys Cloud has: never deleted, with the names they last had."""

from typing import ClassVar

from django.db import models

from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned

ENGINE_COLUMNS = ["seen_at"]


class CatalogueEntry(Owned):
    """Something with an id and a name in Genesys Cloud."""

    genesys_id = models.CharField(max_length=64)
    name = models.CharField(max_length=256)
    division_id = models.CharField(max_length=64, blank=True)
    seen_at = models.DateTimeField(db_default=AppNow())
    gone_at = models.DateTimeField(null=True, blank=True, help_text="Since when Genesys no longer lists it.")

    class Meta:
        abstract = True
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


def _listed_once(name: str) -> list[models.BaseConstraint]:
    return [models.UniqueConstraint(fields=["organization", "genesys_id"], name=f"{name}_once")]


class Division(CatalogueEntry):
    class Meta(CatalogueEntry.Meta):
        constraints = _listed_once("division")
        triggers: ClassVar = [audited(leave_out=ENGINE_COLUMNS)]


class WrapupCode(CatalogueEntry):
    description = models.TextField(blank=True)

    class Meta(CatalogueEntry.Meta):
        constraints = _listed_once("wrapup_code")
        triggers: ClassVar = [audited(leave_out=ENGINE_COLUMNS)]


class Queue(CatalogueEntry):
    acw_prompt = models.CharField(max_length=32, blank=True)
    acw_timeout_ms = models.PositiveIntegerField(null=True)
    wrapup_codes = models.ManyToManyField(WrapupCode, through="QueueWrapupCode", related_name="queues")

    class Meta(CatalogueEntry.Meta):
        constraints = _listed_once("queue")
        triggers: ClassVar = [audited(leave_out=ENGINE_COLUMNS)]


class QueueWrapupCode(Owned):
    """This code is on this queue, or was until `gone_at`."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="offers")
    wrapup_code = models.ForeignKey(WrapupCode, on_delete=models.CASCADE, related_name="offers")
    seen_at = models.DateTimeField(db_default=AppNow())
    gone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "wrapup_code"], name="queue_wrapup_code_once")]
        triggers: ClassVar = [audited(leave_out=ENGINE_COLUMNS)]

    def __str__(self) -> str:
        return f"{self.wrapup_code} on {self.queue}"


class Agent(CatalogueEntry):
    email = models.CharField(max_length=256, blank=True)

    class Meta(CatalogueEntry.Meta):
        constraints = _listed_once("agent")
        triggers: ClassVar = [audited(leave_out=ENGINE_COLUMNS)]

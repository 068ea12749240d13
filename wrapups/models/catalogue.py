"""Copies of what Genesys Cloud has: never deleted, with the names they last had."""

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models

from wrapups.models.audit import audited
from wrapups.models.clock import AppNow
from wrapups.models.scoping import Owned

ENGINE_COLUMNS = ["seen_at", "modified_at", "codes_read_at"]


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


def _triggers(name: str) -> list[pgtrigger.Trigger]:
    """Return the audit's trigger, and the one that keeps every name an entry has had (`NameSeen`)."""
    names_kept = pgtrigger.Trigger(
        name="names_kept",
        when=pgtrigger.After,
        operation=pgtrigger.Insert | pgtrigger.UpdateOf("name"),
        func=f"""
            IF TG_OP = 'INSERT' OR NEW.name IS DISTINCT FROM OLD.name THEN
                INSERT INTO wrapups_nameseen (organization_id, "table", genesys_id, name, since)
                     VALUES (NEW.organization_id, '{name}', NEW.genesys_id, NEW.name, app_now());
            END IF;
            RETURN NULL;
        """,  # noqa: S608 (the names are those of this module)
    )
    return [audited(leave_out=ENGINE_COLUMNS), names_kept]


class Division(CatalogueEntry):
    class Meta(CatalogueEntry.Meta):
        constraints = _listed_once("division")
        triggers: ClassVar = _triggers("division")


class WrapupCode(CatalogueEntry):
    description = models.TextField(blank=True)
    dialler_flags = ArrayField(
        models.CharField(max_length=64),
        default=list,
        blank=True,
        help_text="What the code means to outbound campaigns, in Genesys' spelling: 'Contact_UnCallable' ...",
    )

    class Meta(CatalogueEntry.Meta):
        constraints = _listed_once("wrapup_code")
        triggers: ClassVar = _triggers("wrapup_code")


class Queue(CatalogueEntry):
    acw_prompt = models.CharField(max_length=32, blank=True)
    acw_timeout_ms = models.PositiveIntegerField(null=True)
    modified_at = models.DateTimeField(null=True, help_text="When it was last changed in Genesys Cloud.")
    codes_read_at = models.DateTimeField(
        null=True, help_text="When we last read its codes; empty: not since it was last changed."
    )
    wrapup_codes = models.ManyToManyField(WrapupCode, through="QueueWrapupCode", related_name="queues")

    class Meta(CatalogueEntry.Meta):
        constraints = _listed_once("queue")
        triggers: ClassVar = _triggers("queue")


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
    inactive = models.BooleanField(default=False, help_text="Still listed, and not able to sign in.")

    class Meta(CatalogueEntry.Meta):
        constraints = _listed_once("agent")
        triggers: ClassVar = _triggers("agent")

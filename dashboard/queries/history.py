"""What people did, and every row that changed: both newest first, page by page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from wrapups.models import Act, AuditEntry, Organization

SHOWN_OF_AN_ACT = 5
VERBS_OFFERED = 300

_VERBS = """
WITH RECURSIVE told AS (
    (SELECT verb FROM wrapups_act WHERE organization_id = %(organization)s ORDER BY verb LIMIT 1)
    UNION ALL
    SELECT (
        SELECT verb FROM wrapups_act WHERE organization_id = %(organization)s AND verb > told.verb ORDER BY verb LIMIT 1
    ) FROM told WHERE told.verb IS NOT NULL
)
SELECT verb FROM told WHERE verb IS NOT NULL LIMIT %(most)s
"""
"""Goes from one verb to the next by the index `act_by_verb`, and reads none of the acts between."""


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """What a person looks for; empty and None mean "any". `who` is "person:7", "key:3", or "system" for the engine."""

    who: str = ""
    verb: str = ""
    table: str = ""
    row: str = ""
    act: int | None = None
    since: datetime | None = None

    def acts(self, organization: Organization) -> QuerySet[Act]:
        """Return what people did that matches; only `who`, `verb` and `since` narrow it."""
        acts = Act.objects.filter(organization=organization).select_related("person", "api_key")
        if self.who:
            acts = acts.filter(**_actor(self.who))
        if self.verb:
            acts = acts.filter(verb=self.verb)
        return acts.filter(at__gte=self.since) if self.since else acts

    def entries(self, organization: Organization) -> QuerySet[AuditEntry]:
        """Return the changed rows that match."""
        entries = AuditEntry.objects.filter(organization_id=organization.pk).select_related(
            "act__person", "act__api_key"
        )
        if self.who == "system":
            entries = entries.filter(actor__startswith="system:")
        elif self.who:
            entries = entries.filter(actor=self.who)
        equal = {"table": self.table, "row": self.row, "act": self.act}
        entries = entries.filter(**{name: value for name, value in equal.items() if value})
        return entries.filter(at__gte=self.since) if self.since else entries

    def query_string(self, **more: object) -> str:
        """Return the address's part from "?" on, with further parameters."""
        asked = {field.name: getattr(self, field.name) for field in fields(self)} | more
        if self.since:
            asked["since"] = timezone.localtime(self.since).strftime("%Y-%m-%dT%H:%M")
        return f"?{urlencode({name: value for name, value in asked.items() if value})}"


def verbs_of(organization: Organization) -> list[str]:
    """Return what people have done in this organization, in the product's words, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_VERBS, {"organization": organization.pk, "most": VERBS_OFFERED})
        return [verb for (verb,) in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class ActShown:
    """One act with its first changed rows, and how many it changed in all."""

    act: Act
    entries: list[Any]
    total: int

    @property
    def unseen(self) -> int:
        """How many changed rows are not among `entries`."""
        return self.total - len(self.entries)


def with_entries(acts: Sequence[Act], organization: Organization) -> list[ActShown]:
    """Return the acts, each with its first few changed rows; one query for all."""
    entries = AuditEntry.objects.filter(organization_id=organization.pk, act__in=[act.pk for act in acts])
    numbered = entries.annotate(
        place=Window(RowNumber(), partition_by=F("act"), order_by=F("id").asc()),
        total=Window(Count("id"), partition_by=F("act")),
    )
    of_act: dict[int | None, list[Any]] = {}
    for entry in numbered.filter(place__lte=SHOWN_OF_AN_ACT).order_by("id"):
        of_act.setdefault(entry.act_id, []).append(entry)
    return [_shown(act, of_act.get(act.pk, [])) for act in acts]


def _shown(act: Act, entries: list[Any]) -> ActShown:
    return ActShown(act, entries, entries[0].total if entries else 0)


def _actor(who: str) -> dict[str, int]:
    """Return what narrows acts to those of "person:7" or "key:3"; the engine acts for nobody, so it has no acts."""
    kind, _, key = who.partition(":")
    return {"api_key" if kind == "key" else "person": int(key or 0)}


def all_entries(shown: Iterable[ActShown]) -> list[Any]:
    """Return the rows of several acts in one list."""
    return [entry for each in shown for entry in each.entries]

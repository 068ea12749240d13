"""The copies of Genesys Cloud's catalogue as its pages list them: by name, with what each is used for."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from wrapups.models import (
    Agent,
    Division,
    MappingRule,
    NameSeen,
    Organization,
    Queue,
    QueueWrapupCode,
    Release,
    Sweep,
    WrapupCode,
)
from wrapups.models.clock import AppNow

ACW_WORDS: Mapping[str, str] = {
    "OPTIONAL": "Optional",
    "MANDATORY": "Mandatory, discretionary",
    "MANDATORY_TIMEOUT": "Mandatory, time-boxed",
    "MANDATORY_FORCED_TIMEOUT": "Mandatory, time-boxed, no early exit",
    "AGENT_REQUESTED": "Agent requested",
}
"""Genesys' own labels of a queue's after-call work, by `acwSettings.wrapupPrompt`."""

NAMES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Reading:
    """When the catalogue was last read, what stopped it, and whether a reading is due or under way."""

    succeeded_at: datetime | None = None
    problem: str = ""
    due: bool = False
    under_way: bool = False


def last_reading(organization: Organization) -> Reading:
    """Return how the catalogue's reading stands."""
    sweeps = Sweep.objects.filter(organization=organization, kind=Sweep.Kind.CATALOGUE).annotate(now=AppNow())
    sweep = sweeps.first()
    if sweep is None:
        return Reading()
    under_way = sweep.lease_until is not None and sweep.lease_until > sweep.now
    return Reading(sweep.succeeded_at, sweep.problem, due=sweep.due_at <= sweep.now, under_way=under_way)


def names_of(organization: Organization, table: str, genesys_id: str) -> list[NameSeen]:
    """Return the names an entry has had, newest first; the first we ever saw may have been older."""
    rows = NameSeen.objects.of(organization).filter(table=table, genesys_id=genesys_id)
    return list(rows.order_by("-pk")[:NAMES_SHOWN])


def name_then(organization: Organization, table: str, genesys_id: str, at: str) -> Subquery:
    """Return, as a column, the name that an entry had at a time; both are named by columns of the same row."""
    seen = NameSeen.objects.of(organization).filter(table=table, since__lte=OuterRef(at))
    return Subquery(seen.filter(genesys_id=OuterRef(genesys_id)).order_by("-pk").values("name")[:1])


def queues(organization: Organization) -> QuerySet[Any]:
    """Return the queues with `division`'s name and how many codes are on each."""
    codes = QueueWrapupCode.objects.of(organization).filter(queue=OuterRef("pk"), gone_at=None)
    return _listed(Queue, organization).annotate(codes=_count(codes, "queue"))


def codes(organization: Organization) -> QuerySet[Any]:
    """Return the wrap-up codes with on how many queues each is, and how many rules in force choose it."""
    offers = QueueWrapupCode.objects.of(organization).filter(wrapup_code=OuterRef("pk"), gone_at=None)
    rules = MappingRule.objects.of(organization).filter(
        wrapup_code=OuterRef("pk"), release__state=Release.State.PUBLISHED, enabled=True
    )
    return _listed(WrapupCode, organization).annotate(
        on_queues=_count(offers, "wrapup_code"), in_rules=_count(rules, "wrapup_code")
    )


def agents(organization: Organization) -> QuerySet[Any]:
    """Return the agents."""
    return _listed(Agent, organization)


def divisions(organization: Organization) -> QuerySet[Any]:
    """Return the divisions with how many queues each has."""
    of_division = Queue.objects.of(organization).filter(division_id=OuterRef("genesys_id"), gone_at=None)
    return Division.objects.of(organization).annotate(queues=_count(of_division, "division_id")).order_by(*BY_NAME)


def codes_of(organization: Organization, queue: Queue) -> QuerySet[Any]:
    """Return the codes that are, or were, on a queue, each with `offer_gone_at`."""
    return (
        codes(organization)
        .filter(offers__queue=queue)
        .annotate(offer_gone_at=F("offers__gone_at"))
        .order_by(F("offers__gone_at").asc(nulls_first=True), *BY_NAME)
    )


def queues_of(organization: Organization, code: WrapupCode) -> QuerySet[Any]:
    """Return the queues that a code is, or was, on, each with `offer_gone_at`."""
    return (
        queues(organization)
        .filter(offers__wrapup_code=code)
        .annotate(offer_gone_at=F("offers__gone_at"))
        .order_by(F("offers__gone_at").asc(nulls_first=True), *BY_NAME)
    )


def narrowed(rows: QuerySet[Any], *, state: str, division: str) -> QuerySet[Any]:
    """Return the rows that Genesys Cloud still lists ("listed"), or no longer ("gone"), or all; of one division."""
    if state:
        rows = rows.filter(gone_at__isnull=state == "listed")
    return rows.filter(division_id=division) if division else rows


def named_like(rows: QuerySet[Any], typed: str) -> QuerySet[Any]:
    """Return the rows whose name holds what was typed; agents are found by e-mail address too."""
    if not typed:
        return rows
    condition = Q(name__icontains=typed)
    if rows.model is Agent:
        condition |= Q(email__icontains=typed)
    return rows.filter(condition)


BY_NAME = ("name", "pk")


def _listed(model: Any, organization: Organization) -> QuerySet[Any]:
    division = Division.objects.of(organization).filter(genesys_id=OuterRef("division_id")).values("name")[:1]
    return model.objects.of(organization).annotate(division=Subquery(division)).order_by(*BY_NAME)


def _count(rows: QuerySet[Any], key: str) -> Any:
    counted = rows.order_by().values(key).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)

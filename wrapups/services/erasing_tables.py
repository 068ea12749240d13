"""Where something about a customer may stand: every column of text there is, but for those that cannot hold it.

A new model or column is looked through from its first day. What is left out is said here, and why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Cast

from wrapups.models import (
    AccessToken,
    Act,
    Agent,
    AlertChannel,
    AlertDelivery,
    AlertEvent,
    AlertRule,
    ApiKey,
    AuditEntry,
    CallBudget,
    CallTally,
    Conversation,
    DaySum,
    Division,
    DriftNotice,
    EventSource,
    Heartbeat,
    MappingRule,
    Membership,
    NameSeen,
    Organization,
    Person,
    Queue,
    QueueWrapupCode,
    Release,
    Subscription,
    Sweep,
    WorkHold,
    WrapupCode,
)
from wrapups.models.finding import COPIES

OURS = (
    *(Organization, CallBudget, CallTally, WorkHold, AccessToken, Sweep, Person, Membership, ApiKey, EventSource),
    *(Subscription, DaySum, AlertChannel, AlertRule, AlertEvent, AlertDelivery),
    *(Division, Queue, WrapupCode, QueueWrapupCode, Agent, NameSeen, DriftNotice, Release, Heartbeat),
)
"""What describes the contact centre, the people who work there and the processes that do."""

FIXED = (MappingRule,)
"""A published rule never changes: where one asks for a customer it is counted, and a person has to change the rules."""

TECHNICAL = frozenset({
    *("digest", "digests", "fingerprint", "key", "slug", "prefix", "sealed", "secret_sealed", "old_secret_sealed"),
    *("worker", "leased_by", "actor", "table", "row", "operation", "cursor", "zone", "scopes", "columns", "events"),
    *COPIES,
})  # fmt: skip
"""Columns that we fill ourselves with words, keys and marks of our own, or that a trigger fills anew from others."""

FIRST, LAST = (Conversation,), (Act, AuditEntry)
"""Who is erased is known by the conversations; what erasing leaves in the audit is looked through at the end."""


@dataclass(frozen=True, slots=True)
class Table:
    """One model with its columns of text. `fixed`: nothing in it may be changed."""

    model: type[Any]
    columns: Sequence[str]
    unique: frozenset[str]
    fixed: bool = False

    @property
    def name(self) -> str:
        return str(self.model._meta.db_table)

    @property
    def words(self) -> str:
        """What its rows are called."""
        return str(self.model._meta.verbose_name_plural)

    def rows(self, organization_pk: int) -> QuerySet[Any]:
        """Return an organization's rows."""
        manager = getattr(self.model, "everywhere", self.model._default_manager)
        found: QuerySet[Any] = manager.filter(organization_id=organization_pk)
        return found

    def holding(self, rows: QuerySet[Any], pattern: str) -> QuerySet[Any]:
        """Return those of the rows in which a regular expression finds something, in whatever column."""
        texts = {f"text_{name}": Cast(name, models.TextField()) for name in self.columns}
        asked = Q()
        for alias in texts:
            asked |= Q(**{f"{alias}__iregex": pattern})
        return rows.alias(**texts).filter(asked)


@cache
def tables() -> tuple[Table, ...]:
    """Return every table to be looked through, in order."""
    every = [model for model in apps.get_app_config("wrapups").get_models() if model not in OURS]
    between = [model for model in every if model not in FIRST and model not in LAST]
    ordered: list[type[models.Model]] = [*FIRST, *between, *LAST]
    found = [_table(model) for model in ordered]
    return tuple(table for table in found if table.columns)


def _table(model: type[models.Model]) -> Table:
    columns = [field.name for field in model._meta.concrete_fields if _may_hold(field)]
    constrained = (each.fields for each in model._meta.constraints if isinstance(each, models.UniqueConstraint))
    single = {field.name for field in model._meta.concrete_fields if field.unique}
    return Table(model, columns, frozenset().union(single, *constrained), fixed=model in FIXED)


def _may_hold(field: models.Field[Any, Any]) -> bool:
    """Whether a column holds what others write. Ids of Genesys are its own; ids of events are their sender's."""
    if field.choices or field.name in TECHNICAL or (field.name.endswith("_id") and field.name != "event_id"):
        return False
    inner = field.base_field if isinstance(field, ArrayField) else field
    return isinstance(inner, models.CharField | models.TextField | models.JSONField)

"""Numbers of reports: sums of the tallies of the days that were counted, or, by the hour, of the rows themselves."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, DurationField, ExpressionWrapper, F, QuerySet, Sum, Value
from django.db.models.functions import Extract, Floor, Upper

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.narrowing import NARROWING, NOTHING
from dashboard.queries.reports.asked import ReportFilter
from dashboard.queries.reports.period import HOUR, Period
from dashboard.queries.reports.tables import Cell
from wrapups.models import CountedDay, DaySum, DecisionTally, MappingRule, Organization, Queue, WrapupCode
from wrapups.models.tallies import SUMMED_BY
from wrapups.services.tallying import bounds_of


@dataclass(frozen=True, slots=True)
class Named:
    """What a row or a colour stands for: as it is called, and as a filter asks for it (empty: no filter can)."""

    words: str
    asked: str

    def __str__(self) -> str:
        return self.words

    @property
    def head(self) -> Cell:
        """It, as the head of a row."""
        return Cell(self.words)


@dataclass(frozen=True, slots=True)
class Counted:
    """Which days of a period are counted. `missing` are not, and are in no number."""

    days: frozenset[date]
    missing: tuple[date, ...]


def counted_days(organization: Organization, period: Period) -> Counted:
    """Return which of the days are counted as the days they are in the organization's zone now; one query."""
    rows = CountedDay.objects.of(organization).filter(day__range=(period.days[0], period.days[-1]))
    right = frozenset(row.day for row in rows if (row.begins_at, row.ends_at) == bounds_of(organization, row.day))
    return Counted(right, tuple(day for day in period.days if day not in right))


@dataclass(frozen=True, slots=True)
class Tallies:
    """What was counted on some days, of what a report's filter leaves; each communication is in it once."""

    organization: Organization
    asked: ReportFilter
    days: Collection[date]

    def summed(self, *columns: str) -> Counter[Any]:
        """Return how many there are by these columns: by their values, or by the value of a single one."""
        sums: Counter[Any] = Counter()
        for *key, number in self._rows(columns).values_list(*columns).annotate(number=Sum("count")):
            sums[tuple(key) if len(columns) > 1 else key[0]] += number
        return sums

    def _rows(self, columns: Collection[str]) -> QuerySet[Any]:
        """Return the fewest rows that have what is asked for: sums by day where they do, else the tallies."""
        wanted = {*columns, *self._narrowed_by()} - {"day"}
        by = next((by for by, known in SUMMED_BY.items() if wanted <= known), None)
        rows = (
            DaySum.objects.of(self.organization).filter(by=by)
            if by
            else DecisionTally.objects.of(self.organization).filter(source="")
        )
        for name in ("queue", "division"):  # Q about a queue's id, which these rows have as assignments do
            if value := getattr(self.asked, name):
                rows = rows.filter(NARROWING[name](self.organization, value))
        own = {"rule_identity": self.asked.rule, "status": self.asked.status}
        found: QuerySet[Any] = rows.filter(day__in=self.days, **{name: value for name, value in own.items() if value})
        return found.order_by()

    def _narrowed_by(self) -> Iterable[str]:
        if self.asked.queue or self.asked.division or self.organization.sight.is_limited:
            yield "queue_id"
        if self.asked.rule:
            yield "rule_identity"
        if self.asked.status:
            yield "status"


def by_hour(organization: Organization, asked: AssignmentFilter, *, since: datetime) -> Counter[tuple[int, str, str]]:
    """Return how many rows there are by how many hours after `since` they ended, by queue and by status."""
    passed = ExpressionWrapper(F("ended_at") - Value(since), output_field=DurationField())
    rows = asked.apply(organization).annotate(hour=Floor(Extract(passed, "epoch") / HOUR.total_seconds()))
    counted = rows.order_by().values_list("hour", "queue_id", "status").annotate(number=Count("pk"))
    return Counter({(int(hour), queue_id, status): number for hour, queue_id, status, number in counted})


def queues_called(organization: Organization, ids: Iterable[str]) -> Mapping[str, Named]:
    """Return by id how queues are called; those that share a name are one. An id that is not listed is shown as it is,
    and no filter can ask for it."""
    listed = Queue.objects.of(organization).filter(genesys_id__in=set(ids))
    called = _once(listed.values_list("genesys_id", "name", Upper("name")).order_by("pk"))
    return {"": Named("no queue", NOTHING)} | {key: Named(key, "") for key in ids if key} | called


def codes_called(organization: Organization, keys: Iterable[int | None]) -> Mapping[int | None, Named]:
    """Return by key how codes are called; those that share a name are one."""
    listed = WrapupCode.objects.of(organization).filter(pk__in={key for key in keys if key})
    called = _once(listed.values_list("pk", "name", Upper("name")).order_by("pk"))
    return {None: Named("no code", NOTHING)} | called


def rules_called(organization: Organization, identities: Iterable[Any]) -> Mapping[Any, Named]:
    """Return by identity how rules are called in their newest release."""
    rows = MappingRule.objects.of(organization).filter(identity__in=set(identities))
    newest = rows.order_by("identity", "-release__number").distinct("identity").values_list("identity", "name")
    return {identity: Named(name, str(identity)) for identity, name in newest}


def _once(rows: Iterable[tuple[Any, str, str]]) -> dict[Any, Named]:
    """Return names by key, one for all whose names PostgreSQL takes for the same."""
    first: dict[str, Named] = {}
    return {key: first.setdefault(folded, Named(name, name)) for key, name, folded in rows}


def by_name(sums: Mapping[tuple[Any, Any], int], names: Mapping[Any, Named]) -> dict[Named, Counter[Any]]:
    """Return what is counted by key and kind, by the name of the key."""
    found: dict[Named, Counter[Any]] = {}
    for (key, kind), number in sums.items():
        found.setdefault(names[key], Counter())[kind] += number
    return found

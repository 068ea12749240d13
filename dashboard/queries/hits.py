"""How often each rule decided lately and what agents had chosen beside it, by the identity it has in every release.

Read from the tallies, so as old as these; every address lists just what was counted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from dashboard.queries.assignments import AssignmentFilter
from wrapups.models import DecisionTally, MappingRule, Organization, Sweep
from wrapups.models.clock import app_now
from wrapups.services.tallying import LATELY_DAYS

DAYS = 7
Agreement = DecisionTally.Agreement


@dataclass(frozen=True, slots=True)
class RuleUse:
    """What became of one rule in the last 30 days. `week` is of the last 7; `same`, `other` and `none` add up to
    `month`; `unused` says that it has been in force for 30 days and never matched."""

    identity: UUID
    week: int = 0
    month: int = 0
    last_at: datetime | None = None
    same: int = 0
    other: int = 0
    none: int = 0
    unused: bool = False

    @property
    def agreed_percent(self) -> int | None:
        """How often in a hundred an agent who had chosen had chosen the same; None where none had."""
        chosen = self.same + self.other
        return round(100 * self.same / chosen) if chosen else None

    @property
    def week_address(self) -> str:
        """The address's part that lists what `week` counts."""
        return AssignmentFilter(identity=str(self.identity), since=day_before(DAYS - 1)).query_string()

    def address(self, agreement: str = "") -> str:
        """Return the address's part that lists what `month` counts, or what counts for one agreement."""
        since = day_before(LATELY_DAYS - 1)
        return AssignmentFilter(identity=str(self.identity), agreement=agreement, since=since).query_string()


def day_before(days: int) -> datetime:
    """Return when the day (UTC) began that is so many days before today."""
    today = app_now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days)


def hits_of(organization: Organization, *, since: datetime) -> Mapping[str, int]:
    """Return how many communications that ended since then each rule decided: those its link to the list finds."""
    rows = AssignmentFilter(since=since).apply(organization).filter(rule__isnull=False)
    counted = rows.order_by().values("rule__name").annotate(hits=Count("pk"))
    return {row["rule__name"]: row["hits"] for row in counted}


def uses_of(organization: Organization, *identities: UUID) -> Mapping[UUID, RuleUse]:
    """Return what became of these rules, or of all there are, in two queries; three where some were never used."""
    only = {"rule_identity__in": identities} if identities else {}
    uses = {row.pop("rule_identity"): row for row in _counted(organization).filter(**only)}
    since = _in_force_since(organization, identities)
    idle = since.keys() - uses.keys()
    long_enough = day_before(LATELY_DAYS) if idle and _has_counted(organization) else None
    return {identity: RuleUse(identity, **row) for identity, row in uses.items()} | {
        identity: RuleUse(identity, unused=long_enough is not None and since[identity] <= long_enough)
        for identity in idle
    }


def _counted(organization: Organization) -> QuerySet[Any, dict[str, Any]]:
    tallies = DecisionTally.objects.of(organization).filter(source="", rule_identity__isnull=False)
    lately = tallies.filter(day__gte=day_before(LATELY_DAYS - 1).date()).order_by().values("rule_identity")
    agreements = {each.value: Sum("count", filter=Q(agreement=each), default=0) for each in Agreement}
    rows: QuerySet[Any, dict[str, Any]] = lately.annotate(
        week=Sum("count", filter=Q(day__gte=day_before(DAYS - 1).date()), default=0),
        month=Sum("count"),
        last_at=Max("last_at"),
        **agreements,
    )
    return rows


def _in_force_since(organization: Organization, identities: Sequence[UUID]) -> dict[UUID, datetime]:
    """Return since when each rule has been published, of those that were."""
    rules = MappingRule.objects.of(organization).filter(release__published_at__isnull=False)
    if identities:
        rules = rules.filter(identity__in=identities)
    return dict(rules.order_by().values_list("identity").annotate(Min("release__published_at")))


def _has_counted(organization: Organization) -> bool:
    done = Sweep.objects.filter(organization=organization, kind=Sweep.Kind.TALLY, succeeded_at__isnull=False)
    return done.exists()

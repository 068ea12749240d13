"""How often each rule decided lately and what agents had chosen beside it, by the identity it has in every release.

Read from the tallies, so as old as these; every address lists just what was counted.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, Q, QuerySet, Sum

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
    today: datetime
    """When today began, in the organization's time zone."""
    week: int = 0
    month: int = 0
    last_at: datetime | None = None
    same: int = 0
    other: int = 0
    none: int = 0
    unused: bool = False

    def day(self, ago: int) -> datetime:
        """Return when the day of the organization's time zone began that is so many days before today."""
        return self.today - timedelta(days=ago)

    @property
    def chosen(self) -> int:
        """How often an agent had chosen a code: what can agree with the rule's, or not."""
        return self.same + self.other

    @property
    def agreed_percent(self) -> int | None:
        """How often in a hundred an agent who had chosen had chosen the same; None where none had."""
        return round(100 * self.same / self.chosen) if self.chosen else None

    @property
    def week_address(self) -> str:
        """The address's part that lists what `week` counts."""
        return AssignmentFilter(identity=str(self.identity), since=self.day(DAYS - 1)).query_string()

    def address(self, agreement: str = "") -> str:
        """Return the address's part that lists what `month` counts, or what counts for one agreement."""
        since = self.day(LATELY_DAYS - 1)
        return AssignmentFilter(identity=str(self.identity), agreement=agreement, since=since).query_string()


def today_began(organization: Organization) -> datetime:
    """Return when today began, in the organization's time zone, by the database's clock (one query)."""
    now = app_now().astimezone(ZoneInfo(organization.time_zone))
    return now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)


def month_began(organization: Organization) -> datetime:
    """Return when the first of the last 30 days began, today among them, in the organization's time zone."""
    return today_began(organization) - timedelta(days=LATELY_DAYS - 1)


def uses_of(organization: Organization, identities: Collection[UUID]) -> Mapping[UUID, RuleUse]:
    """Return what became of each of these rules: three queries, four where some were never used."""
    today = today_began(organization)
    counted = {row.pop("rule_identity"): row for row in _counted(organization, identities, today)}
    since = _in_force_since(organization, [each for each in identities if each not in counted])
    long_enough = today - timedelta(days=LATELY_DAYS) if since and _has_counted(organization) else None
    return {
        identity: RuleUse(
            identity,
            today,
            **counted.get(identity, {}),
            unused=identity in since and long_enough is not None and since[identity] <= long_enough,
        )
        for identity in identities
    }


def _counted(
    organization: Organization, identities: Collection[UUID], today: datetime
) -> QuerySet[Any, dict[str, Any]]:
    month, week = ((today - timedelta(days=days - 1)).date() for days in (LATELY_DAYS, DAYS))
    tallies = DecisionTally.objects.of(organization).filter(source="", rule_identity__in=identities, day__gte=month)
    agreements = {each.value: Sum("count", filter=Q(agreement=each), default=0) for each in Agreement}
    rows: QuerySet[Any, dict[str, Any]] = (
        tallies.order_by()
        .values("rule_identity")
        .annotate(
            week=Sum("count", filter=Q(day__gte=week), default=0),
            month=Sum("count"),
            last_at=Max("last_at"),
            **agreements,
        )
    )
    return rows


def _in_force_since(organization: Organization, identities: Collection[UUID]) -> dict[UUID, datetime]:
    """Return since when each rule has been published, of those that were."""
    rules = MappingRule.objects.of(organization).filter(identity__in=identities, release__published_at__isnull=False)
    return dict(rules.order_by().values_list("identity").annotate(Min("release__published_at")))


def _has_counted(organization: Organization) -> bool:
    done = Sweep.objects.filter(organization=organization, kind=Sweep.Kind.TALLY, succeeded_at__isnull=False)
    return done.exists()

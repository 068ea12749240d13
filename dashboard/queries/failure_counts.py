"""What is counted of failures by cause, within the sight of who asks: from the index `failures_by_group` alone."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Min, Q, QuerySet

from dashboard.queries.ageing import too_late_before
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.names import Names
from dashboard.queries.narrowing import NO_FINGERPRINT
from wrapups.models import Assignment, FailureGroup, MappingRule, Organization

TOP = 3
MOST_EXAMPLES = 5
DAYS = 7
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Share:
    """A queue or rule, how many of the group's failures are its, and the address's part that lists them."""

    name: str
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in one group: how many, since when, how many of them each day, and how many are too late."""

    count: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    soonest: datetime | None = None
    too_late: int = 0
    days: tuple[int, ...] = (0,) * DAYS
    newest: int | None = None


def filter_of(group: FailureGroup) -> AssignmentFilter:
    """Return what finds a group's assignments; conflicts from before there were groups have no fingerprint."""
    if group.fingerprint:
        return AssignmentFilter(fingerprint=group.fingerprint)
    return AssignmentFilter(status=group.status, fingerprint=NO_FINGERPRINT)


def waiting_in(organization: Organization) -> QuerySet[Any]:
    """Return what waits for a person and may be seen."""
    rows: QuerySet[Any] = Assignment.objects.of(organization).waiting_for_a_person()
    return rows


def counted(organization: Organization, prints: Iterable[str], now: datetime) -> dict[str, Waiting]:
    """Return, by fingerprint, what waits of these causes; one query. Days are those of the time zone of `now`.

    A failure is of the time at which it failed: `updated_at` moves whenever what is copied into the row changes.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    begins = [midnight - (DAYS - 1 - day) * A_DAY for day in range(DAYS)]
    days = {
        f"day{place}": Count("pk", filter=Q(finished_at__gte=begin, finished_at__lt=begin + A_DAY))
        for place, begin in enumerate(begins)
    }
    in_time = Q(ended_at__gt=too_late_before(organization, now))
    rows = waiting_in(organization).filter(fingerprint__in=prints).order_by().values("fingerprint")
    rows = rows.annotate(
        count=Count("pk"),
        first_at=Min("finished_at"),
        last_at=Max("finished_at"),
        soonest=Min("ended_at", filter=in_time),
        too_late=Count("pk", filter=Q(ended_at__isnull=False) & ~in_time),
        newest=Max("pk"),
        **days,
    )
    return {row.pop("fingerprint"): Waiting(days=tuple(row.pop(day) for day in days), **row) for row in rows}


def queues_of(organization: Organization, groups: Sequence[FailureGroup]) -> dict[str, list[Share]]:
    """Return, by fingerprint, the three queues on which most of each group waits; two queries."""
    top = _top(organization, groups, "queue_id")
    ids = {queue_id for shares in top.values() for queue_id, _ in shares}
    names = Names(organization, {"queue": ids})
    asked = {group.fingerprint: filter_of(group) for group in groups}

    def share(print_: str, queue_id: str, count: int) -> Share:
        name = names("queue", queue_id)
        return Share(name or "no queue", count, asked[print_].but(queue=name or "-").query_string())

    return _shares(top, share)


def rules_of(organization: Organization, groups: Sequence[FailureGroup]) -> dict[str, list[Share]]:
    """Return, by fingerprint, the three rules that most of each group is by, as they are called now; two queries."""
    top = _top(organization, groups, "rule_identity")
    ids = {identity for shares in top.values() for identity, _ in shares if identity}
    named = MappingRule.objects.of(organization).filter(identity__in=ids).order_by("identity", "-release__number")
    names = dict(named.distinct("identity").values_list("identity", "name")) if ids else {}
    asked = {group.fingerprint: filter_of(group) for group in groups}

    def share(print_: str, identity: Any, count: int) -> Share:
        return Share(names[identity], count, asked[print_].but(identity=str(identity)).query_string())

    return _shares({key: [each for each in shares if each[0] in names] for key, shares in top.items()}, share)


def examples_of(organization: Organization, group: FailureGroup) -> list[Assignment]:
    """Return the newest that waits for each queue and rule of a group, of the five with most of them; two queries."""
    rows = waiting_in(organization).filter(fingerprint=group.fingerprint).order_by()
    places = rows.values("queue_id", "rule_identity").annotate(count=Count("pk"), newest=Max("pk"))
    newest = [place["newest"] for place in places.order_by("-count", "-newest")[:MOST_EXAMPLES]]
    shown = Assignment.objects.of(organization).select_related("communication__conversation", "rule", "wrapup_code")
    found = shown.defer("facts", "words", "said").in_bulk(newest)
    return [found[pk] for pk in newest if pk in found]


def _top(organization: Organization, groups: Sequence[FailureGroup], column: str) -> dict[str, list[tuple[Any, int]]]:
    prints = {group.fingerprint for group in groups}
    rows = waiting_in(organization).filter(fingerprint__in=prints).order_by()
    found: dict[str, Counter[Any]] = {}
    for print_, value, count in rows.values_list("fingerprint", column).annotate(count=Count("pk")):
        found.setdefault(print_, Counter())[value] = count
    return {print_: counter.most_common(TOP) for print_, counter in found.items()}


def _shares(
    top: Mapping[str, Sequence[tuple[Any, int]]], share: Callable[[str, Any, int], Share]
) -> dict[str, list[Share]]:
    return {print_: [share(print_, *each) for each in shares] for print_, shares in top.items()}

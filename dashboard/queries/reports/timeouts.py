"""How often a communication ended without a code that a person chose, and how often ours was verified there."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.reports.asked import ReportFilter
from dashboard.queries.reports.counts import Tallies, by_name, counted_days, queues_called
from dashboard.queries.reports.drawing import by_bucket
from dashboard.queries.reports.outcomes import LEGEND, status_chart
from dashboard.queries.reports.period import Period
from dashboard.queries.reports.tables import Cell, Drawing, Report, Row, Table, number, page_of, share
from wrapups.domain.status import Status
from wrapups.models import DecisionTally, Organization

Found = DecisionTally.Found
Kind = tuple[str, str]
"""What was there before, and a status."""
MISSING = (Found.NONE.value, Found.SYSTEM.value)
HEADS = ("Ended", "No code", "Set by Genesys", "Not coded", "Not coded, share", "Repaired", "Repaired, share")
"""Not coded: by no person, so without a code, or with one that Genesys set. Repaired: of these, ours was verified."""


def timeouts(organization: Organization, asked: ReportFilter, period: Period) -> Report:
    """Return how often no person had chosen a code, and how often ours was verified then; four queries at most."""
    counted = counted_days(organization, period)
    counts = Tallies(organization, asked, counted.days)
    days = dict(_kept(counts.summed("day", "found", "status")))
    queues = dict(_kept(counts.summed("queue_id", "found", "status")))
    buckets = by_bucket(period, days)
    listed = asked.conversations()
    totals: Counter[Kind] = Counter()
    for (_, kind), count in days.items():
        totals[kind] += count
    missing: Counter[tuple[int, str]] = Counter()
    for (place, (found, status)), count in buckets.items():
        if found in MISSING:
            missing[place, status] += count
    chart = status_chart(period, asked, missing, found="missing")
    return Report(
        figures=list(zip(HEADS, _cells(totals, period.whole.of(listed)), strict=True)),
        drawings=[Drawing("Not coded by a person, and what became of it", chart, LEGEND)],
        tables=[_by_time(listed, period, buckets), _by_queue(organization, asked, period.whole.of(listed), queues)],
        total=totals.total(),
        missing=counted.missing,
    )


def _cells(counts: Counter[Kind], listed: AssignmentFilter | None) -> list[Cell]:
    """Return the numbers of a row, each with what lists it, where that can be asked for."""
    none, system = (sum(count for (found, _), count in counts.items() if found == each) for each in MISSING)
    repaired = sum(counts[found, Status.VERIFIED.value] for found in MISSING)
    total, missing = counts.total(), none + system

    def of(**narrow: str) -> AssignmentFilter | None:
        return listed.but(**narrow) if listed else None

    return [
        number(total, listed),
        number(none, of(found="none")),
        number(system, of(found="system")),
        number(missing, of(found="missing")),
        share(missing, total),
        number(repaired, of(found="missing", status=Status.VERIFIED.value)),
        share(repaired, missing),
    ]


def _by_time(listed: AssignmentFilter, period: Period, buckets: Mapping[tuple[int, Kind], int]) -> Table:
    found: dict[int, Counter[Kind]] = {}
    for (place, kind), count in buckets.items():
        found.setdefault(place, Counter())[kind] += count
    rows = [
        Row(Cell(bucket.label), _cells(found.get(place, Counter()), bucket.of(listed)))
        for place, bucket in enumerate(period.buckets)
    ]
    return Table("time", f"By {period.step}", [period.step.capitalize(), *HEADS], rows)


def _by_queue(
    organization: Organization, asked: ReportFilter, whole: AssignmentFilter, sums: Mapping[tuple[str, Kind], int]
) -> Table:
    queues = by_name(sums, queues_called(organization, {queue_id for queue_id, _ in sums}))
    page, more = page_of({queue: counts.total() for queue, counts in queues.items()}, asked)
    rows = [
        Row(queue.head, _cells(queues[queue], whole.but(queue=queue.asked) if queue.asked else None)) for queue in page
    ]
    return Table("queues", "By queue", ["Queue", *HEADS], rows, more=more)


def _kept(sums: Mapping[tuple[Any, str, str], int]) -> Iterable[tuple[tuple[Any, Kind], int]]:
    return (((key, (found, status)), count) for (key, found, status), count in sums.items())

"""How much ended, and what became of it: by the hour, the day or the week, and by queue."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.overview import BOTTOM_UP
from dashboard.queries.reports.asked import ReportFilter
from dashboard.queries.reports.counts import Named, Tallies, by_hour, by_name, counted_days, queues_called
from dashboard.queries.reports.drawing import Kind, by_bucket, drawn
from dashboard.queries.reports.period import Period
from dashboard.queries.reports.tables import Drawing, Report, Row, Table, number, page_of, share
from dashboard.templatetags.badges import LOOKS
from wrapups.domain.status import Status
from wrapups.models import Organization

LEGEND = (
    ("good", "verified"),
    ("waiting", "under way"),
    ("warning", "unclear, conflict"),
    ("bad", "failed"),
    ("quiet", "skipped, overridden, cancelled"),
)


def outcomes(organization: Organization, asked: ReportFilter, period: Period) -> Report:
    """Return how much ended and what became of it; five queries at most."""
    counted = counted_days(organization, period)
    whole = period.whole.of(asked.conversations())
    numbers: Mapping[tuple[int, str], int]
    if period.step == "hour":
        hours = by_hour(organization, whole, since=period.whole.since)
        numbers, queues = _without(hours, 1), _without(hours, 0)
    else:
        counts = Tallies(organization, asked, counted.days)
        numbers, queues = by_bucket(period, counts.summed("day", "status")), counts.summed("queue_id", "status")
    totals: Counter[str] = Counter()
    for (_, status), count in numbers.items():
        totals[status] += count
    verified, total = totals[Status.VERIFIED], totals.total()
    return Report(
        figures=[
            ("Ended", number(total, whole)),
            ("Verified", number(verified, _as(whole, Status.VERIFIED))),
            ("Verified, share", share(verified, total)),
            ("Failed", number(totals[Status.FAILED], _as(whole, Status.FAILED))),
            ("In conflict", number(totals[Status.CONFLICT], _as(whole, Status.CONFLICT))),
        ],
        drawings=[Drawing("What ended, and what became of it", status_chart(period, asked, numbers), LEGEND)],
        tables=[_by_queue(organization, asked, whole, queues)],
        total=total,
        missing=() if period.step == "hour" else counted.missing,
    )


def status_chart(period: Period, asked: ReportFilter, numbers: Mapping[tuple[int, Any], int], **narrow: str) -> Any:
    """Return a chart of the statuses of what is asked, with more that narrows it."""
    listed = asked.conversations().but(**narrow)
    return drawn(period, listed, {status.value: _kind(status) for status in BOTTOM_UP}, numbers)


def _kind(status: Status) -> Kind:
    return LOOKS[status].tone, status.value, lambda asked: _as(asked, status)


def _as(asked: AssignmentFilter, status: Status) -> AssignmentFilter:
    return asked.but(status=status.value)


def _without(sums: Mapping[tuple[Any, ...], int], place: int) -> Counter[Any]:
    fewer: Counter[Any] = Counter()
    for key, count in sums.items():
        fewer[key[:place] + key[place + 1 :]] += count
    return fewer


def _by_queue(
    organization: Organization, asked: ReportFilter, whole: AssignmentFilter, sums: Mapping[tuple[str, str], int]
) -> Table:
    queues = by_name(sums, queues_called(organization, {queue_id for queue_id, _ in sums}))
    shown = [status for status in BOTTOM_UP if any(counts[status] for counts in queues.values())]
    page, more = page_of({queue: counts.total() for queue, counts in queues.items()}, asked)
    rows = [_of_queue(queue, queues[queue], whole, shown) for queue in page]
    heads = ["Queue", "Ended", "Verified, share", *(status.value.capitalize() for status in shown)]
    return Table("queues", "By queue", heads, rows, more=more)


def _of_queue(queue: Named, counts: Counter[str], whole: AssignmentFilter, shown: list[Status]) -> Row:
    listed = whole.but(queue=queue.asked) if queue.asked else None
    cells = [number(counts[status], listed and _as(listed, status)) for status in shown]
    total = counts.total()
    return Row(queue.head, [number(total, listed), share(counts[Status.VERIFIED], total), *cells])

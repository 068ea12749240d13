"""Which codes are wanted, week by week and queue by queue, and what a release changed about that."""

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.narrowing import NOTHING
from dashboard.queries.reports.asked import ReportFilter
from dashboard.queries.reports.counts import Named, Tallies, by_name, codes_called, counted_days, queues_called
from dashboard.queries.reports.drawing import Kind, by_bucket, drawn, markers_of, releases_within
from dashboard.queries.reports.period import Period
from dashboard.queries.reports.tables import Cell, Drawing, Report, Row, Table, number, page_of, share
from wrapups.models import Organization

MOST_CODES = 12
REST = Named("other codes", "")
MARKED = "A line stands where a release was published; its number leads to it."


def mix(organization: Organization, asked: ReportFilter, period: Period) -> Report:
    """Return how often each code was wanted; a dozen queries at most."""
    counted = counted_days(organization, period)
    counts = Tallies(organization, asked, counted.days)
    days, queues = counts.summed("day", "wrapup_code_id"), counts.summed("queue_id", "wrapup_code_id")
    codes = codes_called(organization, {code for _, code in days})
    totals: Counter[Named] = Counter()
    for (_, code), count in days.items():
        totals[codes[code]] += count
    whole, kinds = period.whole.of(asked.conversations()), _kinds(totals)
    numbers: Counter[tuple[int, Any]] = Counter()
    for (place, code), count in by_bucket(period, days).items():
        numbers[place, codes[code] if codes[code] in kinds else REST] += count
    chart = drawn(
        period,
        asked.conversations(),
        kinds,
        numbers,
        markers=markers_of(releases_within(organization, period), period),
    )
    wanted = totals.total() - totals[codes[None]]
    return Report(
        figures=[
            ("Ended", number(totals.total(), whole)),
            ("With a code wanted", share(wanted, totals.total())),
            ("No code", number(totals[codes[None]], whole.but(code=codes[None].asked))),
        ],
        drawings=[Drawing("Codes wanted", chart, [(tone, words) for tone, words, _ in kinds.values()], MARKED)],
        tables=[_by_code(totals, whole), _by_queue(organization, asked, whole, queues, codes, kinds)],
        total=totals.total(),
        missing=counted.missing,
    )


def _kinds(totals: Mapping[Named, int]) -> dict[Named, Kind]:
    """Return the codes that get a colour of their own, most first, then the others together, then none."""
    codes = sorted((code for code in totals if code.asked != NOTHING), key=lambda code: (-totals[code], code.words))
    kinds: dict[Named, Kind] = {
        code: (f"mix-{place}", code.words, _with(code)) for place, code in enumerate(codes[:MOST_CODES], 1)
    }
    if len(codes) > MOST_CODES:
        kinds[REST] = ("mix-rest", REST.words, None)
    kinds |= {code: ("quiet", code.words, _with(code)) for code in totals if code.asked == NOTHING}
    return kinds


def _with(code: Named) -> Any:
    return lambda asked: asked.but(code=code.asked)


def _by_code(totals: Mapping[Named, int], whole: AssignmentFilter) -> Table:
    total = sum(totals.values())
    rows = [
        Row(Cell(code.words), [number(count, whole.but(code=code.asked)), share(count, total)])
        for code, count in sorted(totals.items(), key=lambda item: (-item[1], item[0].words))
    ]
    return Table("codes", "By code", ["Code wanted", "Conversations", "Of all"], rows)


def _by_queue(
    organization: Organization,
    asked: ReportFilter,
    whole: AssignmentFilter,
    sums: Mapping[tuple[str, Any], int],
    codes: Mapping[Any, Named],
    kinds: Collection[Named],
) -> Table:
    coded: Counter[tuple[str, Named]] = Counter()
    for (queue_id, key), count in sums.items():
        coded[queue_id, codes[key] if codes[key] in kinds else REST] += count
    queues = by_name(coded, queues_called(organization, {queue_id for queue_id, _ in coded}))
    page, more = page_of({queue: counts.total() for queue, counts in queues.items()}, asked)
    rows = []
    for queue in page:
        listed = whole.but(queue=queue.asked) if queue.asked else None
        cells = [
            number(queues[queue][code], listed.but(code=code.asked) if listed and code.asked else None)
            for code in kinds
        ]
        rows.append(Row(queue.head, [number(queues[queue].total(), listed), *cells]))
    return Table("queues", "By queue", ["Queue", "Ended", *(code.words for code in kinds)], rows, more=more)

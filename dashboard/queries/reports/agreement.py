"""How often agents had chosen what rules choose: over time, and rule by rule. The rule's own page counts the same."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.reports.asked import ReportFilter
from dashboard.queries.reports.counts import Tallies, counted_days, rules_called
from dashboard.queries.reports.drawing import Kind, by_bucket, drawn, markers_of, releases_within
from dashboard.queries.reports.period import Period
from dashboard.queries.reports.tables import Cell, Drawing, Report, Row, Table, number, page_of, share
from dashboard.queries.rule_use import AGREED
from wrapups.models import DecisionTally, Organization

Agreement = DecisionTally.Agreement
CHOSE = (Agreement.SAME, Agreement.OTHER)
HEADS = ("Rule", "Decided", "The same", "Another", "None", "Agreed")
SAID = "One who put another code in place of ours afterwards had chosen another."


def agreement(organization: Organization, asked: ReportFilter, period: Period) -> Report:
    """Return how often agents had chosen the same code, another, or none; five queries at most."""
    counted = counted_days(organization, period)
    counts = Tallies(organization, asked, counted.days)
    days, rules = counts.summed("day", "agreement"), counts.summed("rule_identity", "agreement")
    totals: Counter[str] = Counter()
    for (_, kind), count in days.items():
        totals[kind] += count
    listed = asked.conversations()
    shown = AGREED if asked.rule else {each: AGREED[each] for each in CHOSE}
    kinds: dict[str, Kind] = {each.value: (tone, words, _as(each)) for each, (tone, words) in shown.items()}
    chart = drawn(
        period,
        listed,
        kinds,
        by_bucket(period, days),
        markers=markers_of(releases_within(organization, period), period),
    )
    whole = period.whole.of(listed)
    chose = sum(totals[each] for each in CHOSE)
    return Report(
        figures=[
            ("Agreed", share(totals[Agreement.SAME], chose)),
            ("Had chosen the same", number(totals[Agreement.SAME], whole.but(agreement=Agreement.SAME.value))),
            ("Had chosen another", number(totals[Agreement.OTHER], whole.but(agreement=Agreement.OTHER.value))),
        ],
        drawings=[Drawing("What agents had chosen", chart, [(tone, words) for tone, words, _ in kinds.values()], SAID)],
        tables=[_by_rule(organization, asked, whole, rules)],
        total=chose,
        missing=counted.missing,
    )


def _as(each: Agreement) -> Any:
    return lambda asked: asked.but(agreement=each.value)


def _by_rule(
    organization: Organization, asked: ReportFilter, whole: AssignmentFilter, sums: Mapping[tuple[Any, str], int]
) -> Table:
    rules: dict[Any, Counter[str]] = {}
    for (identity, kind), count in sums.items():
        if identity is not None:
            rules.setdefault(identity, Counter())[kind] += count
    page, more = page_of({identity: counts.total() for identity, counts in rules.items()}, asked)
    names = rules_called(organization, page)
    rows = [_of_rule(identity, names[identity].words, rules[identity], whole) for identity in page]
    return Table("rules", "By rule", HEADS, rows, more=more)


def _of_rule(identity: Any, name: str, counts: Counter[str], whole: AssignmentFilter) -> Row:
    listed = whole.but(identity=str(identity))
    numbers = [number(counts[each], listed.but(agreement=each.value)) for each in (*CHOSE, Agreement.NONE)]
    agreed = share(counts[Agreement.SAME], sum(counts[each] for each in CHOSE))
    head = Cell(name, elsewhere=reverse("rule-use", args=[identity]))
    return Row(head, [number(counts.total(), listed), *numbers, agreed])

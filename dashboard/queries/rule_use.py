"""One rule's page of use: what it decided day by day, and what agents had chosen beside it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet, Sum
from django.urls import reverse

from dashboard.charts import Chart, Column, Part, stacked
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.hits import RuleUse, uses_of
from dashboard.queries.names import Names, ids_in
from wrapups.domain.sentences import Sentence, rule_sentence
from wrapups.models import DecisionTally, MappingRule, Organization, Release
from wrapups.models.assignments import REASONS
from wrapups.services.rulebook import rule_of
from wrapups.services.tallying import LATELY_DAYS

Agreement = DecisionTally.Agreement

AGREED: Mapping[Agreement, tuple[str, str]] = {
    Agreement.SAME: ("good", "had chosen the same"),
    Agreement.OTHER: ("warning", "had chosen another"),
    Agreement.NONE: ("quiet", "had chosen none"),
}
"""By agreement, the tone of its bars and its words, from the bottom up."""
MARK_EVERY = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """How often agents had chosen alike, in a hundred too; `address` lists these conversations."""

    tone: str
    words: str
    number: int
    percent: int
    address: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often nothing was written for one reason, or, without one, that something was to be."""

    words: str
    number: int
    address: str


@dataclass(frozen=True, slots=True)
class RuleStory:
    """One rule, as its newest release has it, with what became of it. `last_at` looks back without end."""

    rule: MappingRule
    sentence: Sentence
    use: RuleUse
    last_at: datetime | None
    chart: Chart
    choices: Sequence[Choice]
    outcomes: Sequence[Outcome]


def rule_story(organization: Organization, identity: UUID) -> RuleStory | None:
    """Return what became of a rule, None where there is none of this identity; up to ten queries."""
    rules = MappingRule.objects.of(organization).filter(identity=identity)
    rule = rules.select_related("release", "wrapup_code").order_by("-release__number").first()
    if rule is None:
        return None
    use = uses_of(organization, [identity])[identity]
    tallies = DecisionTally.objects.of(organization).filter(source="", rule_identity=identity)
    lately = tallies.filter(day__gte=use.day(LATELY_DAYS - 1).date()).order_by()
    days = {(row["day"], row["agreement"]): row["number"] for row in _summed(lately, "day", "agreement")}
    reasons = {row["reason"]: row["number"] for row in _summed(lately, "reason")}
    return RuleStory(
        rule,
        _sentence(organization, rule),
        use,
        tallies.aggregate(at=Max("last_at"))["at"],
        stacked([_column(use, ago, days) for ago in range(LATELY_DAYS - 1, -1, -1)]),
        [_choice(use, agreement) for agreement in AGREED],
        [_outcome(use, reason, number) for reason, number in sorted(reasons.items())],
    )


def state_of(rule: MappingRule) -> str:
    """Return in words where a rule stands."""
    if rule.release.state == Release.State.PUBLISHED:
        return f"In force: line {rule.line} of release {rule.release.number}."
    if rule.release.state == Release.State.RETIRED:
        return f"No longer in force: last in release {rule.release.number}."
    return f"Line {rule.line} of the draft of release {rule.release.number}."


def _summed(tallies: QuerySet[Any], *columns: str) -> Iterable[Mapping[str, Any]]:
    return tallies.values(*columns).annotate(number=Sum("count"))


def _column(use: RuleUse, ago: int, counted: Mapping[tuple[date, str], int]) -> Column:
    begins = use.day(ago)
    on_day = AssignmentFilter(identity=str(use.identity), since=begins, until=begins + timedelta(days=1))
    day = begins.date()
    parts = tuple(
        Part(tone, words, counted.get((day, agreement), 0), _address(on_day.but(agreement=agreement.value)))
        for agreement, (tone, words) in AGREED.items()
    )
    mark = "" if ago % MARK_EVERY else f"{day:%d %b}"
    return Column(f"{day:%Y-%m-%d}", mark, parts)


def _choice(use: RuleUse, agreement: Agreement) -> Choice:
    tone, words = AGREED[agreement]
    number = getattr(use, agreement.value)
    percent = round(100 * number / use.month) if use.month else 0
    return Choice(tone, words, number, percent, reverse("conversation-list") + use.address(agreement.value))


def _outcome(use: RuleUse, reason: str, number: int) -> Outcome:
    asked = AssignmentFilter(identity=str(use.identity), reason=reason, since=use.day(LATELY_DAYS - 1))
    words = REASONS.get(reason, reason) if reason else "its code was to be written"
    return Outcome(words, number, _address(asked) if reason else "")


def _address(asked: AssignmentFilter) -> str:
    return reverse("conversation-list") + asked.query_string()


def _sentence(organization: Organization, row: MappingRule) -> Sentence:
    rule = rule_of(row)
    wanted = ids_in([rule.when])
    wanted["code"].add(rule.code_id)
    return rule_sentence(rule, Names(organization, wanted))

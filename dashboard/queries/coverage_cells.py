"""One cell of the coverage map: what asks for this disposition on this queue, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Sum

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.coverage import UNMATCHED, CoverageFilter, conversations_of, tallied
from dashboard.queries.dispositions import make_rule_address
from dashboard.queries.hits import month_began
from dashboard.queries.names import Names, ids_in
from dashboard.queries.standings import Asking, Standing
from wrapups.domain.knowing import Saying
from wrapups.domain.sentences import Sentence, rule_sentence
from wrapups.models import MappingRule, Organization, Queue
from wrapups.services.rulebook import rule_of

MOST_RULES = 50


@dataclass(frozen=True, slots=True)
class Asker:
    """A rule that asks for the disposition here."""

    rule: MappingRule
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class Decider:
    """A rule that chose a code for some of the conversations, or none (`rule` is None), with how often."""

    rule: MappingRule | None
    number: int
    address: str


@dataclass(frozen=True, slots=True)
class CellStory:
    """What is known of one disposition on one queue, or, where `queue` is None, on all of them."""

    saying: Saying
    queue: Queue | None
    standing: Standing
    volume: int
    conversations: str
    askers: Sequence[Asker]
    deciders: Sequence[Decider]

    @property
    def make_rule(self) -> str:
        """The address of a new rule's form that asks for it already."""
        return make_rule_address(self.saying.source, self.saying.code, self.saying.queue_id)


def cell_story(organization: Organization, saying: Saying, queue: Queue | None) -> CellStory:
    """Return what is known of a cell, in at most a dozen queries."""
    counted = tallied(organization, CoverageFilter()).filter(disposition=saying.code)
    counted = counted.filter(source=saying.source) if saying.source else counted
    ever = counted.aggregate(volume=Sum("count", default=0))["volume"]
    here = counted.filter(queue_id=saying.queue_id) if queue else counted
    totals = here.aggregate(volume=Sum("count", default=0), unmatched=Sum("count", filter=UNMATCHED, default=0))
    asking = Asking.of(organization).about(saying)
    name, since = queue.name if queue else "", month_began(organization)
    asked = AssignmentFilter(source=saying.source, disposition=saying.code, queue=name, since=since)
    by_rule = here.values("rule_identity").annotate(number=Sum("count")).order_by("-number")[:MOST_RULES]
    return CellStory(
        saying,
        queue,
        asking.standing(saying, **totals, never_came=not ever),
        totals["volume"],
        conversations_of(saying, name, since=since),
        _askers(organization, [rule.key for rule in (*asking.in_force.askers, *asking.coming.askers)][:MOST_RULES]),
        _deciders(organization, {row["rule_identity"]: row["number"] for row in by_rule}, asked),
    )


def _askers(organization: Organization, keys: Sequence[int]) -> list[Asker]:
    rows = MappingRule.objects.of(organization).filter(pk__in=keys).select_related("release", "wrapup_code")
    rules = {row: rule_of(row) for row in rows.order_by("release__number", "line")}
    wanted = ids_in(rule.when for rule in rules.values())
    wanted["code"] |= {rule.code_id for rule in rules.values()}
    names = Names(organization, wanted)
    return [Asker(row, rule_sentence(rule, names)) for row, rule in rules.items()]


def _deciders(organization: Organization, numbers: dict[object, int], asked: AssignmentFilter) -> list[Decider]:
    rows = MappingRule.objects.of(organization).filter(identity__in=[each for each in numbers if each])
    newest = {row.identity: row for row in rows.order_by("release__number")}
    return [
        Decider(newest.get(identity), number, asked.but(identity=str(identity)).query_string() if identity else "")
        for identity, number in numbers.items()
    ]

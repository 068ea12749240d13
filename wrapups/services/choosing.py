"""Which wrap-up codes the rules of the release in force and of the draft choose, and on which queues."""

from collections.abc import Iterable
from dataclasses import dataclass

from wrapups.domain.matching import check_of
from wrapups.domain.operators import fold
from wrapups.domain.ruleindex import pins
from wrapups.models import MappingRule, Organization, Queue, Release
from wrapups.services.rulebook import rule_of

CURRENT = (Release.State.PUBLISHED, Release.State.DRAFT, Release.State.PROPOSED)


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule that is in use, and the folded ids of the queues that it names; None where it names none."""

    rule: MappingRule
    queue_ids: frozenset[str] | None

    def covers(self, queue: Queue) -> bool:
        """Return whether the rule can choose its code on this queue."""
        return self.queue_ids is None or fold(queue.genesys_id) in self.queue_ids


def choices(organization: Organization, codes: Iterable[int] | None = None) -> list[Choice]:
    """Return the current releases' rules in use, those in force first; only those that choose one of `codes`."""
    rules = MappingRule.everywhere.of(organization).filter(release__state__in=CURRENT, enabled=True)
    if codes is not None:
        rules = rules.filter(wrapup_code__in=list(codes))
    rows = rules.select_related("wrapup_code", "release").order_by("release__number", "line")
    return [choice_of(row) for row in rows]


def choice_of(rule: MappingRule) -> Choice:
    """Return what a rule chooses where (reads its wrap-up code)."""
    return Choice(rule, pins(check_of(rule_of(rule).when)).get("queue"))


def queues_named(organization: Organization) -> frozenset[str]:
    """Return the folded Genesys ids of the queues that current rules name."""
    return frozenset().union(*(choice.queue_ids or () for choice in choices(organization)))

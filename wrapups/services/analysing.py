"""What is the matter with rules before they decide anything: among themselves, and with the codes they choose."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Exists, OuterRef

from wrapups.domain.analysis import NEVER_DECIDES, Analysis, Consequences, analyse, consequences
from wrapups.domain.matching import check_of
from wrapups.domain.operators import fold
from wrapups.domain.ruleindex import pins
from wrapups.domain.rules import Rule
from wrapups.models import MappingRule, Organization, Queue, QueueWrapupCode
from wrapups.services.releasing import draft_of
from wrapups.services.rulebook import in_force, rule_of, rules_now, with_typed

KEPT = 8
"""So many sets of rules are remembered with what was found, in each process."""


@dataclass(frozen=True, slots=True)
class CodeTrouble:
    """A rule names queues that do not offer its code and never did; what a queue has lost, its drift notice tells."""

    rule: MappingRule
    queues: Sequence[Queue]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found about the rules of a release, which are given too; `troubles` in the rules' order."""

    analysis: Analysis
    troubles: Sequence[CodeTrouble] = ()
    rules: Sequence[Rule] = ()


def findings_of(organization: Organization, rows: Sequence[MappingRule]) -> Findings:
    """Return what is the matter with these rules of one release: two queries, whatever they are.

    Rules in just the same words are not analysed again. The rows must have their codes.
    """
    if not rows:
        return Findings(analyse(()))
    rules = tuple(map(rule_of, rows))
    analysis, queues = _analysed(rules)
    named = {row.pk: queues[row.pk] for row in rows if row.pk in queues}
    return Findings(analysis, list(_troubles(organization, rows, named)), rules)


def findings_for(
    organization: Organization, typed: Rule, *, replaces: int | None = None, line: int | None = None
) -> Consequences:
    """Return what would come of a rule in the draft, or, where there is none, among the rules in force.

    It takes the place of the rule with the key `replaces`, else it is put at the end; `line`, from 1, moves it there.
    """
    base = draft_of(organization) or in_force(organization)
    return consequences(with_typed(rules_now(base) if base else (), typed, replaces=replaces, line=line), typed.key)


def findings_for_move(rule: MappingRule, *, to_line: int) -> Consequences:
    """Return what would come of moving a draft's rule there, as `releasing.move_rule` does."""
    return findings_for(rule.organization, rule_of(rule), replaces=rule.pk, line=to_line)


def hidden_by_move(rule: MappingRule, *, to_line: int) -> Consequences:
    """Return only what that move would hide and what is not hidden yet: the rule itself, or rules after it."""
    then = findings_for_move(rule, to_line=to_line)
    never = tuple(flaw for flaw in then.flaws if flaw.kind in NEVER_DECIDES)
    if not never and not then.hides:
        return Consequences()
    now = findings_for_move(rule, to_line=rule.line)
    hidden = {each.key for each in now.hides}
    again = any(flaw.kind in NEVER_DECIDES for flaw in now.flaws)
    return Consequences(() if again else never, tuple(each for each in then.hides if each.key not in hidden))


@lru_cache(maxsize=KEPT)
def _analysed(rules: tuple[Rule, ...]) -> tuple[Analysis, Mapping[int, frozenset[str]]]:
    """Return the analysis, and by rule's key the folded ids of the queues that it names."""
    pinned = ((rule.key, pins(check_of(rule.when)).get("queue")) for rule in rules if rule.enabled)
    return analyse(rules), {key: queues for key, queues in pinned if queues}


def _troubles(
    organization: Organization, rows: Sequence[MappingRule], named: Mapping[int, frozenset[str]]
) -> Iterable[CodeTrouble]:
    offers = QueueWrapupCode.everywhere.of(organization)
    ids = frozenset().union(*named.values())
    queues = Queue.everywhere.of(organization).filter(genesys_id__in=ids, gone_at=None).order_by("name")
    known = {fold(queue.genesys_id): queue for queue in queues.filter(Exists(offers.filter(queue=OuterRef("pk"))))}
    if not known:
        return
    offered = defaultdict[int, set[int]](set)
    codes = {row.wrapup_code_id for row in rows if row.pk in named}
    pairs = offers.filter(queue__in=known.values(), wrapup_code__in=codes)
    for queue, code in pairs.values_list("queue_id", "wrapup_code_id"):
        offered[code].add(queue)
    for row in rows:
        wanted = [queue for key, queue in known.items() if key in named.get(row.pk, ())]
        missing = [queue for queue in wanted if queue.pk not in offered[row.wrapup_code_id]]
        if missing and row.wrapup_code.gone_at is None:
            yield CodeTrouble(row, missing)

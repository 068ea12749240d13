"""One rule with each of its conditions, and how each came out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from wrapups.domain.answers import Answer, answers
from wrapups.domain.conditions import Quantifier
from wrapups.domain.facts import Facts, fact_named
from wrapups.domain.masking import OPEN, Mask
from wrapups.domain.matching import Finding
from wrapups.domain.rules import Decision, Rule, nearest
from wrapups.domain.sentences import Names, Part, Sentence, condition_sentence
from wrapups.services.explaining import value_words

GROUPS: Mapping[Quantifier, str] = {
    Quantifier.ALL: "All of these",
    Quantifier.ANY: "Any of these",
    Quantifier.NONE: "None of these",
}


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One condition, or the head of a group of them, with how it came out. `depth` is how far it stands in."""

    depth: int
    held: bool
    sentence: Sentence
    value: str = ""
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class RuleAnswers:
    """One rule with each of its conditions."""

    name: str
    line: int
    held: bool
    lines: Sequence[AnswerLine]


def shown_rule(decision: Decision, asked: int | None = None) -> Rule | None:
    """Return the rule to show: that with the key `asked`, else the one that matched, else the nearest."""
    chosen = next((rule for rule in decision.release.rules if rule.key == asked), None)
    near = nearest(decision) if decision.rule is None else None
    return chosen or decision.rule or (near.rule if near else None)


def answers_of(rule: Rule, facts: Facts, names: Names, mask: Mask = OPEN) -> RuleAnswers:
    """Return every condition of a rule with how it came out for these facts."""
    answer = answers(rule.when, facts)
    head = () if rule.when.quantifier is Quantifier.ALL else (_head(answer, 0),)
    lines = (*head, *_lines(answer.members, len(head), names, mask))
    return RuleAnswers(rule.name, rule.position, answer.held, lines)


def _lines(members: Iterable[Answer | Finding], depth: int, names: Names, mask: Mask) -> Iterator[AnswerLine]:
    for member in members:
        if isinstance(member, Answer):
            yield _head(member, depth)
            yield from _lines(member.members, depth + 1, names, mask)
        else:
            name = member.condition.fact
            seen = mask.fact(name, member.seen)
            value = "not known" if seen is None else value_words(fact_named(name), seen, names) or "empty"
            yield AnswerLine(depth, member.held, condition_sentence(member.condition, names), value)


def _head(answer: Answer, depth: int) -> AnswerLine:
    return AnswerLine(depth, answer.held, (Part(f"{GROUPS[answer.quantifier]}:"),), is_group=True)

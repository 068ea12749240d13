"""Rules and their conditions in words for people. In parts, so that a page can emphasise without raw HTML."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from wrapups.domain.conditions import Condition, Group, Quantifier, Wanted
from wrapups.domain.facts import DISPOSITION, Fact, Value, fact_named
from wrapups.domain.masking import OPEN, Mask
from wrapups.domain.matching import Finding
from wrapups.domain.operators import OPERATORS, SETS
from wrapups.domain.rules import Rule

Names = Callable[[str, str], str]
"""Gives the name of an id: of a "queue", "division", "agent" or "code", and of a disposition's "source"."""

MAX_SHOWN = 5

NEGATIONS: Mapping[str, str] = {
    "is": "is not",
    "is_not": "is",
    "one_of": "is none of",
    "none_of": "is one of",
    "any_of": "include none of",
    "all_of": "do not include all of",
    "contains": "does not contain",
    "starts_with": "does not start with",
    "ends_with": "does not end with",
    "matches": "does not match",
    "less": "is not less than",
    "at_most": "is not at most",
    "more": "is not more than",
    "at_least": "is not at least",
    "between": "is not between",
    "is_empty": "is not empty",
    "is_not_empty": "is empty",
}
"""What is said, by operator, when a comparison does not hold."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence; what is emphasised is a name or a value of the organization's own."""

    text: str
    emphasised: bool = False


Sentence = tuple[Part, ...]


def plain(sentence: Sentence) -> str:
    """Return the sentence as text, *emphasis* between asterisks."""
    return "".join(f"*{part.text}*" if part.emphasised else part.text for part in sentence)


def condition_sentence(condition: Condition, names: Names) -> Sentence:
    """Return what the condition asks: the queue is *Billing EU*."""
    return _comparison(condition, names, held=True)


def rule_sentence(rule: Rule, names: Names) -> Sentence:
    """Return the whole rule: When the queue is *Billing EU* and ..., choose *Refund granted*."""
    code = (Part(names("code", rule.code_id), True), Part("."))
    if not rule.when.members:
        return (Part("Always choose "), *code)
    if rule.when.quantifier is Quantifier.NONE:
        return (Part("Unless "), *_members(rule.when, names), Part(", choose "), *code)
    return (Part("When "), *_members(rule.when, names), Part(", choose "), *code)


def finding_sentence(finding: Finding, names: Names, mask: Mask = OPEN) -> Sentence:
    """Return how one condition came out, with the value seen: the duration is more than *30 s* (it is *45 s*)."""
    fact, condition = fact_named(finding.condition.fact), finding.condition
    value = mask.fact(condition.fact, finding.seen)
    said = _comparison(condition, names, held=finding.held)
    if condition.operator in ("is_empty", "is_not_empty"):
        return said
    if finding.held and condition.operator in ("is", "one_of"):
        return (*_subject(fact, names), Part(" is "), *_values(fact, [value], names, "or"))
    return (*said, Part(" ("), *_seen(fact, value, names), Part(")"))


def _comparison(condition: Condition, names: Names, *, held: bool) -> Sentence:
    fact, operator = fact_named(condition.fact), OPERATORS[_said_as(condition)]
    verb = operator.label if held else NEGATIONS[operator.name]
    if fact.kind in SETS and verb.startswith("is "):
        verb = "are " + verb.removeprefix("is ")
    wanted = _values(fact, _listed(condition.value), names, "and" if operator.name in ("all_of", "between") else "or")
    return (*_subject(fact, names), Part(f" {verb}{' ' if wanted else ''}"), *wanted)


def _said_as(condition: Condition) -> str:
    """A list of one reads as one value: the queue is, not is one of."""
    if not isinstance(condition.value, tuple) or len(condition.value) != 1:
        return condition.operator
    return {"one_of": "is", "none_of": "is_not"}.get(condition.operator, condition.operator)


def _subject(fact: Fact, names: Names) -> Sentence:
    if fact.name.startswith(DISPOSITION):
        return (Part(f"the {names('source', fact.name.removeprefix(DISPOSITION))}'s disposition"),)
    return (Part(f"the {fact.label}"),)


def _members(group: Group, names: Names) -> Sentence:
    word = " and " if group.quantifier is Quantifier.ALL else " or "
    return joined([_member(member, names) for member in group.members], word)


def _member(member: Condition | Group, names: Names) -> Sentence:
    if isinstance(member, Condition):
        return condition_sentence(member, names)
    opening = "not (" if member.quantifier is Quantifier.NONE else "("
    return (Part(opening), *_members(member, names), Part(")"))


def _seen(fact: Fact, value: Value, names: Names) -> Sentence:
    opening = "they are " if fact.kind in SETS else "it is "
    if value is None:
        return (Part(f"{opening}not known"),)
    return (Part(opening), *(_values(fact, _listed(value), names, "and") or (Part("empty"),)))


def _listed(value: Value | Wanted) -> Sequence[Value]:
    if isinstance(value, list | tuple):
        return value
    return () if value in (None, "") else (value,)


def _values(fact: Fact, values: Sequence[Value], names: Names, word: str) -> Sentence:
    shown = [(Part(_value(fact, value, names), True),) for value in values[:MAX_SHOWN]]
    if len(values) > MAX_SHOWN:
        shown.append((Part(f"{len(values) - MAX_SHOWN} more"),))
    if len(shown) < 2:
        return joined(shown, "")
    return (*joined(shown[:-1], ", "), Part(f" {word} "), *shown[-1])


def _value(fact: Fact, value: Value, names: Names) -> str:
    if isinstance(value, bool):
        return "set" if value else "not set"
    if isinstance(value, str):
        return names(fact.catalogue, value) if fact.catalogue else fact.choices.get(value, value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return f"{value} {fact.unit}".strip()


def joined(sentences: Iterable[Sentence], word: str) -> Sentence:
    """Return these as one, with the word between each two."""
    parts: list[Part] = []
    for sentence in sentences:
        parts.extend((*((Part(word),) if parts else ()), *sentence))
    return tuple(parts)

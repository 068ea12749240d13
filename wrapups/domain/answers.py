"""How every condition of one rule came out, also those that did not decide: what a person ticks off, line by line."""

from collections.abc import Iterator
from dataclasses import dataclass

from wrapups.domain.conditions import Group, Quantifier
from wrapups.domain.facts import Facts
from wrapups.domain.matching import Check, CheckGroup, Finding, Seen, asked, check_of, look


@dataclass(frozen=True, slots=True)
class Answer:
    """A group of conditions with how it came out, and each of its members likewise."""

    quantifier: Quantifier
    held: bool
    members: tuple["Answer | Finding", ...]


def answers(when: Group, facts: Facts) -> Answer:
    """Return how each condition of a rule comes out for these facts; the whole `held` where the rule matches."""
    return _of_group(check_of(when), look(facts, asked(when)))


def findings(answer: Answer) -> Iterator[Finding]:
    """Return the single conditions, in the order in which they are written."""
    for member in answer.members:
        if isinstance(member, Answer):
            yield from findings(member)
        else:
            yield member


def _of_group(check: CheckGroup, seen: Seen) -> Answer:
    members = tuple(
        _of_group(member, seen) if isinstance(member, CheckGroup) else _finding(member, seen)
        for member in check.members
    )
    return Answer(check.quantifier, check.holds(seen), members)


def _finding(check: Check, seen: Seen) -> Finding:
    return Finding(check.path, check.condition, seen.facts.get(check.condition.fact), check.holds(seen))

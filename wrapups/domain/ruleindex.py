"""Which rules can match at all, found without trying them: a bitmap index, one bit a rule.

For each fact that rules pin to certain texts (queue, media type, disposition ...), each such text has the bits
of the rules it leaves possible. Ands over the facts leave the candidates. It never loses a rule that
matches; whether a candidate does match is for its conditions to say.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import NamedTuple

from wrapups.domain.conditions import Quantifier
from wrapups.domain.matching import Check, CheckGroup
from wrapups.domain.operators import OPERATORS, Comparable

Pins = dict[str, frozenset[str]]
"""Fact to the folded texts of which it must be, or have, one for a rule to match."""


class _Column(NamedTuple):
    """One fact: the rules that do not pin it, and for each text these and the rules that allow it."""

    fact: str
    free: int
    allowed: Mapping[Comparable, int]


@dataclass(frozen=True, slots=True)
class RuleIndex:
    """Every rule's bit, and a column for each fact that some rule pins."""

    every: int
    columns: tuple[_Column, ...]

    def candidates(self, compared: Mapping[str, Comparable]) -> Iterator[int]:
        """Yield the places of the rules that these facts leave possible, first rule first."""
        bits = self.every
        for fact, free, allowed in self.columns:
            value = compared.get(fact)
            if isinstance(value, frozenset):
                bits &= reduce(or_, (allowed.get(text, free) for text in value), free)
            else:
                bits &= allowed.get(value, free)
        while bits:
            lowest = bits & -bits
            yield lowest.bit_length() - 1
            bits ^= lowest


def index_of(checks: Sequence[CheckGroup]) -> RuleIndex:
    """Return the index of these rules, whose places are their places in the sequence."""
    pinned = [pins(check) for check in checks]
    facts = {fact for of_rule in pinned for fact in of_rule}
    return RuleIndex((1 << len(checks)) - 1, tuple(_column(fact, pinned) for fact in sorted(facts)))


def _column(fact: str, pinned: Iterable[Pins]) -> _Column:
    free, allowed = 0, defaultdict[Comparable, int](int)
    for place, of_rule in enumerate(pinned):
        if fact not in of_rule:
            free |= 1 << place
        for text in of_rule.get(fact, ()):
            allowed[text] |= 1 << place
    return _Column(fact, free, {text: bits | free for text, bits in allowed.items()})


def pins(check: Check | CheckGroup) -> Pins:
    """Return what the facts must be for the check to hold, as far as single texts can say it."""
    if isinstance(check, Check):
        implies, wanted = OPERATORS[check.condition.operator].implies, check.condition.value
        return {check.condition.fact: frozenset(implies(wanted))} if implies and not isinstance(wanted, bool) else {}
    inner = [pins(member) for member in check.members]
    if check.quantifier is Quantifier.ALL:
        return _narrowest(inner)
    if check.quantifier is Quantifier.ANY:
        shared = set.intersection(*map(set, inner))
        return {fact: frozenset().union(*(member[fact] for member in inner)) for fact in shared}
    return {}


def _narrowest(all_of: Iterable[Pins]) -> Pins:
    """Of two pins on one fact keep the shorter; no cut of both, as a set may fulfil each with another text."""
    kept: Pins = {}
    for member in all_of:
        for fact, texts in member.items():
            if fact not in kept or len(texts) < len(kept[fact]):
                kept[fact] = texts
    return kept

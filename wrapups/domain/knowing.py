"""Which rules ask for a disposition by value, told from nothing but who said what and, perhaps, on which queue.

What is not told is unknown, so an answer may be neither yes nor no. A rule that takes every conversation asks for
nothing: it would choose its code whatever had been said.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from wrapups.domain.conditions import Condition, Group, Quantifier
from wrapups.domain.facts import DISPOSITION, Facts
from wrapups.domain.matching import Check, CheckGroup, Seen, asked, check_of, look
from wrapups.domain.operators import OPERATORS, fold
from wrapups.domain.rules import Rule

ANY_SOURCE = "disposition"
"""The fact that holds what every source said."""

EXACT: Mapping[bool, frozenset[str]] = {
    True: frozenset({"is", "one_of", "any_of", "all_of"}),
    False: frozenset({"is_not", "none_of"}),
}
"""Comparisons that name the values they ask for; those of False do so under `none`."""
PARTLY = frozenset({"contains", "starts_with", "ends_with", "matches"})


@dataclass(frozen=True, slots=True)
class Saying:
    """What one source says about some conversation, on the queue of this Genesys id where one is given."""

    source: str
    code: str
    queue_id: str = ""

    @property
    def facts(self) -> Facts:
        """What is known by it: as if nothing else had been said."""
        said: Facts = {ANY_SOURCE: [self.code], DISPOSITION + self.source: self.code}
        return said | ({"queue": self.queue_id} if self.queue_id else {})


class Knowledge:
    """Rules made ready to be asked, many times, which of them ask for a disposition."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules
        self._checks = [check_of(rule.when) for rule in rules]
        self._asks = {name: made for rule in rules for name, made in asked(rule.when).items()}
        self._exact = defaultdict[tuple[str, str], list[int]](list)
        self._partly: list[tuple[int, Check]] = []
        self._named: dict[tuple[str, str], str] = {}
        for place, rule in enumerate(rules):
            for condition in _asking(rule.when):
                self._learn(place, condition)

    def rules_for(self, saying: Saying) -> list[Rule]:
        """Return the rules that ask for it and that may match it, in the order given."""
        seen = look(saying.facts, self._asks)
        places = {place for fact in self._facts(saying) for place in self._exact.get((fact, fold(saying.code)), ())}
        places |= {place for place, check in self._partly if check.holds(seen)}
        return [self._rules[place] for place in sorted(places) if outcome(self._checks[place], seen) is not False]

    @property
    def askers(self) -> list[Rule]:
        """The rules that ask for dispositions at all, in the order given."""
        places = {place for places in self._exact.values() for place in places} | {place for place, _ in self._partly}
        return [self._rules[place] for place in sorted(places)]

    @property
    def named(self) -> list[tuple[str, str]]:
        """Every disposition that a rule names in full: its source, empty for any, and its code as typed first."""
        return [
            ("" if fact == ANY_SOURCE else fact.removeprefix(DISPOSITION), code)
            for (fact, _), code in self._named.items()
        ]

    @staticmethod
    def _facts(saying: Saying) -> tuple[str, str]:
        return (ANY_SOURCE, DISPOSITION + saying.source)

    def _learn(self, place: int, condition: Condition) -> None:
        if condition.operator in PARTLY:
            [check] = check_of(Group(Quantifier.ALL, (condition,))).members
            if isinstance(check, Check):
                self._partly.append((place, check))
            return
        values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        for value in map(str, values):
            self._exact[condition.fact, fold(value)].append(place)
            self._named.setdefault((condition.fact, fold(value)), value.strip())


def _asking(member: Condition | Group, *, wanted: bool = True) -> Iterator[Condition]:
    """Yield the conditions that hold for certain dispositions alone; under `none` those that fail for them."""
    if isinstance(member, Group):
        for inner in member.members:
            yield from _asking(inner, wanted=wanted is not (member.quantifier is Quantifier.NONE))
    elif _names(member, wanted=wanted):
        yield member


def _names(condition: Condition, *, wanted: bool) -> bool:
    if condition.fact != ANY_SOURCE and not condition.fact.startswith(DISPOSITION):
        return False
    return condition.operator in EXACT[wanted] or (wanted and condition.operator in PARTLY)


def outcome(check: Check | CheckGroup, seen: Seen) -> bool | None:
    """Return how a check comes out by what is known; None where that depends on what is not."""
    if isinstance(check, CheckGroup):
        return _of_group(check, seen)
    if check.condition.fact not in seen.facts:
        return None
    if check.condition.operator == "all_of":
        # Of several that it wants, the others may be said as well.
        any_of = OPERATORS["any_of"].test(check.condition.value)
        return check.holds(seen) or (None if any_of(seen.compared[check.condition.fact]) else False)
    return check.holds(seen)


def _of_group(group: CheckGroup, seen: Seen) -> bool | None:
    outcomes = {outcome(member, seen) for member in group.members}
    deciding = group.quantifier is not Quantifier.ALL
    if deciding in outcomes:
        return group.quantifier is Quantifier.ANY
    return None if None in outcomes else group.quantifier is not Quantifier.ANY

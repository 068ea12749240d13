"""Conditions made ready to be asked many times, and why they came out as they did."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from wrapups.domain.conditions import Condition, Group, Quantifier
from wrapups.domain.facts import Facts, Value, fact_named
from wrapups.domain.operators import COMPARABLE, OPERATORS, Comparable, Test

Asks = dict[str, Callable[[Value], Comparable]]


class Seen(NamedTuple):
    """The facts of one communication, as they are and, those that a release asks for, as they compare."""

    facts: Facts
    compared: Mapping[str, Comparable]


@dataclass(frozen=True, slots=True)
class Finding:
    """One condition with the value it met: `held` tells how it came out. `path` is as in InvalidCondition."""

    path: str
    condition: Condition
    seen: Value
    held: bool


@dataclass(frozen=True, slots=True)
class Check:
    """A condition ready to be asked."""

    path: str
    condition: Condition
    test: Test
    as_typed: bool
    unknown: bool

    def holds(self, seen: Seen) -> bool:
        """Return whether the condition holds; a fact that is not known answers as its operator says."""
        value = seen.compared.get(self.condition.fact)
        if value is None:
            return self.unknown
        return self.test(seen.facts[self.condition.fact] if self.as_typed else value)


@dataclass(frozen=True, slots=True)
class CheckGroup:
    """A group ready to be asked."""

    quantifier: Quantifier
    members: tuple["Check | CheckGroup", ...]

    def holds(self, seen: Seen) -> bool:
        """Return whether all, any or none of the members hold; an empty `all` does."""
        stop = self.quantifier is not Quantifier.ALL
        for member in self.members:
            if member.holds(seen) is stop:
                return self.quantifier is Quantifier.ANY
        return self.quantifier is not Quantifier.ANY


def check_of(group: Group, path: str = "") -> CheckGroup:
    """Return the group ready to be asked, every pattern compiled."""
    path = f"{path}.{group.quantifier}" if path else group.quantifier.value
    members = tuple(
        check_of(member, f"{path}.{place}") if isinstance(member, Group) else _check(member, f"{path}.{place}")
        for place, member in enumerate(group.members)
    )
    return CheckGroup(group.quantifier, members)


def _check(condition: Condition, path: str) -> Check:
    operator = OPERATORS[condition.operator]
    return Check(path, condition, operator.test(condition.value), operator.as_typed, operator.unknown)


def asked(group: Group) -> Asks:
    """Return the facts that the group asks for, each with what makes it comparable."""
    asks: Asks = {}
    for member in group.members:
        asks |= asked(member) if isinstance(member, Group) else {member.fact: COMPARABLE[fact_named(member.fact).kind]}
    return asks


def look(facts: Facts, asks: Asks) -> Seen:
    """Return the facts with those that will be asked made comparable, once for all conditions."""
    return Seen(facts, {name: made_comparable(facts.get(name)) for name, made_comparable in asks.items()})


def grounds(check: Check | CheckGroup, seen: Seen) -> tuple[Finding, ...]:
    """Return the conditions that made the check come out as it did, in the order they are written.

    Where one alone decided (the first that fails of an `all`), it is the only one; where it took them all
    (every one of an `any` that failed), all are there.
    """
    outcome = check.holds(seen)
    if isinstance(check, Check):
        return (Finding(check.path, check.condition, seen.facts.get(check.condition.fact), outcome),)
    deciding = outcome is not (check.quantifier is Quantifier.NONE)
    took_all = (check.quantifier is Quantifier.ANY) is not outcome
    found = (grounds(member, seen) for member in check.members if member.holds(seen) is deciding)
    return tuple(finding for findings in found for finding in findings) if took_all else next(found)


def met(check: Check | CheckGroup, seen: Seen, *, want: bool = True) -> Iterator[bool]:
    """Yield for each single condition whether it is as the rule wants it; under `none` that is not to hold."""
    if isinstance(check, Check):
        yield check.holds(seen) is want
        return
    for member in check.members:
        yield from met(member, seen, want=want is not (check.quantifier is Quantifier.NONE))

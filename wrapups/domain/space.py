"""All that a communication can be, as far as some rules can tell, and those rules as formulas about it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from wrapups.domain.axes import YES, Axes, Cells, PatternCells, SetCells, cells_of
from wrapups.domain.conditions import Condition, Group, Quantifier
from wrapups.domain.facts import Facts
from wrapups.domain.formulas import FIRST, Box, Formula, Point, both, either
from wrapups.domain.rules import Rule


@dataclass(frozen=True, slots=True)
class Example:
    """The facts of a communication, and when it ended: None where no rule has dates."""

    facts: Facts
    at: datetime | None


class Space:
    """The axes that these rules ask about."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._axes = Axes()
        asked = defaultdict[str, dict[Condition, None]](dict)
        for rule in rules:
            for condition in _conditions(rule.when):
                asked[condition.fact][condition] = None
        self._cells: dict[str, Cells] = {name: cells_of(name, [*asked[name]], self._axes) for name in sorted(asked)}
        self._patterns = [each for each in self._cells.values() if isinstance(each, PatternCells)]
        sets = [each for each in self._cells.values() if isinstance(each, SetCells)]
        self._member_of = {axis: each.fact.name for each in sets for axis in each.members.values()}
        dates = sorted({date for rule in rules for date in (rule.valid_from, rule.valid_until) if date})
        self._ends = [dates[0] - timedelta(days=1), *dates] if dates else []
        self._end = self._axes.add(max(len(self._ends), 1))

    def formula(self, rule: Rule, *, want: bool = True) -> Formula:
        """Return when the rule matches, or when it does not."""
        members = (self._in_time(rule, want=want), self._group(rule.when, want=want))
        return both(members) if want else either(members, self._axes.full)

    def point(self, box: Box) -> tuple[Point, bool]:
        """Return one point of the box, with least known in it; and whether there is an example of it."""
        point, real = {axis: mask & -mask for axis, mask in box.items()}, True
        for cells in self._patterns:
            if cells.axis in box or not box.keys().isdisjoint(cells.questions.values()):
                fitting = cells.fitting(box)
                point |= fitting or {}
                real = real and fitting is not None
        return point, real

    def example(self, point: Point) -> Example:
        """Return a communication that is at a point of which there is an example."""
        values = {name: cells.value(point) for name, cells in self._cells.items()}
        at = self._ends[point.get(self._end, FIRST).bit_length() - 1] if self._ends else None
        return Example({name: value for name, value in values.items() if value is not None}, at)

    def single(self, box: Box) -> bool:
        """Return whether no set must have two of the texts that rules ask for."""
        members = [self._member_of[axis] for axis, mask in box.items() if mask == YES and axis in self._member_of]
        return len(members) == len(set(members))

    def _group(self, member: Group | Condition, *, want: bool) -> Formula:
        if isinstance(member, Condition):
            return self._cells[member.fact].formula(member, want=want)
        inner = member.quantifier is Quantifier.NONE
        formulas = (self._group(each, want=want is not inner) for each in member.members)
        if (member.quantifier is Quantifier.ANY) is want:
            return either(formulas, self._axes.full)
        return both(formulas)

    def _in_time(self, rule: Rule, *, want: bool) -> Formula:
        mask = sum(1 << cell for cell, at in enumerate(self._ends) if rule.in_time(at)) if self._ends else FIRST
        return self._axes.formula(self._end, mask, want=want)


def _conditions(group: Group) -> Iterator[Condition]:
    for member in group.members:
        yield from _conditions(member) if isinstance(member, Group) else (member,)

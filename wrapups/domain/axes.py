"""What a fact can be, cut into cells: within one cell, none of a release's conditions tells two values apart.

Every fact is taken to be free of all others, though Genesys links some (what one source said is among all
dispositions), and every text and number to be possible. So there are more communications here than in life: what
holds for all of these holds for all of those, and a communication given as an example may be an unlikely one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from wrapups.domain.conditions import Condition
from wrapups.domain.facts import Fact, Kind, Value, fact_named
from wrapups.domain.formulas import ALWAYS, FIRST, NEVER, Both, Box, Formula, Point, both, either
from wrapups.domain.operators import COMPARABLE, OPERATORS, SETS, fold
from wrapups.domain.text_cells import PARTS, examples, kind_of, kinds, other_than

YES = 2
"""The second cell of an axis that answers a question; the first is no."""
EQUALITIES: Mapping[str, bool] = {"is": True, "one_of": True, "is_not": False, "none_of": False}
"""Operators that ask whether a text is one of some, and what they want to hear."""
TEXTUAL = frozenset({Kind.TEXT, Kind.CHOICE})


class Axes:
    """The axes of all facts, numbered; `full` has the mask of all cells of each."""

    def __init__(self) -> None:
        self.full: dict[int, int] = {}

    def add(self, cells: int) -> int:
        """Return the number of a new axis."""
        axis = len(self.full)
        self.full[axis] = (1 << cells) - 1
        return axis

    def formula(self, axis: int, mask: int, *, want: bool = True) -> Formula:
        """Return that the axis is in one of these cells, or, not wanted, in none of them."""
        mask = mask if want else self.full[axis] & ~mask
        if mask == self.full[axis]:
            return ALWAYS
        return Both({axis: mask}) if mask else NEVER


class ScalarCells:
    """A fact that is one value: a cell for each that conditions tell apart, the first where it is not known."""

    def __init__(self, fact: Fact, conditions: Sequence[Condition], axes: Axes, gap: str = "") -> None:
        self.fact, self._axes = fact, axes
        gap = gap or other_than(map(_spelt, conditions))
        self.values: Sequence[Value] = (None, *_values(fact, conditions, gap))
        self._compared = [COMPARABLE[fact.kind](value) for value in self.values]
        self.axis = axes.add(len(self.values))
        self.bits = {value: 1 << cell for cell, value in enumerate(self._compared) if isinstance(value, str)}
        self._masks: dict[Condition, int] = {}

    def formula(self, condition: Condition, *, want: bool) -> Formula:
        """Return when the condition holds, or when it does not."""
        if condition not in self._masks:
            self._masks[condition] = self._mask(condition)
        return self._axes.formula(self.axis, self._masks[condition], want=want)

    def value(self, point: Point) -> Value:
        """Return a value of the cell that the point is in."""
        return self.values[point.get(self.axis, FIRST).bit_length() - 1]

    def _mask(self, condition: Condition) -> int:
        if self.fact.kind in TEXTUAL and condition.operator in EQUALITIES:
            mask = sum(self.bits[text] for text in set(map(fold, _listed(condition))))
            return mask if EQUALITIES[condition.operator] else self._axes.full[self.axis] & ~mask & ~FIRST
        operator = OPERATORS[condition.operator]
        test = operator.test(condition.value)
        answers = (operator.unknown if value is None else test(value) for value in self._compared)
        return sum(1 << cell for cell, answer in enumerate(answers) if answer)


class PatternCells:
    """A text that RE2 patterns are matched with: each is a question of its own, answered by examples.

    `fitting` finds an example for a box, and None does not mean that there is no such text.
    """

    def __init__(self, fact: Fact, conditions: Sequence[Condition], axes: Axes, opaque: Sequence[Condition]) -> None:
        gap = other_than(map(_spelt, conditions))
        plain = [each for each in conditions if each not in opaque]
        self._axes, self._plain, self._gap = axes, ScalarCells(fact, plain, axes, gap), gap
        self.fact, self.axis = fact, self._plain.axis
        self.questions = {each: axes.add(2) for each in opaque}
        self._known = axes.full[self.axis] & ~FIRST
        self._parts = [each for each in conditions if each.operator in PARTS and each not in opaque]
        self._kinds = {kind_of(text, self._parts): bit for text, bit in self._plain.bits.items() if gap in text}
        self._examples: dict[int, list[tuple[Value, Point]]] = defaultdict(list)
        for value in (None, *self._pool()):
            point = self._answers(value)
            if all(point != other for _, other in self._examples[point[self.axis]]):
                self._examples[point[self.axis]].append((value, point))

    def formula(self, condition: Condition, *, want: bool) -> Formula:
        """Return when the condition holds, or when it does not."""
        if condition not in self.questions:
            return self._plain.formula(condition, want=want)
        answer = self._axes.formula(self.questions[condition], YES, want=want)
        return both((answer, self._axes.formula(self.axis, self._known))) if want else answer

    def fitting(self, box: Box) -> Point | None:
        """Return the cells of some text within the box."""
        found = (
            point for _, point in self._within(box) if all(box.get(axis, bit) & bit for axis, bit in point.items())
        )
        return next(found, None)

    def value(self, point: Point) -> Value:
        """Return the text that is in just these cells."""
        mine = {axis: point.get(axis, FIRST) for axis in (self.axis, *self.questions.values())}
        return next(value for value, other in self._within(point) if other == mine)

    def _within(self, box: Box) -> Iterator[tuple[Value, Point]]:
        mask = box.get(self.axis, FIRST)
        for cell, found in self._examples.items():
            if cell & mask:
                yield from found

    def _pool(self) -> Iterator[Value]:
        yield from (*self._plain.values[1:], " ")  # blank counts as empty, and yet a pattern may match it
        yield from (fold(value) for value in self._plain.values[1:] if isinstance(value, str))
        yield from examples([str(each.value) for each in self.questions], self._gap)

    def _answers(self, value: Value) -> dict[int, int]:
        point = {self.axis: self._cell(value)}
        for condition, axis in self.questions.items():
            operator = OPERATORS[condition.operator]
            text = value if operator.as_typed or not isinstance(value, str) else fold(value)
            point[axis] = YES if value is not None and operator.test(condition.value)(text) else FIRST
        return point

    def _cell(self, value: Value) -> int:
        if not isinstance(value, str):
            return FIRST
        return self._plain.bits.get(fold(value)) or self._kinds[kind_of(value, self._parts)]


class SetCells:
    """A fact that is several texts: whether it is known and not empty, and a question for each text asked for.

    Where a text is among them, they are not empty; every formula here sees to that.
    """

    EMPTY, SOME = 2, 4

    def __init__(self, fact: Fact, conditions: Sequence[Condition], axes: Axes) -> None:
        self.fact, self._axes = fact, axes
        self.axis = axes.add(3)
        self._other = other_than(map(_spelt, conditions))
        spelt = {fold(text): text for each in conditions for text in _listed(each)}
        self._spelt = {axes.add(2): text for text in spelt.values()}
        self.members = {fold(text): axis for axis, text in self._spelt.items()}

    def formula(self, condition: Condition, *, want: bool) -> Formula:
        """Return when the condition holds, or when it does not."""
        members = [self.members[text] for text in dict.fromkeys(map(fold, _listed(condition)))]
        match condition.operator, want:
            case ("any_of", True):
                return either(map(self._has, members), self._axes.full)
            case ("all_of", True):
                return both(map(self._has, members))
            case ("any_of", False):
                return both(map(self._lacks, members))
            case ("all_of", False):
                return either(map(self._lacks, members), self._axes.full)
            case ("none_of", True):
                return both((self._is(self.EMPTY | self.SOME), *map(self._lacks, members)))
            case ("none_of", False):
                return either((self._is(FIRST), *map(self._has, members)), self._axes.full)
            case ("is_empty", True) | ("is_not_empty", False):
                return both((self._is(FIRST | self.EMPTY), *map(self._lacks, self.members.values())))
            case _:
                return self._is(self.SOME)

    def value(self, point: Point) -> Value:
        """Return the texts of the cells that the point is in."""
        known = point.get(self.axis, FIRST)
        if known == FIRST:
            return None
        texts = [text for axis, text in self._spelt.items() if point.get(axis, FIRST) == YES]
        return sorted(texts) or ([self._other] if known == self.SOME else [])

    def _is(self, mask: int) -> Formula:
        return self._axes.formula(self.axis, mask)

    def _has(self, member: int) -> Formula:
        return Both({self.axis: self.SOME, member: YES})

    def _lacks(self, member: int) -> Formula:
        return Both({member: FIRST})


Cells = ScalarCells | PatternCells | SetCells


def _fits(box: Box, point: Point) -> bool:
    return all(box.get(axis, cell) & cell for axis, cell in point.items())


def cells_of(name: str, conditions: Sequence[Condition], axes: Axes) -> Cells:
    """Return the cells of the fact that these conditions ask for."""
    fact = fact_named(name)
    if fact.kind in SETS:
        return SetCells(fact, conditions, axes)
    parts = [each for each in conditions if each.operator in PARTS]
    listed = not parts or kinds(parts, other_than(map(_spelt, conditions))) is not None
    opaque = [each for each in conditions if each.operator == "matches" or (not listed and each in parts)]
    return PatternCells(fact, conditions, axes, opaque) if opaque else ScalarCells(fact, conditions, axes)


def _values(fact: Fact, conditions: Sequence[Condition], gap: str) -> Sequence[Value]:
    if fact.kind is Kind.FLAG:
        return (True, False)
    return _numbers(conditions) if fact.kind is Kind.NUMBER else _texts(conditions, gap)


def _numbers(conditions: Iterable[Condition]) -> list[Value]:
    """Return each number asked for, and one between each two and beyond either end."""
    listed = (each.value if isinstance(each.value, tuple) else (each.value,) for each in conditions)
    asked = sorted({float(each) for values in listed for each in values if isinstance(each, int | float)}) or [0.0]
    between = [middle for low, high in pairwise(asked) if low < (middle := (low + high) / 2) < high]
    return [asked[0] - 1, *sorted((*asked, *between)), asked[-1] + 1]


def _texts(conditions: Sequence[Condition], gap: str) -> list[Value]:
    """Return a text that is none of those asked for, then those, then none at all, then the other kinds of text."""
    found = kinds([each for each in conditions if each.operator in PARTS], gap) or {}
    literal = {fold(text): text for each in conditions if each.operator in EQUALITIES for text in _listed(each)}
    others = [text for kind, text in found.items() if kind]
    return [gap, *literal.values(), "", *others]


def _listed(condition: Condition) -> list[str]:
    """Return the texts that a condition compares with."""
    texts = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    return [text for text in texts if isinstance(text, str)]


def _spelt(condition: Condition) -> str:
    return "".join(f"{text}{fold(text)}" for text in _listed(condition))

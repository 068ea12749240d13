"""Whether a rule can ever decide, proved either way: by an example it decides, or by looking at everything it matches.

The search takes one point of what the rule matches and asks which other rule decides there. What that rule matches
is cut away, and a point of the rest is tried; where no rest is left, the rule never decides.
"""

from collections import defaultdict
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain

from wrapups.domain.formulas import FIRST, Both, Box, Formula, Point, Steps, TooManySteps, holds, narrowed
from wrapups.domain.rules import Rule
from wrapups.domain.space import Example, Space

STEPS_A_QUESTION = 20_000
STEPS_IN_ALL = 1_000_000
MOST_WEIGHED = 40
"""Of more rules that cover another together, nobody asks which could be spared."""

Objection = Callable[[Box, Point], Iterator[Box] | None]
"""Gives, for a point that will not do, the parts of the box that may do better; None for a point that will."""


class Proof(Enum):
    """How a question came out."""

    EXAMPLE = "there is an example"
    NONE = "there is none"
    UNDECIDED = "neither was shown"


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether there is such a communication, one if so, and the places of the rules that stood in the way."""

    proof: Proof
    example: Example | None = None
    by: tuple[int, ...] = ()


class Study:
    """Rules in the order they are tried, all enabled, made ready for questions. Places count from 0."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules, self.space = rules, Space(rules)
        self.holds = [self.space.formula(rule) for rule in rules]
        self._fails: dict[int, Formula] = {}
        self._holders = _Holders(self.holds)
        self._left = STEPS_IN_ALL
        self.comparisons = 0
        """How often one rule was held against another."""

    def decides(self, place: int, *, without: frozenset[int] = frozenset()) -> Answer:
        """Return whether the rule ever comes first, and where not which rules do, as few as was found out.

        A rule that matches nothing at all never does, and then none stands in its way.
        """
        before = frozenset(range(place)) - without if without else range(place)
        answer = self._decides(place, before)
        if answer.proof is not Proof.NONE or len(answer.by) < 2:
            return answer
        alone = self._covering_alone(place, before)
        return Answer(Proof.NONE, by=self._fewest(place, answer.by) if alone is None else (alone,))

    def missed(self, place: int) -> Answer:
        """Return whether anything would be decided otherwise without the rule, and where not which rules take over."""
        taking_over: set[int] = set()

        def objection(box: Box, point: Point) -> Iterator[Box] | None:
            other = next((each for each in self._holding(point) if each != place), None)
            if other is None or (other > place and not self.alike(place, other)):
                return None
            parts = self._narrowed(box, self._failing(other))
            if other < place:
                return parts
            taking_over.add(other)
            between = (each for each in range(place + 1, other) if not self.alike(place, each))
            return chain(parts, *(self._narrowed(box, self.holds[each]) for each in between))

        answer = self._ask(place, objection)
        return Answer(answer.proof, answer.example, tuple(sorted(taking_over)))

    def hidden_by(self, place: int) -> tuple[int, ...]:
        """Return the later rules that could decide if this one were not there, and cannot as it is."""
        met = (later for later in range(place + 1, len(self.rules)) if self._may_overlap(place, later))
        shadowed = (later for later in met if self._decides(later, range(later)).proof is Proof.NONE)
        alone = frozenset({place})
        return tuple(each for each in shadowed if self.decides(each, without=alone).proof is Proof.EXAMPLE)

    def overlap(self, one: int, other: int, *, single: bool = False) -> bool:
        """Return whether both match something; `single` leaves out what has several of the texts of one set.

        Raises TooManySteps where that cannot soon be said.
        """
        self.comparisons += 1
        steps = Steps(STEPS_A_QUESTION)
        boxes = (inside for box in self._boxes(one, steps) for inside in narrowed(box, self.holds[other], steps))
        return any(not single or self.space.single(box) for box in boxes)

    def covers(self, one: int, other: int) -> bool:
        """Return whether the one rule matches everything that the other does. Raises TooManySteps."""
        self.comparisons += 1
        steps = Steps(STEPS_A_QUESTION)
        rest = (inside for box in self._boxes(other, steps) for inside in narrowed(box, self._failing(one), steps))
        return next(rest, None) is None

    def alike(self, one: int, other: int) -> bool:
        """Return whether it makes no difference which of the two decides."""
        a, b = self.rules[one], self.rules[other]
        return (a.code_id, a.notes, a.policies) == (b.code_id, b.notes, b.policies)

    def _may_overlap(self, one: int, other: int) -> bool:
        try:
            return self.overlap(one, other)
        except TooManySteps:
            return True

    def _decides(self, place: int, before: Container[int]) -> Answer:
        used: set[int] = set()

        def objection(box: Box, point: Point) -> Iterator[Box] | None:
            earlier = next((each for each in self._holding(point) if each in before or each >= place), place)
            if earlier >= place:
                return None
            used.add(earlier)
            return self._narrowed(box, self._failing(earlier))

        answer = self._ask(place, objection)
        return Answer(answer.proof, answer.example, tuple(sorted(used)))

    def _ask(self, place: int, objection: Objection) -> Answer:
        """Search what the rule matches for a point without objection."""
        self._steps = Steps(min(STEPS_A_QUESTION, self._left))
        given = self._steps.left
        try:
            return self._search(self._boxes(place, self._steps), objection)
        except TooManySteps:
            return Answer(Proof.UNDECIDED)
        finally:
            self._left -= given - self._steps.left

    def _search(self, boxes: Iterator[Box], objection: Objection) -> Answer:
        waiting, guessed = [boxes], False
        while waiting:
            box = next(waiting[-1], None)
            if box is None:
                waiting.pop()
                continue
            point, real = self.space.point(box)
            parts = objection(box, point)
            if parts is not None:
                waiting.append(parts)
            elif real:
                return Answer(Proof.EXAMPLE, self.space.example(point))
            else:
                guessed = True
        return Answer(Proof.UNDECIDED if guessed else Proof.NONE)

    def _covering_alone(self, place: int, before: Container[int]) -> int | None:
        """A rule that covers all of another holds at any point of it, so only those need be asked."""
        box = next(self._boxes(place, Steps(STEPS_A_QUESTION)))
        point, _ = self.space.point(box)
        return next((each for each in self._holding(point) if each in before and self.covers(each, place)), None)

    def _fewest(self, place: int, by: Sequence[int]) -> tuple[int, ...]:
        kept = frozenset(by)
        for each in reversed(by) if len(by) <= MOST_WEIGHED else ():
            if self._decides(place, kept - {each}).proof is Proof.NONE:
                kept -= {each}
        return tuple(sorted(kept))

    def _failing(self, place: int) -> Formula:
        if place not in self._fails:
            self._fails[place] = self.space.formula(self.rules[place], want=False)
        return self._fails[place]

    def _boxes(self, place: int, steps: Steps) -> Iterator[Box]:
        return narrowed({}, self.holds[place], steps)

    def _narrowed(self, box: Box, formula: Formula) -> Iterator[Box]:
        self.comparisons += 1
        return narrowed(box, formula, self._steps)

    def _holding(self, point: Point) -> Iterator[int]:
        for place in self._holders.candidates(point):
            self.comparisons += 1
            if holds(self.holds[place], point):
                yield place


class _Holders:
    """Which rules can hold at a point, found without trying them: a bit a rule, as `ruleindex` has it."""

    def __init__(self, formulas: Sequence[Formula]) -> None:
        self._unasking = 0
        """Rules that hold at all axes' first cells, as far as masks say."""
        self._beyond = defaultdict[int, int](int)
        """By axis, the rules that refuse its first cell."""
        self._masks = defaultdict[int, dict[int, int]](lambda: defaultdict(int))
        self._asking = defaultdict[int, int](int)
        self._allowed: dict[tuple[int, int], int] = {}
        self._every = (1 << len(formulas)) - 1
        for place, formula in enumerate(formulas):
            self._add(1 << place, formula.masks if isinstance(formula, Both) else {})

    def _add(self, rule: int, masks: Box) -> None:
        beyond = [axis for axis, mask in masks.items() if not mask & FIRST]
        for axis in beyond:
            self._beyond[axis] |= rule
        if not beyond:
            self._unasking |= rule
        for axis, mask in masks.items():
            self._masks[axis][mask] |= rule
            self._asking[axis] |= rule

    def candidates(self, point: Point) -> Iterator[int]:
        """Yield the places of the rules that this point leaves possible, first rule first."""
        bits = self._unasking
        for axis, cell in point.items():
            if cell != FIRST:
                bits |= self._beyond[axis]
        for axis, cell in point.items():
            bits &= self._allowing(axis, cell)
        while bits:
            lowest = bits & -bits
            yield lowest.bit_length() - 1
            bits ^= lowest

    def _allowing(self, axis: int, cell: int) -> int:
        if (axis, cell) not in self._allowed:
            free = self._every & ~self._asking[axis]
            bits = (rules for mask, rules in self._masks[axis].items() if mask & cell)
            self._allowed[axis, cell] = free | sum(bits)
        return self._allowed[axis, cell]

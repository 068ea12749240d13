"""What one set of rules changes against another, rule by rule and field by field.

Two releases have their own copies of a rule, which is the same rule where its identity is. `compare` and `apply` are
inverses: applying the differences to the older set gives the newer one.
"""

from bisect import bisect_left
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A rule as one set has it: what it is known by, and its fields by name."""

    identity: Hashable
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule and its place in its set, from 1."""

    line: Line
    place: int


@dataclass(frozen=True, slots=True)
class Pair:
    """A rule that both sets have, before and now, and the names of the fields that differ."""

    before: Placed
    now: Placed
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Differences:
    """Everything that differs; a rule can be both changed and moved.

    Moved are the fewest rules whose move explains the new order: one rule that goes to the top is one move.
    """

    added: tuple[Placed, ...] = ()
    removed: tuple[Placed, ...] = ()
    changed: tuple[Pair, ...] = ()
    moved: tuple[Pair, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.moved)

    def __len__(self) -> int:
        return len(self.added) + len(self.removed) + len(self.changed) + len(self.moved)


def compare(before: Sequence[Line], now: Sequence[Line]) -> Differences:
    """Return what turns `before` into `now`, each in order and with every identity once."""
    older = {line.identity: Placed(line, place) for place, line in enumerate(before, start=1)}
    newer = {line.identity: Placed(line, place) for place, line in enumerate(now, start=1)}
    pairs = [_pair(older[identity], placed) for identity, placed in newer.items() if identity in older]
    return Differences(
        added=tuple(placed for identity, placed in newer.items() if identity not in older),
        removed=tuple(placed for identity, placed in older.items() if identity not in newer),
        changed=tuple(pair for pair in pairs if pair.fields),
        moved=tuple(pairs[position] for position in _out_of_order([pair.before.place for pair in pairs])),
    )


def apply(differences: Differences, before: Sequence[Line]) -> list[Line]:
    """Return these rules with the differences made to them.

    On another set than the one they were found against, what is gone already stays gone, what is changed stands as
    `differences` has it, and new and moved rules go to their new places as far as there are so many.
    """
    gone = {placed.line.identity for placed in differences.removed}
    changed = {pair.now.line.identity: pair.now.line for pair in differences.changed}
    lines = [changed.get(line.identity, line) for line in before if line.identity not in gone]
    known = {line.identity: line for line in lines}
    placed_anew = {pair.now.line.identity: pair.now.place for pair in differences.moved if _in(pair, known)}
    added = {placed.line.identity: placed for placed in differences.added}
    staying = [line for line in lines if line.identity not in placed_anew and line.identity not in added]
    arriving = [(place, known[identity]) for identity, place in placed_anew.items()]
    arriving += [(placed.place, placed.line) for placed in added.values()]
    for place, line in sorted(arriving, key=lambda each: each[0]):
        staying.insert(place - 1, line)
    return staying


def _in(pair: Pair, known: Mapping[Hashable, Line]) -> bool:
    return pair.now.line.identity in known


def _pair(before: Placed, now: Placed) -> Pair:
    names = {**before.line.fields, **now.line.fields}
    return Pair(before, now, tuple(name for name in names if _value(before, name) != _value(now, name)))


def _value(placed: Placed, name: str) -> object:
    return placed.line.fields.get(name)


def _out_of_order(places: Sequence[int]) -> list[int]:
    """Return the fewest positions whose removal leaves the places ascending (patience sorting)."""
    tails: list[int] = []
    last: list[int] = []
    came_from: list[int] = []
    for position, place in enumerate(places):
        length = bisect_left(tails, place)
        came_from.append(last[length - 1] if length else -1)
        tails[length:] = [place, *tails[length + 1 :]]
        last[length:] = [position, *last[length + 1 :]]
    staying = set()
    position = last[-1] if last else -1
    while position != -1:
        staying.add(position)
        position = came_from[position]
    return [position for position in range(len(places)) if position not in staying]

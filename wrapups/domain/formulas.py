"""What a rule asks, as a formula over axes: each axis takes one of finitely many cells, and a mask has a bit a cell.

A box keeps some axes to some of their cells; axes it does not name are free. `narrowed` gives the boxes, within a
box, in which a formula holds everywhere: where it gives none, the formula holds nowhere in the box.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

Box = Mapping[int, int]
"""Axis to the mask of the cells that are left; never an empty mask."""

Point = Mapping[int, int]
"""Axis to the bit of one cell; an axis that is left out is in its first cell."""

FIRST = 1
"""The bit of an axis' first cell."""


@dataclass(frozen=True, slots=True)
class Both:
    """Every axis named is within its mask, and each of the others holds."""

    masks: Box = field(default_factory=dict)
    others: tuple["Either", ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """Some axis named is within its mask, or one of the others holds. `outside` has the cells not in each mask."""

    masks: Box = field(default_factory=dict)
    others: tuple["Both", ...] = ()
    outside: Box = field(default_factory=dict)


Formula = Both | Either

ALWAYS = Both()
NEVER = Either()


class TooManySteps(Exception):
    """The question would take longer than anybody wants to wait for its answer."""


class Steps:
    """How many boxes may still be looked at."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    def take(self) -> None:
        """Count one; raise TooManySteps where none is left."""
        if self.left <= 0:
            raise TooManySteps
        self.left -= 1


def both(members: Iterable[Formula]) -> Formula:
    """Return the formula that holds where all of these do, as flat as can be."""
    masks: dict[int, int] = {}
    others: list[Either] = []
    for member in members:
        if isinstance(member, Either):
            others.append(member)
            continue
        others += member.others
        for axis, mask in member.masks.items():
            masks[axis] = masks.get(axis, mask) & mask
    if NEVER in others or not all(masks.values()):
        return NEVER
    return others[0] if len(others) == 1 and not masks else Both(masks, tuple(others))


def either(members: Iterable[Formula], full: Mapping[int, int]) -> Formula:
    """Return the formula that holds where one of these does; `full` has the mask of all cells of each axis."""
    masks: dict[int, int] = {}
    others: list[Both] = []
    for member in members:
        if isinstance(member, Either):
            others += member.others
        elif member.others or len(member.masks) != 1:
            others.append(member)
            continue
        for axis, mask in member.masks.items():
            masks[axis] = masks.get(axis, 0) | mask
    if ALWAYS in others or any(mask == full[axis] for axis, mask in masks.items()):
        return ALWAYS
    if len(masks) + len(others) == 1:
        return others[0] if others else Both(masks)
    return Either(masks, tuple(others), {axis: full[axis] & ~mask for axis, mask in masks.items()})


def narrowed(box: Box, formula: Formula, steps: Steps) -> Iterator[Box]:
    """Yield boxes that together are just the part of this one in which the formula holds. Raises TooManySteps."""
    steps.take()
    if isinstance(formula, Both):
        inside = within(box, formula.masks)
        if inside is not None:
            yield from _all(inside, formula.others, steps)
        return
    for axis, mask in formula.masks.items():
        inside = within(box, {axis: mask})
        if inside is not None:
            yield inside
        outside = within(box, {axis: formula.outside[axis]})
        if outside is None:
            return
        box = outside
    for other in formula.others:
        yield from narrowed(box, other, steps)


def within(box: Box, masks: Box) -> Box | None:
    """Return the part of the box within these masks, or None where there is none."""
    kept = dict(box)
    for axis, mask in masks.items():
        left = kept.get(axis, mask) & mask
        if not left:
            return None
        kept[axis] = left
    return kept


def _all(box: Box, formulas: tuple[Either, ...], steps: Steps) -> Iterator[Box]:
    if not formulas:
        yield box
        return
    for inside in narrowed(box, formulas[0], steps):
        yield from _all(inside, formulas[1:], steps)


def holds(formula: Formula, point: Point) -> bool:
    """Return whether the formula holds at the point."""
    met = map(partial(_in_cell, point), formula.masks.items())
    others = (holds(other, point) for other in formula.others)
    if isinstance(formula, Both):
        return all(met) and all(others)
    return any(met) or any(others)


def _in_cell(point: Point, wanted: tuple[int, int]) -> bool:
    return bool(point.get(wanted[0], FIRST) & wanted[1])

"""Bars over time, laid out here and drawn as SVG by a template: classes for colours, links for bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

WIDTH, HEIGHT = 560, 170
LEFT, BOTTOM, TOP = 36, 20, 8
GAP = 2


@dataclass(frozen=True, slots=True)
class Part:
    """How many of one kind a column has; `url` leads to them."""

    tone: str
    label: str
    number: int
    url: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column, with its parts from the bottom up. `mark` is written under it, or empty; `url` leads to all of it."""

    label: str
    mark: str
    parts: tuple[Part, ...]
    url: str = ""

    @property
    def total(self) -> int:
        """The column's height in numbers."""
        return sum(part.number for part in self.parts)


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle in the coordinates of the chart, and what it stands for."""

    x: float
    y: float
    width: float
    height: float
    column: Column
    part: Part


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the grid at a round number."""

    y: float
    number: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A word under a column."""

    x: float
    text: str


@dataclass(frozen=True, slots=True)
class Slot:
    """The whole height over one column's place, for a pointer and the keyboard."""

    x: float
    width: float
    column: Column


@dataclass(frozen=True, slots=True)
class Marker:
    """Something that happened within the column of this place: a short word for it, all of it, and where it leads."""

    place: int
    word: str
    title: str
    url: str


@dataclass(frozen=True, slots=True)
class MarkerLine:
    """A marker, laid out."""

    x: float
    marker: Marker


@dataclass(frozen=True, slots=True)
class Chart:
    """A laid-out chart, and the columns again for the table behind it."""

    columns: Sequence[Column]
    bars: list[Bar]
    lines: list[Line]
    marks: list[Mark]
    slots: list[Slot]
    markers: list[MarkerLine]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    top: int = TOP

    @property
    def bottom(self) -> int:
        """Where the columns stand."""
        return self.height - BOTTOM

    @property
    def total(self) -> int:
        """What all columns add up to."""
        return sum(column.total for column in self.columns)

    def number_of(self, label: str) -> int:
        """Return how many of one kind all columns have together."""
        return sum(part.number for column in self.columns for part in column.parts if part.label == label)


def stacked(
    columns: Sequence[Column], *, markers: Sequence[Marker] = (), width: int = WIDTH, height: int = HEIGHT
) -> Chart:
    """Return the columns as stacked bars under a round top; empty parts get no bar, others at least a pixel.

    A marker stands where its column begins.
    """
    top = _round_top(max((column.total for column in columns), default=0))
    plot, slot = height - BOTTOM - TOP, (width - LEFT) / max(1, len(columns))
    bars: list[Bar] = []
    for place, column in enumerate(columns):
        y = float(height - BOTTOM)
        for part in column.parts:
            if part.number:
                high = max(1.0, part.number / top * plot)
                y -= high
                bars.append(Bar(_px(LEFT + place * slot + GAP / 2), _px(y), _px(slot - GAP), _px(high), column, part))
    lines = [Line(_px(height - BOTTOM - share * plot), int(top * share)) for share in (0, 0.5, 1)]
    marks = [Mark(_px(LEFT + (place + 0.5) * slot), each.mark) for place, each in enumerate(columns) if each.mark]
    slots = [Slot(_px(LEFT + place * slot), _px(slot), column) for place, column in enumerate(columns)]
    lined = [MarkerLine(_px(LEFT + marker.place * slot), marker) for marker in markers]
    return Chart(columns, bars, lines, marks, slots, lined, width, height)


def _round_top(highest: int) -> int:
    """Return a round even number, so that its half is whole too, not below the highest column."""
    if highest <= 2:
        return 2
    power = 10 ** int(log10(highest))
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= highest and step * power % 2 == 0)


def _px(value: float) -> float:
    return round(value, 1)

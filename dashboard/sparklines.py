"""A few numbers over time as small bars: laid out here, drawn as SVG by a template, and said in words."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 84, 24
GAP = 2
LEAST = 1.5
"""How high a bar stands that is not none, however high the others are."""


@dataclass(frozen=True, slots=True)
class SmallBar:
    """One number: where its bar stands, and what it says."""

    x: float
    y: float
    width: float
    height: float
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Sparkline:
    """The bars, from the first to the last."""

    bars: tuple[SmallBar, ...]
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def words(self) -> str:
        """What it shows, for whoever hears the page."""
        return ", ".join(f"{bar.label}: {bar.number}" for bar in self.bars)


def sparkline(numbers: Sequence[tuple[str, int]]) -> Sparkline:
    """Return labelled numbers as bars, the highest as high as there is room; none has no height."""
    highest = max((number for _, number in numbers), default=0) or 1
    slot = WIDTH / max(1, len(numbers))
    bars = []
    for place, (label, number) in enumerate(numbers):
        high = round(max(LEAST, number / highest * HEIGHT), 1) if number else 0.0
        bars.append(
            SmallBar(round(place * slot, 1), round(HEIGHT - high, 1), round(slot - GAP, 1), high, label, number)
        )
    return Sparkline(tuple(bars))

"""Every figure the project claims, as a command: `python -m benchmarks NAME[,NAME] [--option value ...]`.

A bench is one module here, without a leading underscore, with `figures(options)` that yields what it measured;
`OPTIONS` names its options with their defaults. Peers are measured in the same run as ours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured, and the aim where there is one. An aim is a goal: missing it is news, not an error."""

    bench: str
    figure: str
    value: float
    unit: str
    at_most: float | None = None
    at_least: float | None = None

    @property
    def aim(self) -> str | None:
        """The goal in words, such as "at most 60"."""
        if self.at_most is not None:
            return f"at most {self.at_most:g}"
        return None if self.at_least is None else f"at least {self.at_least:g}"

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None where there is none."""
        if self.at_most is not None:
            return self.value <= self.at_most
        return None if self.at_least is None else self.value >= self.at_least

    def as_json(self) -> dict[str, object]:
        """Return the line that is printed."""
        return {
            "bench": self.bench,
            "figure": self.figure,
            "value": float(f"{self.value:.5g}"),
            "unit": self.unit,
            "aim": self.aim,
            "met": self.met,
        }


class Bench(Protocol):
    """What a module must offer to be run by name."""

    OPTIONS: Mapping[str, str]

    def figures(self, options: Mapping[str, str]) -> Iterator[Figure]:
        """Measure, and yield each figure as soon as it is known; `options` has every name of OPTIONS."""
        ...

"""Faults: what can go wrong between asking and knowing, for chosen operations, by rate or count, by a seed."""

import random
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from itertools import count
from typing import Any

MODES = {
    "hang_after": "does what was asked, then never answers",
    "late_apply": "does what was asked after `seconds`, and answers only then",
    "reset_before": "resets the connection, nothing done",
    "reset_after": "does what was asked, then resets the connection",
    "e500_before": "answers 500, nothing done",
    "e500_after": "does what was asked, then answers 500",
    "status": "answers `status`, nothing done",
    "malformed": "does what was asked, then answers with broken JSON",
    "huge_body": "does what was asked, then answers with `bytes` of body",
    "slow_drip": "does what was asked, then answers a byte each `seconds`",
    "half_close": "does what was asked, then closes in the middle of the answer",
    "r429": "answers 429, nothing done; `retry_after` is a number, a date, garbage or null",
    "redirect": "answers 307 to `location`, nothing done",
    "accept_but_drop": "answers as if it were done, nothing done",
}


@dataclass(slots=True)
class Fault:
    """One fault. `operations` are patterns such as `POST */wrapup`; `count` None is without end.

    Raises ValueError, saying what is possible, for an unknown mode or a rate out of range.
    """

    mode: str
    operations: list[str] = field(default_factory=lambda: ["*"])
    rate: float = 1.0
    count: int | None = None
    seed: int = 1
    seconds: float = 30.0
    status: int = 503
    bytes: int = 8_000_000
    retry_after: str | None = "1"
    location: str = "/api/v2/elsewhere"
    id: int = 0
    met: int = 0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"There is no fault {self.mode!r}; there are {', '.join(MODES)}.")
        if not 0 < self.rate <= 1:
            raise ValueError(f"The rate of a fault is above 0 and at most 1, not {self.rate!r}.")


class Faults:
    """The faults in force."""

    def __init__(self) -> None:
        self.in_force: dict[int, tuple[Fault, random.Random]] = {}
        self.numbers = count(1)

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force and return it with its id."""
        fault.id = next(self.numbers)
        self.in_force[fault.id] = fault, random.Random(fault.seed)  # noqa: S311 - plays, protects nothing
        return fault

    def remove(self, fault_id: int | None = None) -> None:
        """End one fault, or all of them."""
        if fault_id is None:
            self.in_force.clear()
        else:
            self.in_force.pop(fault_id, None)

    def strike(self, operation: str) -> Fault | None:
        """Return the fault this call meets, the first in force that hits; its count goes down."""
        for fault, chance in self.in_force.values():
            if fault.count is not None and fault.met >= fault.count:
                continue
            if not any(fnmatchcase(operation, pattern) for pattern in fault.operations):
                continue
            if fault.rate >= 1 or chance.random() < fault.rate:
                fault.met += 1
                return fault
        return None

    def as_list(self) -> list[dict[str, Any]]:
        """Return every fault in force, with how often it was met."""
        return [asdict(fault) for fault, _ in self.in_force.values()]

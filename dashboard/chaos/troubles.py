"""What goes wrong on the wire: about a fifth of the writes, half of which land all the same, and fewer of the reads.

Each trouble strikes by its rate and a seed, and, in a run of any length, is armed once to strike for certain.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from wrapups.genesys.simulator.client import SimulatorControl

WRITES, READS, BULK_READS = "write", "read", "bulk read"
OPERATIONS: Mapping[str, list[str]] = {
    WRITES: ["POST */wrapup"],
    READS: ["GET */wrapup"],
    BULK_READS: ["GET */conversations/details", "POST */details/query"],
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """One way in which one kind of call goes wrong, which part of them does, and how late the answer is then."""

    mode: str
    call: str
    rate: float
    beyond_deadline_s: float = 0.0

    @property
    def name(self) -> str:
        """What it is called in a run's line, such as "hang_after a write"."""
        return f"{self.mode} a {self.call}"


TROUBLES = (
    Trouble("reset_before", READS, 0.03),
    Trouble("e500_before", READS, 0.03),
    Trouble("malformed", READS, 0.02),
    Trouble("e500_before", BULK_READS, 0.03),
    Trouble("hang_after", WRITES, 0.04, beyond_deadline_s=2.0),
    Trouble("late_apply", WRITES, 0.02, beyond_deadline_s=1.5),
    Trouble("reset_after", WRITES, 0.03),
    Trouble("reset_before", WRITES, 0.02),
    Trouble("e500_after", WRITES, 0.03),
    Trouble("e500_before", WRITES, 0.03),
    Trouble("malformed", WRITES, 0.02),
    Trouble("slow_drip", WRITES, 0.01),
)
"""In this order each is armed once: reads first, since they are rare, and begin late."""
BYTE_TAKES_S = 0.01


def trouble_the_wire(simulator: SimulatorControl, *, seed: int, deadline_s: float) -> None:
    """Let calls go wrong from now on, each trouble by its rate."""
    for trouble in TROUBLES:
        _put_in_force(simulator, trouble, deadline_s, rate=trouble.rate, seed=seed)


def once_each(
    simulator: SimulatorControl, *, deadline_s: float, within_s: float
) -> Iterator[tuple[float, partial[None]]]:
    """Yield when to do what so that each trouble strikes at least one call, one trouble after the other."""
    for place, trouble in enumerate(TROUBLES):
        yield within_s * place / len(TROUBLES), partial(_put_in_force, simulator, trouble, deadline_s, count=1)


def all_met(simulator: SimulatorControl) -> bool:
    """Tell whether each trouble has struck at least once."""
    return met(simulator).keys() == {trouble.name for trouble in TROUBLES}


def met(simulator: SimulatorControl) -> Counter[str]:
    """Return how often each trouble in force has struck."""
    names = {(trouble.mode, *OPERATIONS[trouble.call]): trouble.name for trouble in TROUBLES}
    struck: Counter[str] = Counter()
    for fault in simulator.faults():
        name = names.get((fault["mode"], *fault["operations"]))
        if name and fault["met"]:
            struck[name] += fault["met"]
    return struck


def _put_in_force(simulator: SimulatorControl, trouble: Trouble, deadline_s: float, **how: float) -> None:
    seconds = deadline_s + trouble.beyond_deadline_s if trouble.beyond_deadline_s else BYTE_TAKES_S
    simulator.fault(trouble.mode, operations=OPERATIONS[trouble.call], seconds=seconds, **how)

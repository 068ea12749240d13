"""Which blow falls when. Pure: a seed and a duration always give the same schedule."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What can befall the product."""

    KILL_WORKER = "kill worker"
    KILL_PUMP = "kill pump"
    FREEZE_WORKER = "freeze worker"
    FLUSH_BROKER = "flush broker"
    KILL_BROKER = "kill broker"
    CRASH_DATABASE = "crash database"
    THROTTLE = "throttle"
    EXPIRE_TOKENS = "expire tokens"
    PAUSE = "pause"
    AGENT_CHOOSES = "agent chooses"
    REFUSE = "refuse a write"
    RETRY = "retry what failed"
    INSIST = "insist on our code"


MEAN_GAP_S = {
    Kind.KILL_WORKER: 12.0,
    Kind.KILL_PUMP: 20.0,
    Kind.FREEZE_WORKER: 30.0,
    Kind.FLUSH_BROKER: 15.0,
    Kind.KILL_BROKER: 40.0,
    Kind.CRASH_DATABASE: 30.0,
    Kind.THROTTLE: 25.0,
    Kind.EXPIRE_TOKENS: 60.0,
    Kind.PAUSE: 45.0,
    Kind.AGENT_CHOOSES: 1.5,
    Kind.REFUSE: 6.0,
    Kind.RETRY: 3.0,
    Kind.INSIST: 2.5,
}
"""Seconds between two blows of a kind, on average."""
FIRST_WITHIN = 0.8
"""Every kind falls at least once, and first within this part of the run, however short that is."""


@dataclass(frozen=True, slots=True, order=True)
class Blow:
    """One blow: when, in seconds after the start, what, and a number from 0 to 1 that chooses its victim."""

    at_s: float
    kind: Kind
    chance: float


def schedule(*, seed: int, duration_s: float) -> list[Blow]:
    """Return the blows of a run in the order in which they fall."""
    return sorted(
        blow
        for kind, gap_s in MEAN_GAP_S.items()
        for blow in _of(kind, gap_s, random.Random(f"{seed}/{kind}"), duration_s)  # noqa: S311 (plays)
    )


def _of(kind: Kind, gap_s: float, chance: random.Random, duration_s: float) -> Iterator[Blow]:
    at_s = chance.uniform(0, min(gap_s, duration_s * FIRST_WITHIN))
    while at_s < duration_s:
        yield Blow(at_s, kind, chance.random())
        at_s += gap_s * chance.uniform(0.5, 1.5)

"""Generates conversations by number: which scenario each is, and when it took place."""

import random
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from wrapups.genesys.simulator.catalogue import Catalogue
from wrapups.genesys.simulator.generation.scenarios import SCENARIOS
from wrapups.genesys.simulator.generation.steps import end_of_customers
from wrapups.genesys.simulator.generation.story import Story, placed
from wrapups.genesys.simulator.instants import Instant, from_epoch
from wrapups.genesys.simulator.timeline import Document, Timeline

Mix = dict[str, int]


class Told(NamedTuple):
    """A document in seconds, when its talk ends, and how long it takes with after-call work."""

    document: Document
    end: float
    length: float
    still_wrapping_up: bool


def ended_conversations(
    catalogue: Catalogue, *, seed: int, numbers: range, mix: Mix, until_s: float, within_s: float, speed: float
) -> Iterator[Timeline]:
    """Yield conversations that ended in the `within_s` seconds before `until_s` (seconds after 1970).

    Their after-call work is over too, except where the scenario is about an agent still at it: that talk ended just
    now. Durations are divided by `speed`. The same numbers give the same conversations, wherever in time.
    Raises ValueError for a mix that names no scenario or a speed that is not above 0.
    """
    for number in numbers:
        key = f"{seed}/{number}"
        told = _told(catalogue, key, scenario_of(seed, number, mix), speed=speed)
        ago = random.Random(f"{key}/when").uniform(0, 1)  # noqa: S311 - plays, protects nothing
        if told.still_wrapping_up:
            yield placed(told.document, from_epoch(until_s - told.end - ago))
        else:
            yield placed(told.document, from_epoch(until_s - told.length - ago * within_s))


def arriving_conversation(catalogue: Catalogue, *, seed: int, number: int, at: Instant, speed: float) -> Timeline:
    """Return the conversation that arrives as this number; its durations are divided by `speed`."""
    told = _told(catalogue, f"{seed}/arrival/{number}", scenario_of(seed, number, {}), speed=speed)
    return placed(told.document, at)


def scenario_of(seed: int, number: int, mix: Mix) -> str:
    """Return the scenario of a number: dealt from a shuffled deck, so that each round holds all of them by weight."""
    deck = _deck(seed, tuple(sorted(mix.items())))
    return deck[number % len(deck)]


@lru_cache(maxsize=16)
def _deck(seed: int, mix: tuple[tuple[str, int], ...]) -> tuple[str, ...]:
    weights = dict(mix) or {name: weight for name, (weight, _) in SCENARIOS.items()}
    unknown = weights.keys() - SCENARIOS.keys()
    if unknown or not any(weights.values()):
        raise ValueError(f"A mix gives scenarios a weight; there are {', '.join(SCENARIOS)}.")
    deck = [name for name, weight in weights.items() for _ in range(weight)]
    random.Random(seed).shuffle(deck)  # noqa: S311 - plays, protects nothing
    return tuple(deck)


def _told(catalogue: Catalogue, key: str, scenario: str, *, speed: float) -> Told:
    if speed <= 0:
        raise ValueError("The speed has to be above 0; 1 is life's own.")
    story = Story(key, catalogue, speed=speed)
    end = SCENARIOS[scenario][1](story)
    document = story.finish(end)
    end_of_customers(document, end)
    segments = [g for p in document["participants"] for s in p["sessions"] for g in s["segments"]]
    length = max(max(g["segmentStart"], g.get("segmentEnd", 0.0)) for g in segments)
    return Told(document, end or length, length, story.still_wrapping_up)

"""Generates conversations by number: which scenario each is, and when it took place."""

import random
from collections.abc import Iterator
from functools import lru_cache

from wrapups.genesys.simulator.catalogue import Catalogue
from wrapups.genesys.simulator.generation.scenarios import SCENARIOS, end_of_customers
from wrapups.genesys.simulator.generation.story import Story, placed
from wrapups.genesys.simulator.instants import Instant, from_epoch
from wrapups.genesys.simulator.timeline import Timeline

Mix = dict[str, int]


def ended_conversations(
    catalogue: Catalogue, *, seed: int, numbers: range, mix: Mix, until_s: float, within_s: float
) -> Iterator[Timeline]:
    """Yield conversations that ended in the `within_s` seconds before `until_s` (seconds after 1970).

    Those that never end began then. The same numbers give the same conversations, wherever in time.
    Raises ValueError for a mix that names no scenario.
    """
    for number in numbers:
        key = f"{seed}/{number}"
        document, length = _told(catalogue, key, scenario_of(seed, number, mix), speed=1.0)
        ended_s = until_s - random.Random(f"{key}/when").uniform(0, within_s)  # noqa: S311 - plays, protects nothing
        yield placed(document, from_epoch(ended_s - length))


def arriving_conversation(catalogue: Catalogue, *, seed: int, number: int, at: Instant, speed: float) -> Timeline:
    """Return the conversation that arrives as this number; its durations are divided by `speed`."""
    document, _ = _told(catalogue, f"{seed}/arrival/{number}", scenario_of(seed, number, {}), speed=speed)
    return placed(document, at)


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


def _told(catalogue: Catalogue, key: str, scenario: str, *, speed: float) -> tuple[dict[str, object], float]:
    """Return a document in seconds and how long it takes, after-call work included."""
    story = Story(key, catalogue, speed=speed)
    end = SCENARIOS[scenario][1](story)
    document = story.finish(end)
    end_of_customers(document, end)
    segments = [g for p in document["participants"] for s in p["sessions"] for g in s["segments"]]
    return document, max(max(g["segmentStart"], g.get("segmentEnd", 0.0)) for g in segments)

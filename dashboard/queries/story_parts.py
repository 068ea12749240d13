"""Parts of one conversation that have the same agent, told apart: by medium, by queue or, at last, by their order."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from dashboard.queries.story_events import Leg
from wrapups.domain.vocabulary import MEDIA_TYPES


def told_apart(legs: Sequence[Leg]) -> list[Leg]:
    """Return the parts in their order, each with what tells it from the others of its agent, if there are any."""
    parts: dict[str, list[int]] = defaultdict(list)
    for place, leg in enumerate(legs):
        parts[leg.agent].append(place)
    apart = {place: words for places in parts.values() for place, words in _words([legs[p] for p in places], places)}
    return [replace(leg, apart=apart[place]) for place, leg in enumerate(legs)]


def _words(legs: Sequence[Leg], places: Sequence[int]) -> list[tuple[int, str]]:
    if len(legs) == 1:
        return [(places[0], "")]
    by_medium = [_medium(leg) for leg in legs]
    by_both = [", ".join(filter(None, (_medium(leg), _queue(leg)))) for leg in legs]
    words = next((each for each in (by_medium, by_both) if max(Counter(each).values()) == 1), None)
    numbered = [f"{both}, part {number}" for number, both in enumerate(by_both, 1)]
    return list(zip(places, words or numbered, strict=True))


def _medium(leg: Leg) -> str:
    media_type = leg.communication.media_type
    return MEDIA_TYPES.get(media_type, media_type)


def _queue(leg: Leg) -> str:
    return leg.names("queue", leg.communication.queue_id)

"""What is wrong with a query, as it is shown: each word with what may stand there, and the query with them marked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dashboard.query_bar.reading import Fault


@dataclass(frozen=True, slots=True)
class Offer:
    """What may stand in a faulty word's place, and the query with it there."""

    words: str
    query: str


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with one word of the query."""

    fault: Fault
    word: str
    offers: tuple[Offer, ...]


def troubles_of(text: str, faults: Iterable[Fault]) -> list[Trouble]:
    """Return what is wrong, in the order of the words."""
    return [_trouble(text, fault) for fault in sorted(faults, key=lambda fault: fault.start)]


def in_parts(text: str, troubles: Sequence[Trouble]) -> list[tuple[str, bool]]:
    """Return the query in parts, each with whether something is wrong with it; together they are the query."""
    parts, place = [], 0
    for trouble in troubles:
        start, end = max(place, trouble.fault.start), max(place, trouble.fault.end)
        parts += [(text[place:start], False), (text[start:end], True)]
        place = end
    return [part for part in [*parts, (text[place:], False)] if part[0]]


def _trouble(text: str, fault: Fault) -> Trouble:
    before, after = text[: fault.start], text[fault.end :]
    offers = tuple(Offer(words, f"{before}{words}{after}") for words in fault.instead)
    return Trouble(fault, text[fault.start : fault.end], offers)

"""Texts that tell text conditions apart: for each way in which a text can answer them, one that does.

Of texts that begin with, end with and contain certain others the kinds can be listed in full: whatever else must be
in the text is kept apart by a character that none of the conditions knows. What RE2 patterns match cannot be listed;
for these there are only examples, each tried on the pattern itself.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, permutations

from wrapups.domain.conditions import Condition
from wrapups.domain.operators import OPERATORS, fold

PARTS = ("starts_with", "ends_with", "contains")
MAX_KINDS = 256
"""More kinds of text than these are not listed."""

MAX_ALTERNATIVES = 16
MAX_REPEATED = 50

FIRST_PRIVATE, LAST_PRIVATE = 0xE000, 0xF8FF
"""Unicode's private use area: characters that compose with nothing and have no upper or lower case."""

Kind = frozenset[Condition]
"""The conditions that a text answers with yes."""

_CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "b": "", "B": "", "A": "", "z": ""}
_TOKENS = re.compile(
    r"\\(?P<escaped>.)|\[(?P<negated>\^?)(?P<chosen>\]?[^\]\\]|\\.)(?:\\.|[^\]\\])*\]|(?P<any>\.)"
    r"|\{(?P<times>\d+)(?:,\d*)?\}|[()^$*+?]|(?P<literal>.)",
    re.DOTALL,
)
_GROUP = re.compile(r"(?<!\\)\((?:\?[\w<>-]*:?)?(?P<inner>(?:[^()\\]|\\.)*)\)", re.DOTALL)


def other_than(texts: Iterable[str]) -> str:
    """Return a character that none of these texts has."""
    taken = set().union(*texts)
    return next(chr(each) for each in range(FIRST_PRIVATE, LAST_PRIVATE + 1) if chr(each) not in taken)


def kinds(parts: Sequence[Condition], gap: str) -> dict[Kind, str] | None:
    """Return every kind of text these conditions on parts of a text tell apart, with an example; None for too many.

    `gap` is a character that none of them has.
    """
    found = {_kind(gap, parts): gap}
    waiting = list(found)
    while waiting:
        kind = waiting.pop()
        for more in parts:
            text = None if more in kind else _blend((*kind, more), gap)
            if text is not None and (reached := _kind(text, parts)) not in found:
                found[reached] = text
                waiting.append(reached)
        if len(found) > MAX_KINDS:
            return None
    return found


def kind_of(text: str, parts: Iterable[Condition]) -> Kind:
    """Return which of these conditions hold for the text."""
    return _kind(fold(text), parts)


def examples(patterns: Iterable[str], gap: str) -> Iterator[str]:
    """Yield texts some of which match some of these RE2 patterns; it is for the pattern to say which."""
    single = list(dict.fromkeys(chain.from_iterable(map(_examples, patterns))))
    yield from single
    yield from (f"{gap}{each}{gap}" for each in single)
    yield from (f"{one} {two}" for one, two in permutations(single[:12], 2))


def _blend(required: Sequence[Condition], gap: str) -> str | None:
    """Return a text for which all of these hold, and besides only what then must; None where they cannot."""
    wanted = {part: [fold(str(each.value)) for each in required if each.operator == part] for part in PARTS}
    start, end = (max(wanted[part], key=len, default="") for part in PARTS[:2])
    if not all(map(start.startswith, wanted["starts_with"])) or not all(map(end.endswith, wanted["ends_with"])):
        return None
    return gap.join((start, *wanted["contains"], end))


def _kind(folded: str, parts: Iterable[Condition]) -> Kind:
    return frozenset(each for each in parts if OPERATORS[each.operator].test(each.value)(folded))


def _examples(pattern: str) -> Iterator[str]:
    """Yield texts made like the pattern: one for each of some choices between its alternatives."""
    for flat in islice(_without_groups(pattern), MAX_ALTERNATIVES):
        pieces: list[str] = []
        for token in _TOKENS.finditer(flat):
            if token["times"] and pieces:
                pieces.append(pieces[-1] * (min(int(token["times"]), MAX_REPEATED) - 1))
            else:
                pieces.append(_sample(token))
        yield "".join(pieces)


def _without_groups(pattern: str) -> Iterator[str]:
    """Yield the pattern with one alternative in place of each group, and of itself."""
    group = _GROUP.search(pattern)
    if group is None:
        yield from pattern.split("|")
        return
    for alternative in group["inner"].split("|"):
        yield from _without_groups(f"{pattern[: group.start()]}{alternative}{pattern[group.end() :]}")


def _sample(token: re.Match[str]) -> str:
    if token["escaped"]:
        return _CLASSES.get(token["escaped"], token["escaped"])
    if token["chosen"]:
        chosen = token["chosen"]
        return "-" if token["negated"] else _CLASSES.get(chosen[1], chosen[1]) if chosen[0] == "\\" else chosen
    return "x" if token["any"] else token["literal"] or ""

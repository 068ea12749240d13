"""A query read: the parameters of the address that asks the same, and what is wrong with it, word by word."""

import re
from dataclasses import dataclass, field
from difflib import get_close_matches

from dashboard.query_bar.ids import (
    MOST_IDS,
    SHORTEST_BEGINNING,
    ids_in,
    is_list,
    looks_like_beginning,
    whole_ids,
)
from dashboard.query_bar.keys import KEYS, Key
from dashboard.query_bar.moments import EXAMPLES, moment_in
from dashboard.query_bar.words import Word, in_quotes, quoted, words_in

LONGEST = 20_000
"""Characters; room for 500 ids."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the words from `start` to `end`, and what may stand there instead."""

    start: int
    end: int
    said: str
    instead: tuple[str, ...] = ()


@dataclass
class Reading:
    """What a query asks for as parameters of an address; `places` tells where each parameter was read."""

    parameters: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def keep(self, parameter: str, value: str, word: Word) -> None:
        """Take over what a word asks for."""
        self.parameters[parameter] = value
        self.places[parameter] = (word.start, word.end)

    def refuse(self, word: Word, said: str, *instead: str) -> None:
        """Leave a word out, and say why."""
        self.faults.append(Fault(word.start, word.end, said, instead))


def read(text: str) -> Reading:
    """Return what a query asks for; what cannot be read is a fault and asks for nothing. Never raises."""
    reading = Reading()
    if len(text) > LONGEST:
        reading.faults.append(
            Fault(LONGEST, len(text), f"A query has at most {LONGEST:,} characters; this is left out.")
        )
        text = text[:LONGEST]
    if is_list(text):
        _take_ids(reading, Word(0, len(text), text), whole_ids(text))
        return reading
    for word in words_in(text):
        _take(reading, word)
    return reading


def free_text(text: str) -> str:
    """Return text that is looked for in notes as a query says it, so that nothing of it reads as a key or an id."""
    said = (_as_text(word) for word in words_in(text))
    return " ".join(each for each in said if each)


def _take(reading: Reading, word: Word) -> None:
    if not word.closed:
        reading.refuse(word, 'This quote is not closed. Put a " at its end.')
    elif word.negated or _is_minus(word):
        reading.refuse(word, "A search cannot leave things out. Ask for what you want to see instead.")
    elif word.key:
        _take_key(reading, word)
    else:
        _take_text(reading, word)


def _is_minus(word: Word) -> bool:
    return not (word.key or word.quoted) and len(word.value) > 1 and word.value[0] == "-" and word.value[1].isalnum()


def _take_key(reading: Reading, word: Word) -> None:
    key = KEYS.get(word.key)
    if key is None:
        near = get_close_matches(word.key, KEYS, n=1, cutoff=0.5) or [
            name for name in KEYS if name.startswith(word.key)
        ]
        meant = f" Did you mean “{near[0]}”?" if near else " Write it in quotes to look for it in notes."
        reading.refuse(word, f"There is no key “{word.key}”.{meant}", *_instead(near[:1], word))
    elif not word.value.strip():
        reading.refuse(word, f"Say after “{key.name}:” what it must be, for example {key.example}.")
    elif key.name == "id":
        _take_id(reading, word)
    elif key.parameter in reading.parameters:
        reading.refuse(word, f"“{key.name}” is asked for twice; only the first is used.")
    else:
        _take_value(reading, word, key)


def _instead(names: list[str], word: Word) -> list[str]:
    if not names:
        return [in_quotes(f"{word.key}:{word.value}")]
    return [f"{name}:{quoted(word.value)}" for name in names if word.value]


def _take_value(reading: Reading, word: Word, key: Key) -> None:
    value = word.value.strip()
    if key.name in ("since", "until"):
        moment = moment_in(value)
        if moment is None:
            reading.refuse(word, f"“{value}” is no time that can be read. Write {EXAMPLES}.")
            return
        value = moment
    reading.keep(key.parameter, value, word)


def _take_id(reading: Reading, word: Word) -> None:
    ids = whole_ids(word.value) or re.split(r"[\s,;]+", word.value.strip())
    if len(ids) > 1 or whole_ids(word.value):
        _take_ids(reading, word, ids)
    else:
        _take_beginning(reading, word)


def _take_beginning(reading: Reading, word: Word) -> None:
    value = word.value.strip()
    if len(value) < SHORTEST_BEGINNING:
        reading.refuse(word, f"Give at least {SHORTEST_BEGINNING} characters of the id.")
    elif {"q", "ids"} & reading.parameters.keys():
        reading.refuse(word, "The beginning of an id cannot be asked for together with others. Give whole ids.")
    else:
        reading.keep("q", value, word)


def _take_ids(reading: Reading, word: Word, ids: list[str]) -> None:
    if "q" in reading.parameters:
        reading.refuse(word, "The beginning of an id cannot be asked for together with others. Give whole ids.")
        return
    known = reading.parameters.get("ids", "").split()
    together = list(dict.fromkeys([*known, *ids]))
    if len(together) > MOST_IDS:
        reading.refuse(word, f"At most {MOST_IDS} ids can be asked for at once; the first {MOST_IDS} are used.")
    reading.keep("ids", " ".join(together[:MOST_IDS]), word)


def _take_text(reading: Reading, word: Word) -> None:
    ids = [] if word.quoted else ids_in(word.value)
    if ids:
        _take_ids(reading, word, ids)
    elif not word.quoted and looks_like_beginning(word.value):
        _take_beginning(reading, word)
    else:
        said = _as_text(word)
        if not said:
            reading.refuse(word, "This has no letter and no figure to look for. Leave it out.")
            return
        known = reading.parameters.get("words", "")
        reading.keep("words", f"{known} {said}".strip(), word)


def _as_text(word: Word) -> str:
    """Return a word as text: quotes and escapes gone, in quotes again where it would read as something else."""
    said = f"{word.key}:{word.value}" if word.key else word.value
    said = " ".join(re.sub(r'[\\"“”„]', " ", said).split())
    if not any(map(str.isalnum, said)):
        return ""
    (first, *more) = words_in(said)
    reads_as_text = not (more or first.key or _is_minus(first) or ids_in(said) or looks_like_beginning(said))
    return said if reads_as_text and not word.quoted else in_quotes(said)

"""A query cut into words: `key:value`, `key:"a value with blanks"`, `"a phrase"`, and bare words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

QUOTES = '"“”„'
"""Each of them opens and closes: editors and telephones put typographic ones in by themselves."""

_KEY = re.compile(r"(-?)([^\W\d][\w-]*):(?!//)")
_QUOTED = re.compile(rf"[{QUOTES}]((?:[^{QUOTES}\\]|\\.)*)([{QUOTES}]?)", re.DOTALL)
_BARE = re.compile(r"\S*")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_NEEDS_QUOTES = re.compile(rf"[\s\\{QUOTES}]|^$")


@dataclass(frozen=True, slots=True)
class Word:
    """One word and where it stands. `key` is empty for text; `value` is without quotes and escapes."""

    start: int
    end: int
    value: str
    key: str = ""
    negated: bool = False
    quoted: bool = False
    closed: bool = True


def words_in(text: str) -> Iterator[Word]:
    """Yield the words of any text, in order. Never raises."""
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        word = _word_at(text, place)
        yield word
        place = word.end


def quoted(value: str) -> str:
    """Return a value as it is written after a key: in quotes only where it needs them."""
    return in_quotes(value) if _NEEDS_QUOTES.search(value) else value


def in_quotes(value: str) -> str:
    """Return a value in quotes, what would end them escaped."""
    return '"' + re.sub(rf"([\\{QUOTES}])", r"\\\1", value) + '"'


def _word_at(text: str, start: int) -> Word:
    key = _KEY.match(text, start)
    if key is None:
        return _value_at(text, start, start)
    return _value_at(text, start, key.end(), key=key[2].lower(), negated=bool(key[1]))


def _value_at(text: str, start: int, place: int, *, key: str = "", negated: bool = False) -> Word:
    found = _QUOTED.match(text, place)
    if found:
        # One that is not closed takes the rest, with a backslash at the very end that escapes nothing.
        end = found.end() if found[2] else len(text)
        value = _ESCAPED.sub(r"\1", found[1])
        return Word(start, end, value, key, negated, quoted=True, closed=bool(found[2]))
    bare = _BARE.match(text, place)
    value = bare[0] if bare else ""
    return Word(start, place + len(value), value, key, negated)

"""JSON from strangers: read in one way only, or refused with the reason and the place.

Python's reader takes the last of two equal keys, NaN, half a surrogate pair, and numbers and depths that nothing
behind it can store. What is refused here is refused before it is built. Nothing of the text is in the reasons.
"""

import json
import re
from math import isfinite
from typing import Any

MAX_DEPTH = 8
SMALLEST, LARGEST = -(2**63), 2**63 - 1

_TOKEN = re.compile(r'["{}\[\]:,]|NaN|-?Infinity|-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?')
_LONGEST_INTEGER = len(str(SMALLEST))
_READER = json.JSONDecoder()


class NotStrictJson(ValueError):
    """The text is no JSON that can be read in one way only. The message is for whoever sent it."""

    def __init__(self, reason: str, text: str, position: int) -> None:
        """`position` counts characters from 0; people are told line and column, from 1."""
        self.reason, self.position = reason, position
        self.line = text.count("\n", 0, position) + 1
        self.column = position - text.rfind("\n", 0, position)
        super().__init__(f"At {self.where}: {reason}")

    @property
    def where(self) -> str:
        """The place in words."""
        return f"line {self.line}, column {self.column}"


def parse(raw: bytes | str, *, max_depth: int = MAX_DEPTH) -> Any:
    """Return what the JSON says: dict, list, str, int, float, bool or None.

    Raises NotStrictJson for text that is not UTF-8 or not JSON, for keys given twice, NaN, infinities and numbers
    too large for a float, integers beyond 64 bits, NUL characters, lone surrogates, and more than `max_depth`
    containers inside each other. Takes time in proportion to the text, whatever is in it.
    """
    text = _decoded(raw)
    try:
        _Walk(text, max_depth).go()
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise NotStrictJson(f"This is not JSON: {error.msg[:1].lower()}{error.msg[1:]}.", text, error.pos) from None


def _decoded(raw: bytes | str) -> str:
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8") if isinstance(raw, bytes) else ""
        raise NotStrictJson("The text is not UTF-8.", before, len(before)) from None
    if text.startswith("\ufeff"):
        raise NotStrictJson("The text begins with a byte order mark. Send UTF-8 without one.", text, 0)
    return text


class _Walk:
    """One pass over the tokens, before anything is built. What is no JSON at all is left for the reader to say."""

    def __init__(self, text: str, max_depth: int) -> None:
        self._text, self._max_depth = text, max_depth
        self._open: list[set[str] | None] = []
        """Per open container: the keys of an object so far, None for a list."""
        self._string, self._string_at = "", 0

    def go(self) -> None:
        """Raise NotStrictJson at the first thing that may not be there, JSONDecodeError at a broken string."""
        position = 0
        while found := _TOKEN.search(self._text, position):
            position = found.end()
            if found[0] == '"':
                position = self._take_string(found.start())
            else:
                self._take(found[0], found.start())

    def _take(self, mark: str, position: int) -> None:
        match mark:
            case "{" | "[":
                if len(self._open) >= self._max_depth:
                    self._refuse(f"More than {self._max_depth} objects and lists are inside each other.", position)
                self._open.append(set() if mark == "{" else None)
            case "}" | "]":
                del self._open[-1:]
            case ":":
                self._take_key()
            case ",":
                pass
            case _:
                self._take_number(mark, position)

    def _take_string(self, position: int) -> int:
        """Keep the string that begins here, since it may turn out to be a key; return where it ends."""
        self._string, end = _READER.raw_decode(self._text, position)
        self._string_at = position
        if "\0" in self._string:
            self._refuse("A text contains the character NUL, which cannot be stored.", position)
        if not _is_unicode(self._string):
            self._refuse("A text contains half of a surrogate pair, which is no character.", position)
        return end

    def _take_key(self) -> None:
        keys = self._open[-1] if self._open else None
        if keys is not None and self._string in keys:
            self._refuse("This key is given twice in one object.", self._string_at)
        if keys is not None:
            keys.add(self._string)

    def _take_number(self, number: str, position: int) -> None:
        if number.endswith(("NaN", "Infinity")) or not isfinite(float(number)):
            self._refuse("This is no finite number.", position)
        if number.lstrip("-").isdigit() and not _fits(number):
            self._refuse("This integer does not fit into 64 bits.", position)

    def _refuse(self, reason: str, position: int) -> None:
        raise NotStrictJson(reason, self._text, position)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _fits(integer: str) -> bool:
    return len(integer) <= _LONGEST_INTEGER and SMALLEST <= int(integer) <= LARGEST

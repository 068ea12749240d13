"""What identifies one customer, how it is written in different places, and how it is taken out of a text.

Patterns are read alike by Python and by PostgreSQL, so that what one finds the other replaces.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

ERASED = "erased"
"""Stands where something about a customer was."""

LEAST_DIGITS, MOST_DIGITS = 7, 15
LEAST_CHARACTERS, MOST_CHARACTERS = 6, 128
MOST_IDENTIFIERS = 20

_SCHEME = re.compile(r"^(?:tel|sips?|mailto|callto):", re.IGNORECASE)
_DIALLED = re.compile(r"\+?[0-9 ().\-/]+")
_SIP_NUMBER = re.compile(r"(\+?[0-9]+)@[^@]+")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
# What may be one of these within a text; what it is, is said by its digest.
_SPACES = " \u00a0\u2007\u2009\u202f"
_NUMBERS_IN = re.compile(
    rf"(?:(?<![0-9])(?!(?<=%)20)|(?<=%20))\+?[0-9](?:[{_SPACES}().\-/]{{0,2}}[0-9]){{6,16}}(?![0-9])"
)
_EMAILS_IN = re.compile(r"[\w.+%\-]+@[\w\-]+(?:\.[\w\-]+)+")

_TRUNK_WITHIN = re.compile(r"(?<=[0-9]) ?\(0\)")
_COUNTRY = re.compile(r"[17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[1-9][0-9]{2}")
"""The country code that a number begins with. Source: ITU-T, list of assigned country codes of E.164."""
_TRUNK = {"1": "", "7": "8"}
"""What is dialled before a number within its country, where that is not 0."""
FEWEST_WITH_COUNTRY = 11
"""With fewer digits, what is typed without a country code would be taken for one with another country's."""

# After an escape of URLs or JSON a number begins, although there may be a digit before it.
_BEGINS = r"(?:(?<![0-9])|(?<=%[0-9a-f]{2})|(?<=\\u[0-9a-f]{4}))"
_BETWEEN_DIGITS = rf"(?:[{_SPACES}().\-/+]|%20|%c2%a0|\\u00a0){{0,2}}"
_AT = r"(?:@|%40|\\u0040)"


class BadIdentifier(ValueError):
    """This identifies no customer; the text is for the person."""


class Kind(StrEnum):
    """What an identifier is. The values are stored."""

    NUMBER = "number"
    EMAIL = "email"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Identifier:
    """One thing that a customer is known by, in one form whatever way it was written: digits, or folded text."""

    kind: Kind
    value: str

    @property
    def pattern(self) -> str:
        """A regular expression, to be asked without regard to case, for every way in which it may be written."""
        if self.kind is Kind.NUMBER:
            # No number of its own begins at the trunk of another country's: +43 (0)30 …
            within = "".join(rf"|(?!0\)){_BETWEEN_DIGITS.join(each.value)}" for each in self.forms[1:])
            return rf"{_BEGINS}(?:{self._with_country}{within})(?![0-9])"
        if self.kind is Kind.EMAIL:
            name, _, host = self.value.partition("@")
            return rf"(?<![a-z0-9._%+\-]){re.escape(name)}{_AT}{re.escape(host)}(?![a-z0-9\-])"
        return rf"(?<![a-z0-9]){re.escape(self.value)}(?![a-z0-9])"

    @property
    def forms(self) -> tuple["Identifier", ...]:
        """It and, of a number with a country code, the number as it is dialled within the country."""
        country = _COUNTRY.match(self.value) if self.kind is Kind.NUMBER else None
        if country is None or len(self.value) < FEWEST_WITH_COUNTRY:
            return (self,)
        within = self.value[country.end() :]
        trunk = "" if within.startswith("0") else _TRUNK.get(country[0], "0")  # in Italy the 0 is the number's own
        return self, Identifier(Kind.NUMBER, trunk + within)

    @property
    def _with_country(self) -> str:
        country = _COUNTRY.match(self.value)
        place = country.end() if country else 0
        parts = [_BETWEEN_DIGITS.join(part) for part in (self.value[:place], self.value[place:]) if part]
        return r"(?:\+|00)?" + rf"{_BETWEEN_DIGITS}(?:\(0\){_BETWEEN_DIGITS})?".join(parts)


def identifier_in(text: str) -> Identifier:
    """Return what a person typed as an identifier; raises BadIdentifier where it would find too much, or nothing."""
    plain = _SCHEME.sub("", " ".join(text.split())).split(";")[0]
    sip = _SIP_NUMBER.fullmatch(plain)
    dialled = sip[1] if sip else plain
    if _DIALLED.fullmatch(dialled):
        return _number(dialled)
    if "@" in plain:
        if not _EMAIL.fullmatch(plain):
            raise BadIdentifier(f"“{plain}” is no e-mail address.")
        return Identifier(Kind.EMAIL, plain.casefold())
    if not LEAST_CHARACTERS <= len(plain) <= MOST_CHARACTERS or not plain.isprintable():
        raise BadIdentifier(f"An external contact id has {LEAST_CHARACTERS} to {MOST_CHARACTERS} characters.")
    return Identifier(Kind.CONTACT, plain.casefold())


def _number(dialled: str) -> Identifier:
    digits = re.sub(r"[^0-9]", "", _TRUNK_WITHIN.sub("", dialled)).removeprefix("00")
    if not LEAST_DIGITS <= len(digits) <= MOST_DIGITS:
        raise BadIdentifier(
            f"A number has {LEAST_DIGITS} to {MOST_DIGITS} digits. Shorter ones would be found within other things."
        )
    return Identifier(Kind.NUMBER, digits)


def identifiers_in(text: str) -> tuple[Identifier, ...]:
    """Return the identifiers of a text, one a line, each once; raises BadIdentifier for none, for one that is bad,
    and for more than a customer can have."""
    found = dict.fromkeys(identifier_in(line) for line in text.splitlines() if line.strip())
    if not found:
        raise BadIdentifier("Say whom: a number, an e-mail address or an external contact id, one a line.")
    if len(found) > MOST_IDENTIFIERS:
        raise BadIdentifier(f"At most {MOST_IDENTIFIERS} at once: they are taken for one customer's.")
    return tuple(found)


def pattern_of(identifiers: Iterable[Identifier]) -> str:
    """Return one regular expression for all of them, for Python and PostgreSQL, to be asked without regard to case."""
    return "|".join(f"(?:{each.pattern})" for each in identifiers)


class Eraser:
    """Takes what some identifiers find out of texts and JSON, and leaves everything else as it is."""

    def __init__(self, identifiers: Sequence[Identifier]) -> None:
        self._pattern = re.compile(pattern_of(identifiers), re.IGNORECASE)

    def finds(self, text: str) -> bool:
        """Return whether one of the identifiers is in the text."""
        return self._pattern.search(text) is not None

    def text(self, text: str) -> str:
        """Return the text with a mark in place of each identifier."""
        return self._pattern.sub(ERASED, text)

    def value(self, value: Any) -> Any:
        """Return a value of JSON with a mark in place of each identifier, also in names and where it is a number."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, dict):
            return {self.text(name): self.value(each) for name, each in value.items()}
        if isinstance(value, int | float) and not isinstance(value, bool):
            return ERASED if self._pattern.search(str(value)) else value
        return value


def may_be_in(text: str) -> Iterator[tuple[str, Identifier]]:
    """Yield everything in a text that may identify somebody, with how it is written there."""
    for pattern in (_NUMBERS_IN, _EMAILS_IN):
        for found in pattern.findall(text):
            try:
                yield found, identifier_in(found)
            except BadIdentifier:
                continue

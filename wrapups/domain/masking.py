"""What is shown of a customer to whoever may not see customers: one function for each kind of value.

A mask is made for showing only. What decides, searches or is written to Genesys Cloud has the values as they are.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from wrapups.domain.facts import ATTRIBUTE, Value

HIDDEN = "••••"
"""Stands for what is hidden, whatever its length."""

LAST = 4
LEAST_DIGITS = 7
"""A number shorter than this is an extension or a short code: four of its digits would give it away."""

ADDRESSES = frozenset({"ani", "dnis"})
"""Facts that are a number or an address."""

_NUMBER = re.compile(
    r"\s*(?:(?:tel|sips?|callto):)?(?P<number>\+?[0-9 ().\-/]+)(?:[@;,?].*)?", re.IGNORECASE | re.DOTALL
)


def number(text: str) -> str:
    """Return a telephone number with its last four digits only: "•••• 4321"; nothing stays nothing.

    Also one written as tel: or sip:, whose host and parameters are hidden. What is no number, or a short one, is
    hidden as a whole.
    """
    found = _NUMBER.fullmatch(text)
    digits = re.sub(r"[^0-9]", "", found["number"]) if found else ""
    if len(digits) < LEAST_DIGITS:
        return free_text(text)
    return f"{HIDDEN} {digits[-LAST:]}"


def email(text: str) -> str:
    """Return an e-mail address of which only that it is one can be seen."""
    return f"{HIDDEN}@{HIDDEN}" if "@" in text else free_text(text)


def free_text(text: str) -> str:
    """Return a text of which only that there is one can be seen, not even its length."""
    return HIDDEN if text.strip() else ""


def address(text: str) -> str:
    """Return a number or an e-mail address, masked as what it is; the two look alike in ANI and DNIS."""
    masked = number(text)
    return email(text) if masked == HIDDEN else masked


@dataclass(frozen=True, slots=True)
class Mask:
    """What one person, or program, is shown of customers: everything as it is, or masked."""

    hides: bool

    def address(self, text: str) -> str:
        """Return a customer's number or address as it may be shown."""
        return address(text) if self.hides else text

    def text(self, text: str) -> str:
        """Return what somebody wrote about a customer as it may be shown."""
        return free_text(text) if self.hides else text

    def fact(self, name: str, value: Value) -> Value:
        """Return a fact's value as it may be shown: ANI, DNIS and participant attributes are about customers."""
        if not self.hides or value is None:
            return value
        if name in ADDRESSES:
            return address(str(value))
        return HIDDEN if name.startswith(ATTRIBUTE) else value

    def visible(self, facts: Mapping[str, Value]) -> dict[str, Value]:
        """Return only the facts that may be shown as they are."""
        return {name: value for name, value in facts.items() if self.fact(name, value) == value}

    def facts(self, facts: Mapping[str, Value]) -> dict[str, Value]:
        """Return facts as they may be shown, by the same names."""
        return {name: self.fact(name, value) for name, value in facts.items()}


OPEN, MASKED = Mask(hides=False), Mask(hides=True)

"""Conditions as a line that people read and write in files: `queue is one of "Billing EU", "Refunds" and ...`.

    conditions  = always | member { and member } | member { or member }
    member      = condition | all(...) | any(...) | none(...)     inside: all with and; any and none with or
    condition   = fact operator [value { , value }]
    value       = "text" | 'text' | "name" [id] | [id] | 30 | true | false

A quote inside a text is written twice. A character that cannot be seen is written as \\u and four digits. Names stand
for ids; where a name is not enough its id follows in brackets. `condition_reading.read` is the exact inverse.
"""

import re
import unicodedata

from wrapups.domain.conditions import Condition, Group, Quantifier
from wrapups.domain.directory import Directory
from wrapups.domain.facts import Fact, fact_named
from wrapups.domain.operators import OPERATORS, Wants

ALWAYS = "always"
PLAIN_KEY = re.compile(r"[\w-]+(?:\.[\w-]+)*", re.ASCII)
PLAIN_ID = re.compile(r"[\w.:-]+", re.ASCII)
ESCAPED = re.compile(r"\\u([0-9a-f]{4})")
WORDS = {Quantifier.ALL: "and", Quantifier.ANY: "or", Quantifier.NONE: "or"}
"""What stands between the members of a group."""

_UNSEEN = ("Cc", "Cf", "Cn", "Co", "Zl", "Zp")


def written(group: Group, directory: Directory) -> str:
    """Return the conditions as one line, with names where they are enough."""
    return " and ".join(_parts(group, _Pen(directory))) or ALWAYS


def written_lines(group: Group, directory: Directory) -> list[str]:
    """Return the conditions that all must hold, each a line of its own, every id behind its name; none for always.

    Joined with "and" they are what `condition_reading.read` takes. Single quotes spare JSON its backslashes.
    """
    return _parts(group, _Pen(directory, quote="'", every_id=True))


class _Pen:
    """How values are written."""

    def __init__(self, directory: Directory, *, quote: str = '"', every_id: bool = False) -> None:
        self._directory, self._quote, self._every_id = directory, quote, every_id

    def text(self, text: str) -> str:
        """Return a text in quotes."""
        seen = "".join(_escaped(each) for each in ESCAPED.sub(lambda found: f"\\u005c{found[0][1:]}", text))
        return f"{self._quote}{seen.replace(self._quote, self._quote * 2)}{self._quote}"

    def value(self, fact: Fact, value: object) -> str:
        """Return one value as its fact wants it."""
        if isinstance(value, bool):
            return str(value).lower()
        if not isinstance(value, str):
            return repr(value)
        return self._entry(fact.catalogue, value) if fact.catalogue else self.text(value)

    def _entry(self, kind: str, key: str) -> str:
        name = self._directory.name(kind, key)
        if name and not self._every_id and self._directory.is_plain(kind, key):
            return self.text(name)
        bracket = f"[{key if PLAIN_ID.fullmatch(key) else self.text(key)}]"
        return f"{self.text(name)} {bracket}" if name else bracket

    def fact(self, fact: Fact) -> str:
        """Return a fact's name; a key of the organization's own in quotes where it is more than a word."""
        prefix, dot, key = fact.name.partition(".")
        return fact.name if not dot or PLAIN_KEY.fullmatch(key) else f"{prefix}.{self.text(key)}"


def _parts(group: Group, pen: _Pen) -> list[str]:
    """Return what stands between the outermost ands.

    A text that is one group alone means that group, so a lone group inside `all` keeps its `all(...)`.
    """
    if group.quantifier is Quantifier.ALL and not (len(group.members) == 1 and isinstance(group.members[0], Group)):
        return [_member(member, pen) for member in group.members]
    return [_member(group, pen)]


def _member(member: Condition | Group, pen: _Pen) -> str:
    if isinstance(member, Condition):
        return _condition(member, pen)
    inner = f" {WORDS[member.quantifier]} ".join(_member(each, pen) for each in member.members)
    return f"{member.quantifier}({inner})"


def _condition(condition: Condition, pen: _Pen) -> str:
    fact, operator = fact_named(condition.fact), OPERATORS[condition.operator]
    head = f"{pen.fact(fact)} {operator.label}"
    if operator.wants is Wants.NOTHING:
        return head
    values = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    between = " and " if operator.wants is Wants.RANGE else ", "
    return f"{head} {between.join(pen.value(fact, value) for value in values)}"


def _escaped(each: str) -> str:
    unseen = ord(each) <= 0xFFFF and unicodedata.category(each) in _UNSEEN
    return f"\\u{ord(each):04x}" if unseen else each

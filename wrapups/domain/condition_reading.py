"""Reading the line that `condition_text` writes, with the place of whatever cannot be read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from wrapups.domain.condition_text import ALWAYS, ESCAPED, PLAIN_ID, PLAIN_KEY, WORDS
from wrapups.domain.conditions import MAX_DEPTH, Group, InvalidCondition, Quantifier, parse
from wrapups.domain.directory import Directory, NoSuchName
from wrapups.domain.facts import ATTRIBUTE, DISPOSITION, Fact, Kind, UnknownFact, fact_named
from wrapups.domain.operators import OPERATORS, Operator, Wants

LONGEST = 200_000
SHOWN = 24


class UnreadableConditions(ValueError):
    """A line that means no conditions. `place` counts its characters from 1; the text says it and what to do."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(f"At character {place}: {reason}")
        self.place = place


def read(text: str, directory: Directory) -> Group:
    """Return the conditions that a line means; raises UnreadableConditions."""
    if len(text) > LONGEST:
        raise UnreadableConditions(LONGEST, f"The conditions have {len(text):,} characters; {LONGEST:,} is the most.")
    node = _Reader(text, directory).whole()
    try:
        return parse(node.stored)
    except InvalidCondition as error:
        raise UnreadableConditions(node.place_of(error.path) + 1, str(error)) from error


@dataclass
class _Node:
    """What was read, in its stored form, with the places it was read from."""

    at: int
    stored: dict[str, object]
    members: Sequence["_Node"] = ()
    values_at: Sequence[int] = field(default_factory=list)

    def place_of(self, path: str) -> int:
        """Return the place, from 0, of what `conditions.parse` found wrong."""
        node, at = self, self.at
        for step in path.split("."):
            if step == "value" and node.values_at:
                at = node.values_at[0]
            elif step.isdecimal() and node.members:
                node = node.members[int(step)]
                at = node.at
            elif step.isdecimal() and int(step) < len(node.values_at):
                at = node.values_at[int(step)]
        return at


_SPACE = re.compile(r"\s*")
_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?(?![\w.])", re.IGNORECASE)
_FLAG = re.compile(r"(true|false)\b", re.IGNORECASE)
_QUOTED = re.compile(r'"((?:[^"]|"")*)"|\'((?:[^\']|\'\')*)\'')
_GROUP = re.compile(r"(all|any|none)\s*\(", re.IGNORECASE)
_BETWEEN = re.compile(r"(and|or)\b", re.IGNORECASE)
_FACT = re.compile(r"[a-z_]+", re.IGNORECASE)
_BY_LABEL = {operator.label: operator for operator in OPERATORS.values()}
_LABEL = re.compile(
    "|".join(
        rf"{label.replace(' ', chr(92) + 's+')}(?!\w)" for label in sorted(_BY_LABEL, key=lambda label: -len(label))
    ),
    re.IGNORECASE,
)
_OPEN = {prefix.rstrip("."): prefix for prefix in (ATTRIBUTE, DISPOSITION)}


class _Reader:
    """Goes through a text once, from its begin to its end."""

    def __init__(self, text: str, directory: Directory) -> None:
        self._text, self._at, self._directory = text, 0, directory

    def whole(self) -> _Node:
        """Return the whole text as one group."""
        self._skip()
        if self._text.strip().casefold() in ("", ALWAYS):
            return _Node(0, {"all": []})
        members, word = self._members(depth=1)
        if self._at < len(self._text):
            self._refuse("Remove this bracket." if self._looks_like(")") else "Write and before the next condition.")
        if len(members) == 1 and members[0].members:
            return members[0]
        quantifier = Quantifier.ANY if word == "or" else Quantifier.ALL
        return _group(0, quantifier, members)

    def _members(self, *, depth: int) -> tuple[list[_Node], str]:
        """Return members up to what is no and, no or, and the word between them."""
        members, word = [self._member(depth=depth)], ""
        while found := self._take(_BETWEEN):
            if word and found[1].lower() != word:
                self._at = found.start()
                self._refuse("Both and and or stand here: put what belongs together into all(...) or any(...).")
            word = found[1].lower()
            members.append(self._member(depth=depth))
        return members, word

    def _member(self, *, depth: int) -> _Node:
        self._skip()
        at = self._at
        if not (found := self._take(_GROUP)):
            return self._condition(at)
        if depth > MAX_DEPTH:
            self._at = at
            self._refuse(f"Groups may nest {MAX_DEPTH} deep; make two rules.")
        quantifier = Quantifier(found[1].lower())
        members, word = self._members(depth=depth + 1)
        if word and word != WORDS[quantifier]:
            self._at = members[1].at
            self._refuse(f"Inside {quantifier}(...) write {WORDS[quantifier]} between the conditions.")
        if not self._looks_like(")"):
            self._refuse(f"Close the bracket of {quantifier}(, or write {WORDS[quantifier]} and another condition.")
        self._at += 1
        self._skip()
        return _group(at, quantifier, members)

    def _condition(self, at: int) -> _Node:
        fact = self._fact()
        operator = self._operator(fact)
        places: list[int] = []
        values = self._values(fact, operator, places)
        stored: dict[str, object] = {"fact": fact.name, "operator": operator.name}
        if operator.wants is not Wants.NOTHING:
            stored["value"] = values[0] if operator.wants is Wants.ONE else values
        return _Node(at, stored, values_at=places)

    def _fact(self) -> Fact:
        at, found = self._at, _FACT.match(self._text, self._at)
        if not found:
            self._refuse("Write a fact here, such as queue or disposition.CRM, or all(...), any(...), none(...).")
        self._at, name = found.end(), found[0].lower()
        if name in _OPEN and self._text.startswith(".", self._at):
            self._at += 1
            name = _OPEN[name] + self._key()
        self._skip()
        try:
            return fact_named(name)
        except UnknownFact as error:
            self._at = at
            self._refuse(str(error), error)

    def _key(self) -> str:
        if found := PLAIN_KEY.match(self._text, self._at):
            self._at = found.end()
            return found[0]
        return self._quoted("Write a name behind the dot; one of several words in quotes.")

    def _operator(self, fact: Fact) -> Operator:
        found = _LABEL.match(self._text, self._at)
        operator = _BY_LABEL[" ".join(found[0].lower().split())] if found else None
        if found is None or operator is None or fact.kind not in operator.kinds:
            labels = ", ".join(each.label for each in OPERATORS.values() if fact.kind in each.kinds)
            self._refuse(f"Say how the {fact.label} compares: {labels}.")
        self._at = found.end()
        self._skip()
        return operator

    def _values(self, fact: Fact, operator: Operator, places: list[int]) -> list[object]:
        if operator.wants is Wants.NOTHING:
            return []
        values = [self._value(fact, places)]
        if operator.wants is Wants.RANGE:
            if not self._take(_BETWEEN):
                self._refuse("Write and, and the higher number.")
            return [*values, self._value(fact, places)]
        while operator.wants is Wants.MANY and self._looks_like(","):
            self._at += 1
            self._skip()
            values.append(self._value(fact, places))
        return values

    def _value(self, fact: Fact, places: list[int]) -> object:
        places.append(self._at)
        if fact.kind is Kind.NUMBER:
            if not (found := self._take(_NUMBER)):
                self._refuse("Write a number here, such as 30 or 2.5.")
            return float(found[0]) if found[1] or found[2] else int(found[0])
        if fact.kind is Kind.FLAG:
            if not (found := self._take(_FLAG)):
                self._refuse("Write true or false here.")
            return found[0].lower() == "true"
        return self._entry(fact.catalogue) if fact.catalogue else self._quoted(_IN_QUOTES)

    def _entry(self, kind: str) -> str:
        at = self._at
        name = "" if self._looks_like("[") else self._quoted(_IN_QUOTES)
        key = self._bracketed() if self._looks_like("[") else ""
        try:
            return self._directory.resolved(kind, name, key)
        except NoSuchName as error:
            self._at = at
            self._refuse(str(error), error)

    def _bracketed(self) -> str:
        self._at += 1
        self._skip()
        found = self._take(PLAIN_ID)
        key = found[0] if found else self._quoted("Write an id between the brackets.")
        if not self._looks_like("]"):
            self._refuse("Close the bracket behind the id: ].")
        self._at += 1
        self._skip()
        return key

    def _quoted(self, otherwise: str) -> str:
        found = self._take(_QUOTED)
        if not found:
            self._refuse("This quote is never closed." if self._text[self._at : self._at + 1] in _QUOTES else otherwise)
        text = found[1].replace('""', '"') if found[1] is not None else found[2].replace("''", "'")
        return ESCAPED.sub(lambda each: chr(int(each[1], 16)), text)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found:
            self._at = found.end()
            self._skip()
        return found

    def _looks_like(self, sign: str) -> bool:
        return self._text.startswith(sign, self._at)

    def _skip(self) -> None:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at

    def _refuse(self, reason: str, error: Exception | None = None) -> NoReturn:
        rest = self._text[self._at : self._at + SHOWN]
        seen = f" There is “{rest}”." if rest.strip() and error is None else ""
        raise UnreadableConditions(self._at + 1, reason + seen) from error


_QUOTES = ('"', "'")
_IN_QUOTES = "Write the value in quotes."


def _group(at: int, quantifier: Quantifier, members: Sequence[_Node]) -> _Node:
    return _Node(at, {quantifier.value: [member.stored for member in members]}, members)

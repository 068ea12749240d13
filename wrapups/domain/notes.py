"""Notes that are written beside a code: text with facts in it, such as "CRM said {disposition.CRM} on {queue}".

A fact stands in braces by its name; a brace of its own is written twice. What is not known is left empty.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wrapups.domain.facts import Fact, Facts, UnknownFact, Value, fact_named

MAX_LENGTH = 1000
"""Longer notes are cut, with an ellipsis at their end. Longer templates are refused."""

Names = Callable[[str, str], str]
"""Gives the name of an id: of a "queue", "division", "agent" or "code"."""

_MARKS = re.compile(r"\{\{|\}\}|\{(?P<fact>[^{}]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """The place of a fact in a template."""

    fact: Fact


Template = tuple[str | Placeholder, ...]
"""Text and places of facts, in order."""


class BadNotes(ValueError):
    """A template that cannot be used; `position` is where, counted from 1, and the text says what to do there."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position


def parse(text: str) -> Template:
    """Return what these notes are made of. Raises BadNotes for an unknown fact, a lone brace, or too much text."""
    if len(text) > MAX_LENGTH:
        raise BadNotes(MAX_LENGTH + 1, f"Notes have at most {MAX_LENGTH} characters; these have {len(text)}.")
    parts: list[str | Placeholder] = []
    done = 0
    for mark in _MARKS.finditer(text):
        parts += [text[done : mark.start()], _meant(mark)]
        done = mark.end()
    return tuple(part for part in (*parts, text[done:]) if part)


def as_written(text: str) -> Template:
    """Return what stored notes are made of; what is no template, from before there were any, is plain text."""
    try:
        return parse(text)
    except BadNotes:
        return (text,)


def ids_in(template: Template, facts: Facts) -> Mapping[str, set[str]]:
    """Return the ids whose names these notes need, by catalogue."""
    wanted: dict[str, set[str]] = {}
    for part in template:
        if isinstance(part, Placeholder) and part.fact.catalogue:
            wanted.setdefault(part.fact.catalogue, set()).update(map(str, _listed(facts.get(part.fact.name))))
    return wanted


def render(template: Template, facts: Facts, names: Names) -> str:
    """Return the notes about these facts, with names in place of ids: at most 1,000 characters."""
    parts = (part if isinstance(part, str) else _said(part.fact, facts.get(part.fact.name), names) for part in template)
    text = "".join(parts).strip()
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 1]}…"


def _meant(mark: re.Match[str]) -> str | Placeholder:
    name, position = mark["fact"], mark.start() + 1
    if name is None and len(mark[0]) == 2:
        return mark[0][0]
    if name is None:
        raise BadNotes(position, f"The brace at character {position} stands alone; write it twice to mean a brace.")
    try:
        return Placeholder(fact_named(name.strip()))
    except UnknownFact:
        raise BadNotes(
            position,
            f"There is no fact {mark[0]} (character {position}). Write one such as {{queue}}, {{agent}}, "
            "{disposition.CRM} or {attribute.case}.",
        ) from None


def _said(fact: Fact, value: Value, names: Names) -> str:
    return ", ".join(_word(fact, each, names) for each in _listed(value))


def _word(fact: Fact, value: Value, names: Names) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:g} {fact.unit}".strip()
    text = str(value)
    return names(fact.catalogue, text) if fact.catalogue else fact.choices.get(text, text)


def _listed(value: Value) -> Sequence[Value]:
    if isinstance(value, list):
        return value
    return () if value is None else (value,)

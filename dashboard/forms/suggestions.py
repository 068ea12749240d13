"""What may be typed next into the query bar: keys and names, or the names, words or times that fit the key."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from dashboard.forms.filter_fields import WordField
from dashboard.forms.filters import AssignmentFilterForm
from dashboard.queries.names import WORDS, kinds_like, names_like
from dashboard.queries.owners import owners_like
from dashboard.query_bar.completing import Completed, Typing, phrase_at, typing_at
from dashboard.query_bar.keys import KEYS, Key
from dashboard.query_bar.words import quoted
from wrapups.models import Organization, Release

MOST = 10
MOST_OF_A_KIND = 3
SHORTEST_NAME = 2
MOMENTS = ("today", "yesterday", "24h", "7d", "30d", "12w")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What is offered, what stands beside it, and the query once it is taken."""

    words: str
    beside: str
    completed: Completed


def suggestions(organization: Organization, text: str, caret: int) -> list[Suggestion]:
    """Return up to ten things that fit where the caret stands; one query at most."""
    typing = typing_at(text, caret)
    key = KEYS.get(typing.key)
    if key is None:
        named = () if typing.key else _named(organization, phrase_at(text, caret))
        return list(islice(chain(_keys(typing), named), MOST))
    fitting = islice(_values(organization, key, typing.value), MOST)
    return [Suggestion(value, beside, typing.with_value(value)) for value, beside in fitting]


def _keys(typing: Typing) -> Iterator[Suggestion]:
    if typing.key:
        return
    for name, key in KEYS.items():
        if name.startswith(typing.value.lower()):
            yield Suggestion(f"{name}:", key.means, typing.with_key(name))


def _named(organization: Organization, phrase: Typing) -> Iterator[Suggestion]:
    """Yield what is called so, each with the key that asks for it: who types a name need not know the keys."""
    if len(phrase.value) < SHORTEST_NAME:
        return
    for kind, name in kinds_like(organization, phrase.value, most=MOST_OF_A_KIND):
        completed = replace(phrase, key=kind).with_value(name)
        yield Suggestion(f"{kind}:{quoted(name)}", WORDS[kind], completed)


def _values(organization: Organization, key: Key, typed: str) -> Iterator[tuple[str, str]]:
    if key.kind:
        yield from ((name, "") for name in names_like(organization, key.kind, typed, most=MOST))
    elif key.name == "owner":
        yield from owners_like(organization, typed)
    elif key.name == "release":
        yield from _releases(organization, typed)
    else:
        yield from (pair for pair in _words(key) if any(part.lower().startswith(typed.lower()) for part in pair))


def _words(key: Key) -> list[tuple[str, str]]:
    if key.name in ("since", "until"):
        return [(moment, "") for moment in MOMENTS]
    field = AssignmentFilterForm.base_fields.get(key.parameter)
    shown = field.shown if isinstance(field, WordField) else {}
    return [(word, "" if word == label else label) for word, label in shown.items()]


def _releases(organization: Organization, typed: str) -> Iterator[tuple[str, str]]:
    rows = Release.objects.of(organization).order_by("-number")
    for number, reason in rows.values_list("number", "reason")[: 10 * MOST]:
        if str(number).startswith(typed):
            yield str(number), reason[:60]

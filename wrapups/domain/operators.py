"""The comparisons a rule may make, each one line in `OPERATORS`.

Text compares without regard to case, to spaces around it, or to how an accent is composed. Only `matches` sees
text as it came; its pattern is RE2 (linear time, no look-around, no back-references), found anywhere in the
text, case ignored. A fact that is not known makes every comparison false, except "is empty".
"""

import unicodedata
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

import re2

from wrapups.domain.facts import Kind, Value

Comparable = str | float | int | bool | frozenset[str] | None
Test = Callable[[Any], bool]
"""Answers for one value; a test of kind K is only ever given what `COMPARABLE[K]` made, and never None."""

MAX_PATTERN = 200
MAX_PATTERN_MEMORY = 1 << 20
MAX_INPUT_BYTES = 4096

SCALARS = frozenset({Kind.TEXT, Kind.CHOICE})
SETS = frozenset({Kind.TEXTS, Kind.CHOICES})


class Wants(Enum):
    """What an operator is given to compare with."""

    NOTHING = "nothing"
    ONE = "one value"
    MANY = "a list of values"
    RANGE = "a list of two numbers, the lower first"


class BadPattern(ValueError):
    """A regular expression that RE2 refuses, or that is too long or too big."""


@dataclass(frozen=True, slots=True)
class Operator:
    """One comparison. `label` reads between the fact and the value; `test` builds the answerer for a wanted value.

    `implies` says which folded texts a fact must be, or have among it, for the test to hold: the index of
    rules is built from it. `as_typed` tests are given text as it came, all others folded. `unknown` is the
    answer where the fact is not known.
    """

    name: str
    label: str
    kinds: frozenset[Kind]
    wants: Wants
    test: Callable[[Any], Test]
    implies: Callable[[Any], Collection[str]] | None = None
    as_typed: bool = False
    unknown: bool = False


def fold(text: str) -> str:
    """Return the form in which two texts are compared. Source: Unicode 16, D145 (canonical caseless matching)."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())
    return text.casefold().strip()


def _one_text(value: Value) -> Comparable:
    return fold(value) if isinstance(value, str) else None


def _many_texts(value: Value) -> Comparable:
    return frozenset(map(fold, value)) if isinstance(value, list) else None


COMPARABLE: Mapping[Kind, Callable[[Value], Comparable]] = {
    Kind.TEXT: _one_text,
    Kind.CHOICE: _one_text,
    Kind.TEXTS: _many_texts,
    Kind.CHOICES: _many_texts,
    Kind.NUMBER: lambda value: value if isinstance(value, int | float) and not isinstance(value, bool) else None,
    Kind.FLAG: lambda value: value if isinstance(value, bool) else None,
}
"""By kind, what makes a value as the tests of that kind want it; None when it is unknown or of another kind."""


def compile_pattern(pattern: str) -> Any:
    """Return the compiled RE2 pattern, over UTF-8 bytes; raise BadPattern saying what to change."""
    if len(pattern) > MAX_PATTERN:
        raise BadPattern(f"The pattern has {len(pattern)} characters; use at most {MAX_PATTERN}.")
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = MAX_PATTERN_MEMORY
    try:
        return re2.compile(unicodedata.normalize("NFC", pattern).encode(), options)
    except re2.error as error:
        reason = error.args[0].decode(errors="replace") if isinstance(error.args[0], bytes) else str(error)
        raise BadPattern(
            f"The pattern cannot be used: {reason}. Write it in RE2's syntax, without look-around or back-references."
        ) from error


def _matches(pattern: str) -> Test:
    search = compile_pattern(pattern).search
    return lambda text: (
        search(unicodedata.normalize("NFC", text).encode(errors="replace")[:MAX_INPUT_BYTES]) is not None
    )


def _is(wanted: str | bool) -> Test:
    wanted = fold(wanted) if isinstance(wanted, str) else wanted
    return lambda seen: bool(seen == wanted)


def _is_not(wanted: str | bool) -> Test:
    wanted = fold(wanted) if isinstance(wanted, str) else wanted
    return lambda seen: bool(seen != wanted)


def _text(compare: Callable[[str, str], bool]) -> Callable[[str], Test]:
    def build(wanted: str) -> Test:
        folded = fold(wanted)
        return lambda seen: compare(seen, folded)

    return build


def _folded(wanted: Collection[str]) -> frozenset[str]:
    return frozenset(map(fold, wanted))


def _none_of(wanted: Collection[str]) -> Test:
    refused = _folded(wanted)
    return lambda seen: refused.isdisjoint(seen if isinstance(seen, frozenset) else (seen,))


def _any_of(wanted: Collection[str]) -> Test:
    folded = _folded(wanted)
    return lambda seen: not folded.isdisjoint(seen)


_EMPTY: frozenset[Comparable] = frozenset({"", frozenset()})
_EVERY = frozenset(Kind)
_TEXT = frozenset({Kind.TEXT})
_NUMBER = frozenset({Kind.NUMBER})

OPERATORS: Mapping[str, Operator] = {
    operator.name: operator
    for operator in (
        Operator("is", "is", SCALARS | {Kind.FLAG}, Wants.ONE, _is, implies=lambda wanted: (fold(wanted),)),
        Operator("is_not", "is not", SCALARS | {Kind.FLAG}, Wants.ONE, _is_not),
        Operator("one_of", "is one of", SCALARS, Wants.MANY, lambda w: _folded(w).__contains__, implies=_folded),
        Operator("none_of", "is none of", SCALARS | SETS, Wants.MANY, _none_of),
        Operator("any_of", "include any of", SETS, Wants.MANY, _any_of, implies=_folded),
        Operator(
            "all_of", "include all of", SETS, Wants.MANY, lambda w: _folded(w).issubset, implies=lambda w: (fold(w[0]),)
        ),
        Operator("contains", "contains", _TEXT, Wants.ONE, _text(lambda seen, wanted: wanted in seen)),
        Operator("starts_with", "starts with", _TEXT, Wants.ONE, _text(str.startswith)),
        Operator("ends_with", "ends with", _TEXT, Wants.ONE, _text(str.endswith)),
        Operator("matches", "matches", _TEXT, Wants.ONE, _matches, as_typed=True),
        Operator("less", "is less than", _NUMBER, Wants.ONE, lambda wanted: lambda seen: bool(seen < wanted)),
        Operator("at_most", "is at most", _NUMBER, Wants.ONE, lambda wanted: lambda seen: bool(seen <= wanted)),
        Operator("more", "is more than", _NUMBER, Wants.ONE, lambda wanted: lambda seen: bool(seen > wanted)),
        Operator("at_least", "is at least", _NUMBER, Wants.ONE, lambda wanted: lambda seen: bool(seen >= wanted)),
        Operator("between", "is between", _NUMBER, Wants.RANGE, lambda w: lambda seen: bool(w[0] <= seen <= w[1])),
        Operator("is_empty", "is empty", _EVERY, Wants.NOTHING, lambda _: _EMPTY.__contains__, unknown=True),
        Operator("is_not_empty", "is not empty", _EVERY, Wants.NOTHING, lambda _: lambda seen: seen not in _EMPTY),
    )
}

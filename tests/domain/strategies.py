"""Generated facts and conditions, from few enough values that conditions often hold and often just fail."""

from typing import Any

from hypothesis import strategies as st

from wrapups.domain.facts import Kind, fact_named
from wrapups.domain.operators import OPERATORS, Wants

TEXTS = ("REF-OK", "ref-ok", " Ref-Ok ", "RES-017", "Stra\u00dfe", "STRASSE", "caf\u00e9", "cafe\u0301", "\u0130")
PATTERNS = ("^ref", "OK$", "RES-\\d+", "caf.", "stra\u00dfe", "x|y", ".")
IDS = ("a", "b", "c")
NUMBERS = (0, 1, 29.5, 30, 31)
NAMES = ("queue", "media", "others", "disposition", "disposition.crm", "attribute.vip", "talk_s", "campaign")
"""Each kind of fact at least once, and few enough that two rules often ask for the same."""


def _texts(name: str) -> st.SearchStrategy[str]:
    fact = fact_named(name)
    if fact.kind in (Kind.TEXT, Kind.TEXTS):
        return st.sampled_from(TEXTS)
    return st.sampled_from(tuple(fact.choices)[:3] or IDS)


def values(name: str) -> st.SearchStrategy[Any]:
    """What a communication may show for that fact."""
    kind = fact_named(name).kind
    if kind is Kind.NUMBER:
        return st.sampled_from(NUMBERS)
    if kind is Kind.FLAG:
        return st.booleans()
    if kind in (Kind.TEXTS, Kind.CHOICES):
        return st.lists(_texts(name), max_size=3, unique=True).map(sorted)
    return _texts(name) if fact_named(name).choices else st.one_of(_texts(name), st.just(""))


def facts() -> st.SearchStrategy[dict[str, Any]]:
    """Some facts of one communication; those left out are not known."""
    return st.fixed_dictionaries({}, optional={name: values(name) for name in NAMES})


@st.composite
def conditions(draw: st.DrawFn) -> dict[str, Any]:
    """One condition in its stored form."""
    name = draw(st.sampled_from(NAMES))
    operator = draw(st.sampled_from([o for o in OPERATORS.values() if fact_named(name).kind in o.kinds]))
    stored: dict[str, Any] = {"fact": name, "operator": operator.name}
    if operator.wants is Wants.ONE:
        stored["value"] = draw(_one(name, as_typed=operator.as_typed))
    elif operator.wants is Wants.MANY:
        stored["value"] = draw(st.lists(_texts(name), min_size=1, max_size=3))
    elif operator.wants is Wants.RANGE:
        stored["value"] = sorted(draw(st.tuples(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS))))
    return stored


def _one(name: str, *, as_typed: bool) -> st.SearchStrategy[Any]:
    match fact_named(name).kind:
        case Kind.NUMBER:
            return st.sampled_from(NUMBERS)
        case Kind.FLAG:
            return st.booleans()
        case _:
            return st.sampled_from(PATTERNS) if as_typed else _texts(name)


def groups(depth: int = 3, *, min_size: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    """A group in its stored form; only the outermost `all` may be empty."""
    inner = st.one_of(conditions(), groups(depth - 1, min_size=1)) if depth > 1 else conditions()
    filled = st.tuples(st.sampled_from(("all", "any", "none")), st.lists(inner, min_size=1, max_size=2))
    some = filled.map(lambda pair: {pair[0]: pair[1]})
    return some if min_size else st.one_of(some, st.just({"all": []}))

"""What a rule asks, as people store it: conditions in groups of all, any or none, nested.

{"all": [{"fact": "queue", "operator": "one_of", "value": ["..."]}, {"any": [...]}]}

`parse` and `to_json` are exact inverses. A rule without conditions is {"all": []} and matches everything.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from wrapups.domain.facts import Fact, Kind, UnknownFact, fact_named, storable
from wrapups.domain.operators import OPERATORS, BadPattern, Operator, Wants, compile_pattern, fold

MAX_DEPTH = 3
MAX_CONDITIONS = 20
MAX_VALUES = 200
MAX_TEXT = 500
MAX_NUMBER = 1e12

Wanted = str | float | int | bool | tuple[str, ...] | tuple[float, ...] | None


class Quantifier(StrEnum):
    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a fact. `value` is None where the operator wants nothing, a tuple where it wants several."""

    fact: str
    operator: str
    value: Wanted = None


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions and groups of which all, any or none must hold."""

    quantifier: Quantifier
    members: tuple["Condition | Group", ...] = ()


class InvalidCondition(ValueError):
    """Stored or typed conditions that cannot be used. `path` leads to the place: "all.2.value", counted from 0."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


def parse(stored: object) -> Group:
    """Return the group that this JSON means; raise InvalidCondition with the place and what to do there."""
    group = _member(stored, "", depth=1)
    if isinstance(group, Condition):
        raise InvalidCondition("", 'Put the condition into a group: {"all": [...]}.')
    count = _count(group)
    if count > MAX_CONDITIONS:
        raise InvalidCondition("", f"The rule has {count} conditions; use at most {MAX_CONDITIONS}, or make two rules.")
    return group


def to_json(member: Condition | Group) -> dict[str, object]:
    """Return the stored form, of which `parse` makes an equal group again."""
    if isinstance(member, Group):
        return {member.quantifier.value: [to_json(inner) for inner in member.members]}
    stored: dict[str, object] = {"fact": member.fact, "operator": member.operator}
    if member.value is not None:
        stored["value"] = list(member.value) if isinstance(member.value, tuple) else member.value
    return stored


def _count(member: Condition | Group) -> int:
    return 1 if isinstance(member, Condition) else sum(map(_count, member.members))


def _member(stored: object, path: str, *, depth: int) -> Condition | Group:
    if not isinstance(stored, Mapping):
        raise InvalidCondition(path, 'Write a condition {"fact", "operator", "value"} or a group {"all": [...]}.')
    if "fact" in stored or "operator" in stored:
        return _condition(stored, path)
    if len(stored) != 1 or next(iter(stored)) not in list(Quantifier):
        raise InvalidCondition(path, "A group has exactly one of the keys all, any, none.")
    [(name, members)] = stored.items()
    if depth > MAX_DEPTH:
        raise InvalidCondition(path, f"Groups may nest {MAX_DEPTH} deep; take this one apart or make two rules.")
    path = _join(path, name)
    if not isinstance(members, list):
        raise InvalidCondition(path, f"Write a list of conditions under {name}.")
    if not members and (depth > 1 or name != Quantifier.ALL):
        raise InvalidCondition(path, "This group is empty; add a condition or remove the group.")
    inner = tuple(_member(member, _join(path, place), depth=depth + 1) for place, member in enumerate(members))
    return Group(Quantifier(name), inner)


def _condition(stored: Mapping[str, object], path: str) -> Condition:
    for key in stored:
        if key not in ("fact", "operator", "value"):
            raise InvalidCondition(_join(path, key), f"A condition has no {key!r}; remove it.")
    fact, operator = _fact(stored.get("fact"), path), _operator(stored.get("operator"), path)
    if fact.kind not in operator.kinds:
        usable = ", ".join(o.name for o in OPERATORS.values() if fact.kind in o.kinds)
        raise InvalidCondition(
            _join(path, "operator"), f"The {fact.label} cannot be compared with {operator.name}; use one of {usable}."
        )
    return Condition(fact.name, operator.name, _wanted(stored, fact, operator, _join(path, "value")))


def _fact(name: object, path: str) -> Fact:
    if not isinstance(name, str) or len(name) > MAX_TEXT:
        raise InvalidCondition(_join(path, "fact"), "Name the fact to compare, as text.")
    try:
        return fact_named(name)
    except UnknownFact as error:
        raise InvalidCondition(_join(path, "fact"), str(error)) from error


def _operator(name: object, path: str) -> Operator:
    if not isinstance(name, str) or name not in OPERATORS:
        raise InvalidCondition(_join(path, "operator"), f"Choose one of the operators {', '.join(OPERATORS)}.")
    return OPERATORS[name]


def _wanted(stored: Mapping[str, object], fact: Fact, operator: Operator, path: str) -> Wanted:
    value = stored.get("value")
    if operator.wants is Wants.NOTHING:
        if "value" in stored:
            raise InvalidCondition(path, f"{operator.name} compares with nothing; remove the value.")
        return None
    if operator.wants is Wants.ONE:
        return _one(value, fact, operator, path)
    if not isinstance(value, list) or not value:
        raise InvalidCondition(path, f"{operator.name} wants {operator.wants.value}.")
    if len(value) > MAX_VALUES:
        raise InvalidCondition(path, f"The list has {len(value)} values; use at most {MAX_VALUES}, or make two rules.")
    places = [(each, _join(path, place)) for place, each in enumerate(value)]
    if operator.wants is Wants.MANY:
        return tuple(_text(each, fact, place) for each, place in places)
    numbers = tuple(_number(each, fact, place) for each, place in places)
    if len(numbers) != 2 or numbers[0] > numbers[1]:
        raise InvalidCondition(path, f"{operator.name} wants {operator.wants.value}.")
    return numbers


def _one(value: object, fact: Fact, operator: Operator, path: str) -> Wanted:
    if fact.kind is Kind.NUMBER:
        return _number(value, fact, path)
    if fact.kind is Kind.FLAG:
        if not isinstance(value, bool):
            raise InvalidCondition(path, f"The {fact.label} is true or false; write one of these.")
        return value
    text = _text(value, fact, path)
    if operator.as_typed:
        try:
            compile_pattern(text)
        except BadPattern as error:
            raise InvalidCondition(path, str(error)) from error
    return text


def _number(value: object, fact: Fact, path: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidCondition(path, f"The {fact.label} is a number; write one without quotes.")
    if not abs(value) <= MAX_NUMBER:  # also refuses NaN
        raise InvalidCondition(path, f"The number must lie between -{MAX_NUMBER:.0e} and {MAX_NUMBER:.0e}.")
    return value


def _text(value: object, fact: Fact, path: str) -> str:
    if not isinstance(value, str) or not fold(value):
        raise InvalidCondition(path, "Write some text here; to ask for nothing, use is_empty.")
    if len(value) > MAX_TEXT or storable(value) != value:
        raise InvalidCondition(path, f"Use at most {MAX_TEXT} characters, none of them NUL or half of another.")
    if fact.choices and value not in fact.choices:
        raise InvalidCondition(path, f"The {fact.label} is never {value!r}; choose from {', '.join(fact.choices)}.")
    return value


def _join(path: str, step: object) -> str:
    return f"{path}.{step}" if path else str(step)

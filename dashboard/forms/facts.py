"""Facts as rows of a form: which fact, and its value, said with the widgets that conditions have.

A row is a condition whose comparison is settled: what it compares with is the fact's value. Places are named "f-0",
"f-1", and so on. A row without a value says that the fact is not known.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from django.http import QueryDict

from dashboard.forms.condition_checking import NOT_A_NUMBER
from dashboard.forms.condition_reading import read_row
from dashboard.forms.condition_tree import OPEN_FACTS, TypedCondition
from wrapups.domain.conditions import MAX_NUMBER
from wrapups.domain.facts import Facts, Kind, Value, fact_named
from wrapups.models import Organization

ROOT = "f"
MOST_FACTS = 200
COMPARISON: Mapping[Kind, str] = {
    Kind.TEXT: "is",
    Kind.CHOICE: "is",
    Kind.FLAG: "is",
    Kind.NUMBER: "at_least",
    Kind.TEXTS: "any_of",
    Kind.CHOICES: "any_of",
}
"""By kind of fact, the comparison whose value looks like the fact's."""


@dataclass(slots=True)
class TypedFacts:
    """The rows as they stand, finished or not."""

    rows: list[TypedCondition] = field(default_factory=list)

    @property
    def may_grow(self) -> bool:
        """Whether one more fact may be added."""
        return len(self.rows) < MOST_FACTS

    @property
    def wrong(self) -> bool:
        """Whether some row cannot be used as it is."""
        return any(row.errors for row in self.rows)

    def facts(self) -> Facts:
        """Return what can be used of the rows; `check` says what cannot."""
        usable = (row for row in self.rows if row.about and _trouble(row) is None)
        return {row.fact_name: _value(row) for row in usable if any(row.values)}

    def check(self, *, finished: bool) -> bool:
        """Put an error beside each row that is wrong, and return whether none is.

        While somebody still types, what is only not filled in yet is not wrong.
        """
        seen: set[str] = set()
        for row in self.rows:
            trouble = _trouble(row) if finished or row.fact_name else None
            if trouble is None and row.fact_name and row.fact_name in seen:
                trouble = "fact", "This fact is in another row already."
            if trouble is not None:
                row.errors.setdefault(*trouble)
            seen.add(row.fact_name)
        return not self.wrong


def read_facts(fields: QueryDict, organization: Organization) -> TypedFacts:
    """Return the rows these fields describe. A name in a picker becomes a value, or an error at its row."""
    places = (f"{ROOT}-{place}" for place in range(MOST_FACTS))
    return numbered([_settled(read_row(fields, path, organization)) for path in places if f"{path}-fact" in fields])


def typed_facts(facts: Facts) -> TypedFacts:
    """Return the rows for facts as they are stored, at most 200 of them."""
    return numbered([_row(name, value) for name, value in list(facts.items())[:MOST_FACTS]])


def rows_for(names: Iterable[str]) -> TypedFacts:
    """Return a row without a value for each of these facts."""
    return numbered([_row(name, None) for name in names])


def edited(typed: TypedFacts, edit: str) -> TypedFacts:
    """Return the rows after one button: "add-fact", "remove:f-1", "drop:f-0:2"; any other changes nothing."""
    verb, _, place = edit.partition(":")
    if verb == "add-fact" and typed.may_grow:
        return numbered([*typed.rows, TypedCondition()])
    if verb == "remove":
        return numbered([row for row in typed.rows if row.path != place])
    if verb == "drop":
        path, _, number = place.partition(":")
        for row in typed.rows:
            if row.path == path and number.isdecimal():
                row.values = [value for at, value in enumerate(row.values) if at != int(number)]
    return typed


def numbered(rows: list[TypedCondition]) -> TypedFacts:
    """Give every row its place."""
    for place, row in enumerate(rows):
        row.path = f"{ROOT}-{place}"
    return TypedFacts(rows)


def _row(name: str, value: Value) -> TypedCondition:
    prefix = next((prefix for prefix in OPEN_FACTS if name.startswith(prefix)), "")
    row = TypedCondition(fact=prefix or name, key=name.removeprefix(prefix) if prefix else "")
    row.values = list(_texts(value))
    return _settled(row)


def _settled(row: TypedCondition) -> TypedCondition:
    if row.kind is not None:
        row.operator = COMPARISON[row.kind]
    row.settle()
    return row


def _texts(value: Value) -> Iterator[str]:
    match value:
        case None:
            return
        case bool():
            yield "yes" if value else "no"
        case list():
            yield from value
        case float() if value.is_integer():
            yield str(int(value))
        case _:
            yield str(value)


def _trouble(row: TypedCondition) -> tuple[str, str] | None:
    if row.kind is None:
        return "fact", "Choose a fact."
    if row.fact in OPEN_FACTS and not row.key:
        return "key", "Write its name."
    if row.kind is Kind.NUMBER and any(row.values) and _number(row.values[0]) is None:
        return "value", NOT_A_NUMBER
    return None


def _value(row: TypedCondition) -> Value:
    match fact_named(row.fact_name).kind:
        case Kind.TEXTS | Kind.CHOICES:
            return sorted(set(row.values))
        case Kind.NUMBER:
            return _number(row.values[0])
        case Kind.FLAG:
            return row.values[0] == "yes"
        case _:
            return row.values[0]


def _number(text: str) -> float | int | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if not abs(number) <= MAX_NUMBER:
        return None
    return int(number) if number.is_integer() else number

"""The condition editor's fields read into a tree, and stored conditions put into one."""

from collections.abc import Iterator

from django.http import QueryDict

from dashboard.forms.condition_tree import OPEN_FACTS, ROOT, TypedCondition, TypedGroup, numbered
from dashboard.queries.names import NoSuchName, id_named
from wrapups.domain.conditions import MAX_CONDITIONS, MAX_DEPTH, MAX_VALUES, Condition, Group, Quantifier, Wanted
from wrapups.domain.operators import Wants
from wrapups.models import Organization

MOST_MEMBERS = 2 * MAX_CONDITIONS
"""So many are read, so that what is one too many comes back with an error and is not lost."""


def read(fields: QueryDict, organization: Organization, path: str = ROOT, depth: int = 1) -> TypedGroup:
    """Return the tree these fields describe. A name in a picker becomes a value, or an error at its row."""
    quantifier = fields.get(f"{path}-quantifier", "")
    group = TypedGroup(path, quantifier if quantifier in set(Quantifier) else Quantifier.ALL.value)
    for inner in _places(path):
        if f"{inner}-fact" in fields:
            group.members.append(read_row(fields, inner, organization))
        elif f"{inner}-quantifier" in fields and depth < MAX_DEPTH:
            group.members.append(read(fields, organization, inner, depth + 1))
        else:
            break
    return numbered(group, path)


def typed(stored: Group) -> TypedGroup:
    """Return the tree of conditions that are stored."""
    return numbered(_group(stored))


def _places(path: str) -> Iterator[str]:
    return (f"{path}-{place}" for place in range(MOST_MEMBERS))


def read_row(fields: QueryDict, path: str, organization: Organization) -> TypedCondition:
    """Return the row at this place, settled. A name in its picker becomes a value, or an error."""
    fact = fields.get(f"{path}-fact", "")
    row = TypedCondition(
        path,
        fact=fact,
        key=fields.get(f"{path}-key", "").strip(),
        operator=fields.get(f"{path}-operator", ""),
        values=_values(fields, path) if fact == fields.get(f"{path}-was", fact) else [],
        typed=fields.get(f"{path}-name", "").strip(),
    )
    if row.typed and row.catalogue:
        _take_name(row, organization)
    row.settle()
    return row


def _values(fields: QueryDict, path: str) -> list[str]:
    """Return the values of a row: one a field, or one a line of a text area, in order and once each."""
    sent = fields.getlist(f"{path}-value") + fields.get(f"{path}-lines", "").splitlines()
    if f"{path}-to" in fields:
        return [sent[0].strip() if sent else "", fields.get(f"{path}-to", "").strip()]
    return list(dict.fromkeys(value.strip() for value in sent if value.strip()))[: MAX_VALUES + 1]


def _take_name(row: TypedCondition, organization: Organization) -> None:
    try:
        found = id_named(organization, row.catalogue, row.typed)
    except NoSuchName as error:
        row.errors["value"] = str(error)
        return
    row.typed = ""
    row.values = [*(value for value in row.values if value != found), found]


def _group(stored: Group) -> TypedGroup:
    members = [_group(inner) if isinstance(inner, Group) else _condition(inner) for inner in stored.members]
    return TypedGroup(quantifier=stored.quantifier.value, members=list(members))


def _condition(stored: Condition) -> TypedCondition:
    prefix = next((prefix for prefix in OPEN_FACTS if stored.fact.startswith(prefix)), "")
    row = TypedCondition(
        fact=prefix or stored.fact,
        key=stored.fact.removeprefix(prefix) if prefix else "",
        operator=stored.operator,
        values=_as_text(stored.value),
    )
    if row.wants is Wants.NOTHING:
        row.values = []
    return row


def _as_text(value: Wanted) -> list[str]:
    if isinstance(value, tuple):
        return [text for each in value for text in _as_text(each)]
    if value is None:
        return []
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return [str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)]

"""A typed tree turned into conditions, or into errors beside the rows they are about."""

from dashboard.forms.condition_tree import OPEN_FACTS, TypedCondition, TypedGroup, groups, rows
from wrapups.domain.conditions import Group, InvalidCondition, parse
from wrapups.domain.facts import Kind
from wrapups.domain.operators import Wants

NOT_A_NUMBER = "Write a number, such as 30 or 2.5."
NOT_A_RANGE = "Write two numbers, the lower one first."


def checked(tree: TypedGroup) -> Group | None:
    """Return the conditions, or None where something is wrong; then every wrong place has its error."""
    for row in rows(tree):
        _check(row)
    for group in groups(tree):
        if not group.members and group is not tree:
            group.errors["group"] = "This group is empty: add a condition, or remove the group."
    if any(row.errors for row in rows(tree)) or any(group.errors for group in groups(tree)):
        return None
    try:
        return parse(stored(tree))
    except InvalidCondition as error:
        tree.errors["group"] = str(error)
        return None


def usable(tree: TypedGroup) -> Group:
    """Return what can be used of a tree that somebody is still typing, for the sentence beside it."""
    members = [stored(member) if isinstance(member, TypedGroup) else _stored(member) for member in _sound(tree).members]
    try:
        return parse({tree.quantifier if members else "all": members})
    except InvalidCondition:
        return parse({"all": []})


def stored(group: TypedGroup) -> dict[str, object]:
    """Return a group in the form that `wrapups.domain.conditions.parse` reads."""
    members = [stored(member) if isinstance(member, TypedGroup) else _stored(member) for member in group.members]
    return {group.quantifier: members}


def _sound(group: TypedGroup) -> TypedGroup:
    members: list[TypedCondition | TypedGroup] = []
    for member in group.members:
        if isinstance(member, TypedGroup):
            inner = _sound(member)
            members += [inner] if inner.members else []
        elif _trouble(member) is None:
            members.append(member)
    return TypedGroup(group.path, group.quantifier, members)


def _check(row: TypedCondition) -> None:
    trouble = _trouble(row)
    if trouble is not None:
        field, message = trouble
        row.errors.setdefault(field, message)


def _trouble(row: TypedCondition) -> tuple[str, str] | None:
    """Return the field of a row that is wrong and what to do there, or None."""
    if row.kind is None:
        return "fact", "Choose what to compare."
    if row.fact in OPEN_FACTS and not row.key:
        return "key", "Write its name."
    if row.wants is not Wants.NOTHING and not any(row.values):
        return "value", _missing(row)
    if row.kind is Kind.NUMBER and not all(_is_number(value) for value in row.values):
        return "value", NOT_A_NUMBER
    if row.wants is Wants.RANGE and not _ascends(row.values):
        return "value", NOT_A_RANGE
    try:
        parse({"all": [_stored(row)]})
    except InvalidCondition as error:
        return _field_of(error.path), str(error)
    return None


def _missing(row: TypedCondition) -> str:
    what = "Choose at least one" if row.catalogue or row.choices else "Write what to compare with"
    return f"{what}, or remove this condition."


def _field_of(path: str) -> str:
    steps = [step for step in path.split(".") if step in ("fact", "operator", "value")]
    return steps[-1] if steps else "value"


def _stored(row: TypedCondition) -> dict[str, object]:
    leaf: dict[str, object] = {"fact": row.fact_name, "operator": row.operator}
    values = [_value(row, value) for value in row.values]
    if row.wants is Wants.ONE:
        return leaf | {"value": values[0] if values else ""}
    return leaf if row.wants is Wants.NOTHING else leaf | {"value": values}


def _value(row: TypedCondition, text: str) -> str | float | bool:
    if row.kind is Kind.NUMBER:
        number = float(text)
        return int(number) if number.is_integer() else number
    return text == "yes" if row.kind is Kind.FLAG else text


def _ascends(values: list[str]) -> bool:
    return len(values) == 2 and float(values[0]) <= float(values[1])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

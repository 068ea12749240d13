"""The buttons of the condition editor: each takes the tree as typed and changes its shape, nothing else.

A button sends `edit`, a verb and a path: "add-condition:c-1", "add-group:c", "remove:c-0", "drop:c-0:2" (the third
value of the row). "refresh" changes nothing: the form comes back with fields that fit what was chosen.
"""

from collections.abc import Callable, Mapping

from dashboard.forms.condition_tree import TypedCondition, TypedGroup, groups, numbered, rows


def edited(tree: TypedGroup, edit: str) -> TypedGroup:
    """Return the tree after one button; a button for a place that is not there does nothing."""
    verb, _, path = edit.partition(":")
    if verb in ADDITIONS:
        for group in groups(tree):
            if group.path == path and (verb != "add-group" or group.may_nest):
                group.members.append(ADDITIONS[verb]())
                break
    elif verb == "remove":
        for group in groups(tree):
            group.members = [member for member in group.members if member.path != path]
    elif verb == "drop":
        _drop_value(tree, path)
    return numbered(tree)


def _drop_value(tree: TypedGroup, place: str) -> None:
    path, _, number = place.partition(":")
    for row in rows(tree):
        if row.path == path and number.isdecimal():
            row.values = [value for at, value in enumerate(row.values) if at != int(number)]


ADDITIONS: Mapping[str, Callable[[], TypedCondition | TypedGroup]] = {
    "add-condition": TypedCondition,
    "add-group": lambda: TypedGroup(quantifier="any", members=[TypedCondition()]),
}

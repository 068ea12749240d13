"""Which operations are served, what each needs, and which one a request means.

`operations.json` is the excerpt, for these operations, of the permissions in the documentation of Genesys' own
JavaScript SDK (API build 10706): `ANY` or `ALL` of the permissions are needed, `NO` means none.
"""

import json
from importlib.resources import files
from typing import Any, NamedTuple


class Operation(NamedTuple):
    """One operation; `key` is verb and path as documented, such as `GET /api/v2/users`."""

    key: str
    rule: str
    permissions: tuple[str, ...]


def _read() -> dict[str, Operation]:
    table = json.loads(files(__package__).joinpath("operations.json").read_text("utf-8"))
    return {key: Operation(key, entry["rule"], tuple(entry["permissions"])) for key, entry in table.items()}


OPERATIONS = _read()
TOKEN = Operation("POST /oauth/token", "NO", ())


def _tree() -> dict[str, Any]:
    """Return the paths as nested dictionaries by segment; a parameter has the key `{}`, an end the key of its verb."""
    tree: dict[str, Any] = {}
    for operation in (*OPERATIONS.values(), TOKEN):
        verb, path = operation.key.split(" ")
        node = tree
        for segment in path.strip("/").split("/"):
            node = node.setdefault("{}" if segment.startswith("{") else segment, {})
        names = [segment[1:-1] for segment in path.split("/") if segment.startswith("{")]
        node[f" {verb}"] = (operation, names)
    return tree


TREE = _tree()


def find(verb: str, path: str) -> tuple[Operation, dict[str, str]] | None:
    """Return the operation a request means and its path parameters; None when it is not served.

    A literal segment goes before a parameter, as in `jobs/availability`.
    """
    return _walk(TREE, path.strip("/").split("/"), f" {verb}", [])


def _walk(
    node: dict[str, Any], left: list[str], verb: str, values: list[str]
) -> tuple[Operation, dict[str, str]] | None:
    if not left:
        if verb not in node:
            return None
        operation, names = node[verb]
        return operation, dict(zip(names, values, strict=True))
    segment, *rest = left
    if segment in node and (found := _walk(node[segment], rest, verb, values)):
        return found
    return _walk(node["{}"], rest, verb, [*values, segment]) if "{}" in node else None

"""The query that asks for what the parameters of an address ask for: read again, it gives them again."""

from collections.abc import Mapping

from dashboard.query_bar.ids import whole_ids
from dashboard.query_bar.keys import KEYS
from dashboard.query_bar.moments import shortest
from dashboard.query_bar.words import in_quotes, quoted


def write(parameters: Mapping[str, str]) -> str:
    """Return the query for these parameters, keys in the order of the table, then ids, then text."""
    said = [
        f"{key.name}:{_value(key.name, parameters[key.parameter])}"
        for key in KEYS.values()
        if key.parameter in parameters
    ]
    return " ".join([*said, *_ids(parameters.get("ids", "")), *filter(None, [parameters.get("words", "")])])


def _value(key: str, value: str) -> str:
    return quoted(shortest(value) if key in ("since", "until") else value)


def _ids(ids: str) -> list[str]:
    if not ids:
        return []
    return ids.split() if whole_ids(ids) == ids.split() else [f"id:{in_quotes(ids)}"]

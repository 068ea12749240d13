"""Reads a `WrapupInput`: which properties there are, of which type, and what it refuses."""

from typing import Any

from wrapups.genesys.simulator.instants import Instant, parse
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.wrapup import Write

TYPES: dict[str, tuple[type, str]] = {
    "code": (str, "string"),
    "name": (str, "string"),
    "notes": (str, "string"),
    "tags": (list, "array"),
    "durationSeconds": (int, "integer"),
    "endTime": (str, "date-time"),
    "provisional": (bool, "boolean"),
    "disableEndTimeUpdates": (bool, "boolean"),
}


def read_wrapup_input(body: Any, *, at: Instant, by: str, notes_max_length: int) -> Write:
    """Return the write a `WrapupInput` asks for.

    Raises Problem: 400 for another shape, an unknown property, a wrong type or date, too long notes, and
    conversation.error.wrapup.code.required for a missing or empty code that is not provisional.
    """
    given = checked(body, TYPES, "WrapupInput")
    notes = given.get("notes")
    if notes is not None and len(notes) > notes_max_length:
        raise Problem("bad.request", message=f"The notes are longer than {notes_max_length} characters.")
    provisional = given.get("provisional", False)
    if not given.get("code") and not provisional:
        raise Problem("conversation.error.wrapup.code.required")
    return Write(
        at=at,
        by=by,
        code=given.get("code") or None,
        notes=notes,
        tags=_tags(given.get("tags", [])),
        duration_s=given.get("durationSeconds"),
        ended_at=_date(given["endTime"]) if "endTime" in given else None,
        provisional=provisional,
        keeps_end_time=given.get("disableEndTimeUpdates", False),
    )


def checked(body: Any, types: dict[str, tuple[type, str]], model: str) -> dict[str, Any]:
    """Return the properties of a JSON object that are not null, each of its type (else 400)."""
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise Problem("bad.request")
    for name, value in body.items():
        if name not in types:
            raise Problem("invalid.property", value=name, object=model)
        kind, shown = types[name]
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise Problem("invalid.value", value=value, type=shown, allowed=shown)
    return {name: value for name, value in body.items() if value is not None}


def _tags(tags: list[Any]) -> tuple[str, ...]:
    if not all(isinstance(tag, str) for tag in tags):
        raise Problem("invalid.value", value=tags, type="array", allowed="strings")
    return tuple(tags)


def _date(text: str) -> Instant:
    try:
        return parse(text)
    except ValueError as error:
        raise Problem("invalid.date") from error

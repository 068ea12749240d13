"""JSON fields, strict in type and tolerant in presence: absent and null are alike, a wrong type is Unclear."""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from wrapups.genesys.errors import unreadable

Json = Mapping[str, Any]


def record(value: Any, name: str) -> Json:
    """Return `value` if it is a JSON object."""
    if not isinstance(value, dict):
        raise unreadable(f"{name!r} is no object")
    return value


def text(holder: Json, name: str) -> str:
    """Return a field's text, or "". NUL is dropped: PostgreSQL stores none."""
    value = holder.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise unreadable(f"{name!r} is no text")
    return value.replace("\x00", "")


def required_text(holder: Json, name: str) -> str:
    """Return a field's text; an answer without it makes no sense."""
    if not (value := text(holder, name)):
        raise unreadable(f"{name!r} is missing")
    return value


def number(holder: Json, name: str) -> int | None:
    """Return a field's whole number, or None."""
    value = holder.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise unreadable(f"{name!r} is no whole number")
    return value


def decimal(holder: Json, name: str) -> float | None:
    """Return a field's number, or None."""
    value = holder.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise unreadable(f"{name!r} is no number")
    return float(value)


def moment(holder: Json, name: str) -> datetime | None:
    """Return a field's time in UTC, or None."""
    value = holder.get(name)
    if value is None:
        return None
    try:
        at = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise unreadable(f"{name!r} is no time") from None
    if at.tzinfo is None:
        raise unreadable(f"{name!r} is a time without zone")
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def required_moment(holder: Json, name: str) -> datetime:
    """Return a field's time in UTC; an answer without it makes no sense."""
    if (at := moment(holder, name)) is None:
        raise unreadable(f"{name!r} is missing")
    return at


def records(holder: Json, name: str) -> list[Json]:
    """Return a field's list of objects; empty where the field is absent."""
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise unreadable(f"{name!r} is no list")
    return [record(item, name) for item in value]


def texts(holder: Json, name: str) -> tuple[str, ...]:
    """Return a field's list of texts; empty where the field is absent."""
    value = holder.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise unreadable(f"{name!r} is no list of texts")
    return tuple(value)

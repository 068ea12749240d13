"""Examples of bodies and answers, made of the shapes themselves, so that none of them can fall behind."""

import json
import re
import shlex
from collections.abc import Mapping
from typing import Any

from dashboard.api.schemas.fields import CURSOR, UUID

MOMENT = "2026-03-01T12:00:00Z"
CONVERSATION = "6f1b4a52-0c1e-4c4e-9a51-0d6a6f0c2b11"
KEY = '-H "Authorization: Bearer $WRAPUPS_KEY"'
BY_NAME: Mapping[str, Any] = {
    "code_id": "0a3d1f6e-52b7-4f0c-8f63-7b1f9be3a001",
    "code_seen_id": "0a3d1f6e-52b7-4f0c-8f63-7b1f9be3a001",
    "communication_id": "b7d0c1a2-93e4-4c5f-8a6b-1d2e3f405162",
    "conversation_id": CONVERSATION,
    "disposition": "REFUND-OK",
    "event_id": "case-4711",
    "media_type": "voice",
    "participant_id": "c81e728d-9d4c-4f63-af06-7f89cc14862c",
    "source": "crm",
    "status_url": "/api/v1/dispositions/1",
}
"""Where a shape alone would only say: some text."""
SIMPLE: Mapping[str, Any] = {"string": "text", "integer": 1, "number": 1.5, "boolean": True, "null": None, "object": {}}
BY_PATTERN: Mapping[str, str] = {UUID: CONVERSATION, CURSOR: "1772366400-1"}
SHORT_OF_A_BODY = "event_id"
"""Not required, and yet what every program should send."""

Shapes = Mapping[str, Mapping[str, Any]]


def curl(server: str, method: str, path: str, body: Mapping[str, Any] | None) -> str:
    """Return the command that asks this, with an example of each part of the path and of the body."""
    filled = re.sub(r"\{(\w+)\}", lambda part: CONVERSATION if part[1] == "conversation_id" else "1", path)
    lines = [f"curl {server}{filled}", KEY]
    if body is not None:
        lines += [f"--json {shlex.quote(json.dumps(body, ensure_ascii=False))}"]
    elif method != "GET":
        lines += [f"-X {method}"]
    return " \\\n  ".join(lines)


def body_of(schema: Mapping[str, Any], shapes: Shapes) -> Any:
    """Return a body with what is required of it, and little more."""
    return _made(schema, shapes, whole=False)


def answer_of(schema: Mapping[str, Any], shapes: Shapes) -> str:
    """Return an answer with every field, as JSON on several lines."""
    return json.dumps(_made(schema, shapes, whole=True), ensure_ascii=False, indent=2)


def _made(schema: Mapping[str, Any], shapes: Shapes, *, whole: bool, name: str = "") -> Any:
    if schema.get("examples"):
        return schema["examples"][0]
    if "$ref" in schema:
        return _made(shapes[schema["$ref"].rpartition("/")[2]], shapes, whole=whole, name=name)
    for several in ("anyOf", "allOf"):
        if several in schema:
            return _made(schema[several][0], shapes, whole=whole, name=name)
    if "properties" in schema:
        return _object(schema, shapes, whole=whole)
    if schema.get("type") == "array":
        return [_made(schema["items"], shapes, whole=whole, name=name)]
    return _value(schema, name)


def _object(schema: Mapping[str, Any], shapes: Shapes, *, whole: bool) -> dict[str, Any]:
    kept = {*schema.get("required", ()), SHORT_OF_A_BODY}
    fields = schema["properties"].items()
    return {name: _made(each, shapes, whole=whole, name=name) for name, each in fields if whole or name in kept}


def _value(schema: Mapping[str, Any], name: str) -> Any:
    for word in ("const", "enum"):
        if word in schema:
            return schema[word] if word == "const" else schema[word][0]
    if schema.get("format") == "date-time":
        return MOMENT
    if schema.get("type") == "string" and name in BY_NAME:
        return BY_NAME[name]
    return BY_PATTERN.get(schema.get("pattern", ""), SIMPLE.get(schema.get("type", "object")))

"""The API's description, OpenAPI 3.1: what ninja knows of the endpoints, and every refusal, which it does not know."""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.conf import settings

from dashboard.api.application import api
from dashboard.api.authentication import ApiKeyAuth
from dashboard.api.problems import MEDIA_TYPE, Kind
from wrapups.domain.scopes import MEANINGS

PREFIX = "api/v1/"
ABOUT = (
    "Hands in what other systems say about conversations, reads what was decided, asks the rules, and sends failed"
    " assignments again. Times are RFC 3339 and UTC. Lists go on from a cursor. A key belongs to one organization and"
    " sees nothing of another."
)
ALWAYS = (Kind.UNREADABLE, Kind.NO_KEY, Kind.NOT_ALLOWED, Kind.INVALID, Kind.TOO_MANY, Kind.FAILED, Kind.AWAY)
WITH_BODY = (Kind.TOO_LARGE, Kind.MEDIA)
CONFLICTS: Mapping[str, tuple[Kind, ...]] = {
    "add_disposition": (Kind.TAKEN, Kind.AT_WORK, Kind.REUSED),
    "add_dispositions": (Kind.AT_WORK, Kind.REUSED),
    "retry_assignment": (Kind.NOT_SO, Kind.AT_WORK, Kind.REUSED),
    "retry_assignments": (Kind.NOT_FOUND, Kind.AT_WORK, Kind.REUSED),
    "evaluate_facts": (Kind.NOT_FOUND,),
    "export_rules": (Kind.NOT_FOUND,),
    "import_rules": (Kind.NOT_SO, Kind.AT_WORK, Kind.REUSED),
}
"""What only some endpoints refuse, by name."""

PROBLEM = {
    "type": "object",
    "description": "A refusal (RFC 9457).",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "Where this kind of refusal is explained."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do about it."},
        "instance": {"type": "string", "description": "This request, as our log knows it."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason"],
                "properties": {
                    "field": {"type": "string", "examples": ["items.3.disposition"]},
                    "reason": {"type": "string"},
                },
            },
        },
    },
}
HEADERS: Mapping[str, str] = {
    "X-Reference": "Names the request when you report trouble.",
    "RateLimit-Policy": "How many calls may come at once (q), and in how many seconds (w) as many come evenly.",
    "RateLimit": "How many calls may come at once now (r), and in how many seconds there is one more (t).",
    "Retry-After": "Send it again in so many seconds.",
    "Allow": "The methods that this address is asked by.",
    "WWW-Authenticate": "How to send a key.",
    "Location": "Where to ask what became of it.",
    "Idempotent-Replayed": "`true` where this is the first answer again.",
}


@cache
def document() -> dict[str, Any]:
    """Return the whole description; it does not change while the process runs."""
    described: dict[str, Any] = dict(api.get_openapi_schema(path_prefix=PREFIX))
    described["info"] = {"title": api.title, "version": "1", "description": ABOUT}
    described["servers"] = [{"url": settings.PUBLIC_URL}]
    for name, operation in operations(described):
        _complete(name, operation)
    components = described["components"]
    components["schemas"] = {**components["schemas"], "Problem": PROBLEM}
    components["responses"] = {str(status): _refusals(status) for status in sorted({kind.status for kind in Kind})}
    components["headers"] = {name: _header(said) for name, said in HEADERS.items()}
    components["securitySchemes"] = {ApiKeyAuth.__name__: _security()}
    return described


def operations(described: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every operation with its name."""
    for path in described["paths"].values():
        for operation in path.values():
            yield operation["operationId"], operation


def _complete(name: str, operation: dict[str, Any]) -> None:
    operation["summary"] = name.replace("_", " ").capitalize()
    for parameter in operation["parameters"]:
        parameter["schema"] = _without_null(parameter["schema"])
    for response in operation["responses"].values():
        told = ["X-Reference", "RateLimit-Policy", "RateLimit"]
        if "requestBody" in operation and name != "evaluate_facts":
            told.append("Idempotent-Replayed")
        if name == "add_disposition":
            told.append("Location")
        response["headers"] = {header: {"$ref": f"#/components/headers/{header}"} for header in told}
    statuses = {kind.status for kind in refusals_of(name, operation)}
    operation["responses"] = {str(status): told for status, told in operation["responses"].items()}
    operation["responses"] |= {str(status): {"$ref": f"#/components/responses/{status}"} for status in sorted(statuses)}


def refusals_of(name: str, operation: Mapping[str, Any]) -> list[Kind]:
    """Return every kind of refusal that this operation can be answered with."""
    in_path = any(parameter["in"] == "path" for parameter in operation["parameters"])
    return [
        *ALWAYS,
        Kind.METHOD,
        *(WITH_BODY if "requestBody" in operation else ()),
        *((Kind.NOT_FOUND,) if in_path else ()),
        *CONFLICTS.get(name, ()),
    ]


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is left out or has a value; that it is None inside is our own affair."""
    kinds = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(kinds) == 1:
        schema = {**{name: value for name, value in schema.items() if name != "anyOf"}, **kinds[0]}
    elif kinds:
        schema = {**schema, "anyOf": kinds}
    return schema


def _refusals(status: int) -> dict[str, Any]:
    kinds = [kind for kind in Kind if kind.status == status]
    headers = ["X-Reference", *_headers_of(status)]
    examples = {kind.slug: {"summary": kind.title, "value": _example(kind)} for kind in kinds}
    return {
        "description": " / ".join(f"{kind.title}. {kind.advice}" for kind in kinds),
        "headers": {header: {"$ref": f"#/components/headers/{header}"} for header in headers},
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "examples": examples}},
    }


def _headers_of(status: int) -> list[str]:
    special = {
        401: ["WWW-Authenticate"],
        405: ["Allow"],
        409: ["Retry-After"],
        429: ["Retry-After"],
        503: ["Retry-After"],
    }
    return special.get(status, [])


def _example(kind: Kind) -> dict[str, Any]:
    example = {"type": kind.uri, "title": kind.title, "status": kind.status, "detail": kind.advice}
    return {**example, "instance": "urn:request:9f2c41d07a3b"}


def _header(said: str) -> dict[str, Any]:
    return {"description": said, "schema": {"type": "string"}}


def _security() -> dict[str, Any]:
    scopes = " ".join(f"`{scope.value}`: {meaning}" for scope, meaning in MEANINGS.items())
    said = f"A key of the form `wu_<prefix>_<secret>`, made under Organization, API keys. Scopes: {scopes}"
    return {"type": "http", "scheme": "bearer", "description": said}

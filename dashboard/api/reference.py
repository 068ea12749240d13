"""The API's description for programs, and for people: a page of our own, as Swagger's needs scripts within the page."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.api.examples import answer_of, body_of, curl
from dashboard.api.openapi import document, refusals_of
from dashboard.api.problems import Kind
from wrapups.domain.scopes import MEANINGS


@dataclass(frozen=True, slots=True)
class Field:
    """One parameter, or one field of a body or an answer, in words."""

    name: str
    kind: str
    said: str
    required: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """A body or an answer: what it is, its fields, and the shapes within it by their names."""

    name: str
    said: str
    fields: Sequence[Field]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One operation as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    said: Sequence[str]
    parameters: Sequence[Field]
    body: str
    status: str
    answer: str
    refusals: Sequence[Kind]
    curl: str
    """A command that asks this, with a body that is good."""
    answered: str
    """What such an answer looks like."""


@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 (Django calls it)
    """Answer with the description for programs."""
    return JsonResponse(document(), json_dumps_params={"ensure_ascii": False})


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """Show the description to people, signed in or not: it tells nothing of any organization."""
    described = document()
    areas = list(_areas(described))
    context = {
        "about": described["info"]["description"],
        "scopes": [(scope.value, meaning) for scope, meaning in MEANINGS.items()],
        "areas": areas,
        "first": areas[0][1][0],
        "shapes": [_shape(name, schema) for name, schema in sorted(described["components"]["schemas"].items())],
        "kinds": list(Kind),
    }
    return render(request, "api/reference.html", context)


def _areas(described: Mapping[str, Any]) -> Iterator[tuple[str, list[Endpoint]]]:
    """Yield each area with its endpoints."""
    areas: dict[str, list[Endpoint]] = {}
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            areas.setdefault(operation["tags"][0], []).append(_endpoint(path, method.upper(), operation, described))
    yield from areas.items()


def _endpoint(path: str, method: str, operation: Mapping[str, Any], described: Mapping[str, Any]) -> Endpoint:
    status, answer = next((status, told) for status, told in operation["responses"].items() if status.startswith("2"))
    shapes = described["components"]["schemas"]
    body = body_of(_schema_of(operation["requestBody"]), shapes) if "requestBody" in operation else None
    refusals = {kind.slug: kind for kind in refusals_of(operation["operationId"], operation)}
    return Endpoint(
        anchor=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        said=operation["description"].replace("`", "").split("\n\n"),
        parameters=[_field(each["name"], each["schema"], each["required"]) for each in operation["parameters"]],
        body=_name_of(operation["requestBody"]) if "requestBody" in operation else "",
        status=status,
        answer=_name_of(answer),
        refusals=sorted(refusals.values(), key=lambda kind: kind.status),
        curl=curl(described["servers"][0]["url"], method, path, body),
        answered=answer_of(_schema_of(answer), shapes),
    )


def _name_of(told: Mapping[str, Any]) -> str:
    """Return the name of the shape that a body or an answer has."""
    return str(_schema_of(told)["$ref"]).rpartition("/")[2]


def _schema_of(told: Mapping[str, Any]) -> Mapping[str, Any]:
    schema: Mapping[str, Any] = told["content"]["application/json"]["schema"]
    return schema


def _shape(name: str, schema: Mapping[str, Any]) -> Shape:
    required = schema.get("required", ())
    fields = [_field(each, said, each in required) for each, said in schema.get("properties", {}).items()]
    words = [str(word) for word in schema.get("enum", ())]
    said = " ".join([str(schema.get("description", "")), ", ".join(words)]).strip()
    return Shape(name, said.replace("`", ""), fields)


def _field(name: str, schema: Mapping[str, Any], required: bool) -> Field:
    return Field(name, _kind(schema), str(schema.get("description", "")).replace("`", ""), required)


def _kind(schema: Mapping[str, Any]) -> str:
    """Return what a value is, in words: text of at most 128 characters, list of Consequence."""
    for several in ("anyOf", "allOf"):
        if several in schema:
            return " or ".join(dict.fromkeys(_kind(each) for each in schema[several]))
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "enum" in schema or "const" in schema:
        return ", ".join(json.dumps(each) for each in schema.get("enum", [schema.get("const")]))
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}{_limits(schema, 'Items', 'of them')}"
    words = {"string": "text", "integer": "whole number", "null": "null", "boolean": "true or false"}
    kind = str(schema.get("format") or words.get(str(schema.get("type")), schema.get("type", "any")))
    return kind + _limits(schema, "Length", "characters") + _range(schema)


def _limits(schema: Mapping[str, Any], of: str, unit: str) -> str:
    most = schema.get(f"max{of}")
    return f", at most {most} {unit}" if most else ""


def _range(schema: Mapping[str, Any]) -> str:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    return f" from {lowest} to {highest}" if lowest is not None and highest is not None and highest < 2**31 else ""

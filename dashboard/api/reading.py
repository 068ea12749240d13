"""How the API reads: JSON in one way only, every parameter once, nothing that is not asked for."""

from collections.abc import Callable, Collection
from functools import wraps
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponseBase, QueryDict, UnreadablePostError
from ninja.parser import Parser

from dashboard.api.problems import FieldError, Kind, Problem, answer
from wrapups.domain.strict_json import NotStrictJson, parse

LARGEST_BODY = 256 * 1024
LONGEST_QUERY = 8 * 1024

Run = Callable[..., HttpResponseBase]


class StrictParser(Parser):
    """Reads bodies for ninja, which wraps what is raised here; `dashboard.api.application` unwraps it."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Return the body's JSON. Raises Problem: too large, another media type, not strict JSON."""
        body = body_of(request)
        if (
            request.content_type != "application/json"
            or request.headers.get("Content-Encoding", "identity") != "identity"
        ):
            raise Problem(Kind.MEDIA, "Send the body as application/json, without Content-Encoding.")
        try:
            return parse(body)
        except NotStrictJson as error:
            raise Problem(Kind.UNREADABLE, str(error)) from error


def body_of(request: HttpRequest) -> bytes:
    """Return the body's bytes. Raises Problem where there are too many, or where the sender went away."""
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise _too_large() from error
    except UnreadablePostError as error:
        raise Problem(Kind.UNREADABLE, "The body ended before it was complete.") from error
    if len(body) > LARGEST_BODY:
        raise _too_large()
    return body


def only_what_is_asked_for(run: Run) -> Run:
    """Decorate what runs a ninja operation: refuse a body that says it is too large, and parameters nobody reads."""
    known = {name for model in run.__self__.models if _is_query(model) for name in model.__ninja_flatten_map__}  # type: ignore[attr-defined]

    @wraps(run)
    def checked(request: HttpRequest, **values: Any) -> HttpResponseBase:
        try:
            _check_length(request)
            _check_query(request, known)
        except Problem as problem:
            return answer(request, problem)
        return run(request, **values)

    return checked


def _is_query(model: Any) -> bool:
    return bool(model.__ninja_param_source__ == "query")


def _check_length(request: HttpRequest) -> None:
    declared = request.META.get("CONTENT_LENGTH") or "0"
    if not declared.isdecimal() or int(declared) > LARGEST_BODY:
        raise _too_large()


def _check_query(request: HttpRequest, known: Collection[str]) -> None:
    if len(request.META.get("QUERY_STRING", "")) > LONGEST_QUERY:
        raise Problem(Kind.UNREADABLE, f"The part of the address after ? is longer than {LONGEST_QUERY} characters.")
    asked: QueryDict = request.GET
    if any(len(values) > 1 for _, values in asked.lists()):
        raise Problem(Kind.UNREADABLE, "A parameter is given twice. Give each one once.")
    if any("\0" in text for name, values in asked.lists() for text in (name, *values)):
        raise Problem(Kind.UNREADABLE, "A parameter contains the character NUL.")
    if not set(asked) <= set(known):
        names = ", ".join(sorted(known)) or "none"
        raise Problem(Kind.INVALID, errors=[FieldError("query", f"A parameter is not known here. Known are: {names}.")])


def _too_large() -> Problem:
    return Problem(Kind.TOO_LARGE, f"A request may have {LARGEST_BODY // 1024} KiB. Send less at a time.")

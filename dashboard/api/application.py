"""The API put together: its endpoints, how it reads, and what becomes of everything that is raised."""

import logging
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.operation import Operation
from ninja.renderers import JSONRenderer

from dashboard.api.endpoints import assignments, conversations, dispositions, evaluation, releases, rules
from dashboard.api.problems import FieldError, Kind, Problem, answer
from dashboard.api.reading import StrictParser, only_what_is_asked_for
from dashboard.api.schemas.fields import SAID, Told

logger = logging.getLogger(__name__)
MOST_ERRORS = 50
LONGEST_NAME = 40
"""Of a key that is compared with ours."""
ROOTS = frozenset({"told", "asked"})
"""What our functions call the body and the query: no part of a field's path."""


class StrictRenderer(JSONRenderer):
    """JSON without NaN and infinities, in letters instead of escapes."""

    json_dumps_params = {"allow_nan": False, "ensure_ascii": False}


class Api(NinjaAPI):
    """Ninja, with an endpoint's function in place of its module where operations are named."""

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """Return the operation's name in the description."""
        return str(operation.view_func.__name__)


api = Api(
    title="Wrap-ups",
    version="1",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    parser=StrictParser(),
    renderer=StrictRenderer(),
)
api.add_decorator(only_what_is_asked_for, mode="view")
for module in (dispositions, assignments, conversations, releases, rules, evaluation):
    api.add_router("", module.router)


@api.exception_handler(Problem)
def refused(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Answer what an endpoint or its key refuses."""
    return answer(request, problem)


@api.exception_handler(HttpError)
def unread(request: HttpRequest, error: HttpError) -> HttpResponse:
    """Answer with what our parser raised, which ninja has wrapped."""
    cause = error.__cause__
    return answer(request, cause if isinstance(cause, Problem) else Problem(Kind.UNREADABLE))


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """Answer with the fields that cannot be used, never with what stood in them."""
    return answer(request, Problem(Kind.INVALID, errors=[_field_error(each) for each in error.errors[:MOST_ERRORS]]))


@api.exception_handler(SuspiciousOperation)
def suspicious(request: HttpRequest, _error: SuspiciousOperation) -> HttpResponse:
    """Answer what Django itself refuses to read, such as thousands of parameters."""
    return answer(request, Problem(Kind.UNREADABLE))


@api.exception_handler(OperationalError)
@api.exception_handler(InterfaceError)
def away(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer that the database is away or too busy: nothing is done, and nothing was promised."""
    logger.warning("Reference %s: the database did not answer: %s", _reference(request), error)
    return answer(request, Problem(Kind.AWAY, headers={"Retry-After": "5"}))


@api.exception_handler(Exception)
def failed(request: HttpRequest, error: Exception) -> HttpResponse:
    """Answer what nobody expected; the log has it under the reference that the answer has too."""
    logger.error("Reference %s: %s %s failed.", _reference(request), request.method, request.path, exc_info=error)
    return answer(request, Problem(Kind.FAILED))


def _reference(request: HttpRequest) -> str:
    return str(getattr(request, "reference", ""))


def _field_error(error: dict[str, Any]) -> FieldError:
    unknown = error["type"] == "extra_forbidden"
    path = _path(error["loc"][:-1] if unknown else error["loc"])
    if unknown:
        return FieldError(path or "body", _unknown(error["loc"][-1]))
    return FieldError(path or "body", _reason(error))


def _unknown(name: Any) -> str:
    """Say that a key is not known: never its name, which may be a secret in the wrong place, but ours if it is near."""
    ours = {field for shape in Told.__subclasses__() for field in shape.model_fields}
    near = get_close_matches(str(name)[:LONGEST_NAME], ours, n=1)
    meant = f"Did you mean `{near[0]}`?" if near else "Remove it, or mend its spelling."
    return f"There is a key here that is not known. {meant}"


def _path(location: Sequence[Any]) -> str:
    """Return where it is: names are of our own schemas, since what senders name themselves is told by its place."""
    source, *steps = location
    kept = [str(step) for step in steps if step not in ROOTS]
    return ".".join(kept if source in ("body", "path") else [str(source), *kept])


def _reason(error: dict[str, Any]) -> str:
    pattern = error.get("ctx", {}).get("pattern", "")
    said = SAID.get(pattern, str(error["msg"]).removeprefix("Value error, "))
    return f"{said[:1].upper()}{said[1:]}."

"""Answering a request once, however often it is sent."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from django.http import HttpResponse, JsonResponse
from ninja import Header

from dashboard.api.problems import Kind, Problem, answer_again
from dashboard.api.reading import body_of
from dashboard.api.requests import ApiRequest
from wrapups.services.idempotency import AnotherRequest, Answer, StillAtWork, once

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern=r"^[!-~]{1,128}$",
        description="A text of yours, new for each request. Sent again within 24 hours, the same request is answered"
        " as the first time, and done once.",
    ),
]


def answered_once(
    request: ApiRequest, idempotency_key: str | None, act: Callable[[], tuple[int, dict[str, Any]]]
) -> HttpResponse:
    """Return the answer to this request: of `act` (its status and JSON), or of the time when it was first done.

    What `act` refuses by raising Problem is an answer too, and given again; what it changed before is undone.
    """
    if idempotency_key is None:
        return _response(request, _done(act))
    try:
        return _response(request, once(request.auth, idempotency_key, _digest(request), lambda: _done(act)))
    except StillAtWork as error:
        raise Problem(Kind.AT_WORK, str(error), headers={"Retry-After": "1"}) from error
    except AnotherRequest as error:
        raise Problem(Kind.REUSED, str(error)) from error


def _done(act: Callable[[], tuple[int, dict[str, Any]]]) -> Answer:
    try:
        return Answer(*act())
    except Problem as problem:
        return Answer(problem.kind.status, problem.body())


def _response(request: ApiRequest, answer: Answer) -> HttpResponse:
    if answer.status >= 400:
        response = answer_again(request, answer.status, answer.body)
    else:
        response = JsonResponse(answer.body, status=answer.status, json_dumps_params={"ensure_ascii": False})
        _locate(response, answer.body)
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response


def _locate(response: HttpResponse, body: Mapping[str, Any]) -> None:
    if "status_url" in body:
        response["Location"] = body["status_url"]


def _digest(request: ApiRequest) -> str:
    told = f"{request.method} {request.path}\n".encode() + body_of(request)
    return hashlib.sha256(told).hexdigest()

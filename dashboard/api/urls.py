"""Every address under `/api/v1`, by name, as `dashboard.policy` wants them. Whatever is not here is a problem, too."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

from dashboard.api.application import api
from dashboard.api.authentication import tell_allowance
from dashboard.api.openapi import PREFIX
from dashboard.api.problems import MEDIA_TYPE, Kind, Problem, answer
from dashboard.api.reference import openapi_json, reference

View = Callable[..., HttpResponse]


def in_the_api_s_words(view: View) -> View:
    """Let ninja's view answer a wrong method as every other refusal, and say how many calls the key has left."""

    @wraps(view)
    def answered(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        response = view(request, *arguments, **named)
        if response.status_code == Kind.METHOD.status and response["Content-Type"] != MEDIA_TYPE:
            response = answer(request, Problem(Kind.METHOD, headers={"Allow": response["Allow"]}))
        if hasattr(request, "allowance"):
            tell_allowance(response, request.allowance)
        return response

    return answered


@csrf_exempt
def unknown(request: HttpRequest, rest: str) -> HttpResponse:  # noqa: ARG001 (the address names it)
    """Answer that nothing is at this address."""
    return answer(request, Problem(Kind.NOT_FOUND, "Nothing is at this address. See /api/v1/docs."))


def _patterns() -> list[URLPattern]:
    patterns = [each for each in api.urls[0] if isinstance(each, URLPattern) and each.name != "api-root"]
    return [path(f"{PREFIX}{each.pattern}", in_the_api_s_words(each.callback), name=each.name) for each in patterns]


urlpatterns: list[URLPattern] = [
    path(f"{PREFIX}openapi.json", openapi_json, name="api-openapi"),
    path(f"{PREFIX}docs", reference, name="api-docs"),
    *_patterns(),
    re_path(rf"^{PREFIX}(?P<rest>.*)$", unknown, name="api-unknown"),
]

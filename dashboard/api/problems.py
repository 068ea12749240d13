"""Every refusal of the API: `application/problem+json`, in words that say what to do and repeat nothing of the request.

Source: RFC 9457.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

MEDIA_TYPE = "application/problem+json"
DOCS = "/api/v1/docs"


class Kind(Enum):
    """A kind of refusal: its name in `type`, the status, the title, and what to do about it."""

    UNREADABLE = "unreadable", 400, "The request cannot be read", "Send it as described; nothing was looked at."
    NO_KEY = "no-key", 401, "A key is needed", "Send a key that is neither revoked nor expired."
    NOT_ALLOWED = "not-allowed", 403, "The key may not do this", "Use a key that has the scope."
    NOT_FOUND = "not-found", 404, "Nothing is here", "Check the address. What another organization has is not here."
    METHOD = "method", 405, "This address is not asked so", "Use the method that the answer's Allow header names."
    NOT_SO = "not-so", 409, "It is not as you think", "Read it again; somebody or something was quicker."
    TAKEN = "event-id-taken", 409, "This event id is taken", "Use another event id for another saying."
    AT_WORK = "still-at-work", 409, "The first request is still at work", "Send it again in a second."
    TOO_LARGE = "too-large", 413, "The request is too large", "Send less at a time."
    MEDIA = "media-type", 415, "This kind of content is not read", "Send JSON in UTF-8, not compressed."
    INVALID = "invalid", 422, "Something in it cannot be used", "Mend the fields that `errors` names. Nothing was done."
    REUSED = "idempotency-key-reused", 422, "This Idempotency-Key is used", "Take a new one for each request."
    TOO_MANY = "too-many", 429, "Too many calls", "Wait as long as Retry-After says."
    FAILED = "failed", 500, "This failed", "Report the X-Reference header. Nothing was done."
    AWAY = "unavailable", 503, "Not now", "Send it again. Nothing was done."

    def __init__(self, slug: str, status: int, title: str, advice: str) -> None:
        self.slug, self.status, self.title, self.advice = slug, status, title, advice

    @property
    def uri(self) -> str:
        """The address where the kind is explained."""
        return f"{settings.PUBLIC_URL}{DOCS}#problem-{self.slug}"


@dataclass(frozen=True)
class FieldError:
    """What is wrong at one field: its path, such as `items.3.disposition`, and the reason."""

    field: str
    reason: str


@dataclass
class Problem(Exception):
    """A refusal, raised wherever it is noticed."""

    kind: Kind
    detail: str = ""
    errors: Sequence[FieldError] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """Return the answer's JSON."""
        told: dict[str, Any] = {
            "type": self.kind.uri,
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail or self.kind.advice,
        }
        if self.errors:
            told["errors"] = [{"field": each.field, "reason": each.reason} for each in self.errors]
        return told


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """Return the refusal as an answer."""
    response = answer_again(request, problem.kind.status, problem.body())
    for name, value in problem.headers.items():
        response[name] = value
    return response


def answer_again(request: HttpRequest, status: int, body: Mapping[str, Any]) -> HttpResponse:
    """Return a refusal whose JSON was made before, under the reference of this request."""
    named = {**body, "instance": f"urn:request:{getattr(request, 'reference', '')}"}
    return HttpResponse(json.dumps(named, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)

"""Who asks: a key in the Authorization header, with the scope that the endpoint needs, within its calls per minute."""

from math import ceil
from typing import cast

from django.http import HttpRequest, HttpResponse
from ninja.security.base import AuthBase

from dashboard.api.problems import Kind, Problem
from dashboard.api.requests import ApiRequest
from wrapups.domain.scopes import Scope, scopes_of
from wrapups.models import ApiKey
from wrapups.services.auditing import Program
from wrapups.services.keys import Allowance, NotAKey, known, take_call
from wrapups.services.marking import mark


class ApiKeyAuth(AuthBase):
    """Opens an endpoint to keys that have one of these scopes, and puts the key's organization on the request."""

    openapi_type = "http"
    openapi_scheme = "bearer"

    def __init__(self, *scopes: Scope) -> None:
        super().__init__()
        self.scopes = frozenset(scopes)

    def __call__(self, request: HttpRequest) -> ApiKey:
        """Return the key. Raises Problem: none, not good, without the scope, or too many calls."""
        key = _key_of(request)
        mark(organization=key.organization_id, api_key=key.pk)
        asked = cast(ApiRequest, request)
        asked.organization, asked.program = key.organization, Program(key, request.META.get("REMOTE_ADDR", ""))
        asked.allowance = take_call(key)
        if not asked.allowance.granted:
            raise _too_many(asked.allowance)
        if self.scopes.isdisjoint(scopes_of(key.scopes)):
            raise Problem(Kind.NOT_ALLOWED, f"This needs a key with the scope {' or '.join(sorted(self.scopes))}.")
        return key


def _key_of(request: HttpRequest) -> ApiKey:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    try:
        return known(text.strip() if scheme.lower() == "bearer" else "")
    except NotAKey:
        detail = "Send a key that is neither revoked nor expired, as Authorization: Bearer wu_…."
        raise Problem(Kind.NO_KEY, detail, headers={"WWW-Authenticate": 'Bearer realm="wrapups"'}) from None


def _too_many(allowance: Allowance) -> Problem:
    detail = f"This key may make {allowance.per_minute} calls a minute. Wait as long as Retry-After says."
    return Problem(Kind.TOO_MANY, detail, headers={"Retry-After": str(max(1, ceil(allowance.wait_s)))})


def tell_allowance(response: HttpResponse, allowance: Allowance) -> None:
    """Say on an answer how many calls the key has left. Source: draft-ietf-httpapi-ratelimit-headers-10."""
    response["RateLimit-Policy"] = f'"key";q={allowance.burst};w={allowance.window_s}'
    response["RateLimit"] = f'"key";r={allowance.left};t={ceil(allowance.wait_s)}'

"""What a Prometheus server asks for, with a token of its own."""

import secrets

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from dashboard.metrics import exposition


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with all metrics; 404 unless METRICS_TOKEN is set, 401 without it, 503 without a database."""
    if not settings.METRICS_TOKEN:
        raise Http404
    if not _proved(request.headers.get("Authorization", "")):
        refused = HttpResponse("Send METRICS_TOKEN as a bearer token.\n", content_type="text/plain", status=401)
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    try:
        return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)
    except DatabaseError:
        return HttpResponse("The database does not answer.\n", content_type="text/plain", status=503)


def _proved(authorization: str) -> bool:
    kind, _, token = authorization.partition(" ")
    return kind.lower() == "bearer" and secrets.compare_digest(token.encode(), settings.METRICS_TOKEN.encode())

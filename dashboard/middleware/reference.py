"""A reference id for every request, so that a person can name the trouble they met and we can find it in the log."""

import logging
import secrets
from collections.abc import Callable

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

logger = logging.getLogger(__name__)

HEADER = "X-Reference"


class ReferenceMiddleware:
    """Sets `request.reference`, sends it as a header, and logs it beside what the view did not expect."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.reference = secrets.token_hex(6)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response[HEADER] = request.reference  # type: ignore[attr-defined]
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Name the reference in the log; Django's own entry with the traceback follows. Refusals are no failures."""
        if isinstance(exception, Http404 | PermissionDenied | BadRequest):
            return
        logger.error("Reference %s: %s %s failed.", request.reference, request.method, request.path)  # type: ignore[attr-defined]

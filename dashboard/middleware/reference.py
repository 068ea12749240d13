"""A reference id for every request, so that a person can name the trouble they met and we can find it in the log.

Every line that is logged on the way has it, and the name of the page.
"""

import logging
import secrets
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied
from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse

from wrapups.services.marking import forget, mark, marked, marks

logger = logging.getLogger(__name__)

HEADER = "X-Reference"


@receiver(request_finished)
def forget_the_request(**_: object) -> None:
    """Leave nothing of a request to whatever its thread does next."""
    forget()


class ReferenceMiddleware:
    """Sets `request.reference`, sends it as a header, and logs it beside what the view did not expect."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.reference = secrets.token_hex(6)  # type: ignore[attr-defined]
        forget()
        with marked("request", request=request.reference):  # type: ignore[attr-defined]
            response = self.get_response(request)
            mark(status=response.status_code)
            known = marks()
        mark(**known)  # for what Django logs of the answer; `request_finished` ends it
        response[HEADER] = request.reference  # type: ignore[attr-defined]
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Name the page: its address may hold what somebody searched for."""
        if request.resolver_match:
            mark(page=request.resolver_match.view_name)

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        """Name the reference in the log; Django's own entry with the traceback follows. Refusals are no failures."""
        if isinstance(exception, Http404 | PermissionDenied | BadRequest):
            return
        logger.error("Reference %s: %s %s failed.", request.reference, request.method, request.path)  # type: ignore[attr-defined]

"""The zone in which a request shows and reads times: the person's, else their browser's, else UTC."""

import zoneinfo
from collections.abc import Callable
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE = "zone"


class TimeZoneMiddleware:
    """Activates the zone for the view and puts it back afterwards."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.get_response(request)
        finally:
            timezone.deactivate()

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        """Choose the zone; a name that is none counts as not given, since a cookie is anybody's text."""
        chosen = getattr(request.user, "time_zone", "") if request.user.is_authenticated else ""
        zone = chosen or request.COOKIES.get(COOKIE, "")
        timezone.activate(zoneinfo.ZoneInfo(zone if zone in zones() else "UTC"))


@cache
def zones() -> frozenset[str]:
    """Return the names of all time zones this machine knows."""
    return frozenset(zoneinfo.available_timezones())

"""What every answer gets on its way out: how it may be kept, and the messages of a view that answered a fragment."""

from collections.abc import Callable

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from dashboard.requests import AnonymousRequest


class AnswersMiddleware:
    """Marks answers as private and as different for htmx, and appends waiting messages to a fragment as toasts."""

    def __init__(self, get_response: Callable[[AnonymousRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: AnonymousRequest) -> HttpResponse:
        response = self.get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        if not response.has_header("Cache-Control"):
            add_never_cache_headers(response)
        if request.htmx and _is_fragment(response):
            response.write(render_to_string("shared/_toasts.html", {"swap": True}, request))
        return response


def _is_fragment(response: HttpResponse) -> bool:
    html = response.get("Content-Type", "").startswith("text/html")
    return response.status_code == 200 and html and not response.streaming and "HX-Redirect" not in response

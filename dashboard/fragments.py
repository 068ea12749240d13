"""Whether htmx wants a fragment, or somebody wants the whole page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from dashboard.requests import Request


def wants_fragment(request: Request) -> bool:
    """Return whether to answer with the fragment; going back in history asks for the whole page again."""
    return bool(request.htmx) and not request.htmx.history_restore_request


def page_or_fragment(request: Request, page: str, fragment: str, context: dict[str, Any]) -> HttpResponse:
    """Answer with the page, or with the fragment of it that htmx swaps: the same context for both."""
    return render(request, fragment if wants_fragment(request) else page, context)

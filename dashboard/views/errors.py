"""Our own pages for trouble. They query nothing, so that they work when nothing else does."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400."""
    return _page(
        request,
        400,
        title="This address cannot be read",
        said="Something in the address or the form is not what this page understands.",
        todo="Go back and try again; if you typed the address, check it.",
    )


def not_allowed(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403 with the reason the policy gave."""
    said = str(exception) if exception and exception.args else "Your role does not open this page."
    return _page(request, 403, title="Not allowed", said=said, todo="")


def form_expired(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without the token of this browser's session (Django calls this, not the policy)."""
    return _page(
        request,
        403,
        title="This form has expired",
        said="Nothing was changed. The form was opened before you signed in or out, or cookies are switched off.",
        todo="Go back, reload the page, and send the form again.",
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404."""
    return _page(
        request,
        404,
        title="Nothing is here",
        said="There is no such page, or it belongs to another organization.",
        todo="Search for it. Where it belongs to another organization of yours, choose that on the overview first.",
    )


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 500 with the reference id that the log has too."""
    return _page(
        request,
        500,
        title="This page failed",
        said="We did not expect this. What was being changed was not changed; assignments go on as usual.",
        todo="Try again. If it happens again, tell whoever runs this dashboard the reference.",
    )


def _page(request: HttpRequest, status: int, *, title: str, said: str, todo: str) -> HttpResponse:
    reference = getattr(request, "reference", "")
    context = {"title": title, "said": said, "todo": todo, "status": status, "reference": reference}
    return render(request, "errors/error.html", context, status=status)

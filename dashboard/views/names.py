"""Names that go on as somebody types, for every field that takes a name."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.queries.names import NAMED, options
from dashboard.requests import Request


@require_safe
def name_options(request: Request, kind: str) -> HttpResponse:
    """Answer with the names of that kind that contain what was typed into the one field that is sent."""
    if kind not in NAMED:
        raise Http404
    typed = request.GET.get(next(iter(request.GET), ""), "")
    return render(request, "names/_options.html", {"names": options(request.organization, kind, typed)})

"""Names that go on as somebody types, for every field that takes a name."""

from functools import partial

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.queries.names import NAMED, options
from dashboard.queries.owners import owners_like
from dashboard.requests import Request


@require_safe
def name_options(request: Request, kind: str) -> HttpResponse:
    """Answer with the names of that kind that contain what was typed into the one field that is sent."""
    if kind not in (*NAMED, "owner"):
        raise Http404
    typed = request.GET.get(next(iter(request.GET), ""), "")
    names = owners_like if kind == "owner" else partial(options, kind=kind)
    return render(request, "names/_options.html", {"names": names(request.organization, typed=typed)})

"""Sources of events: which there are and how they stand, adding one, setting it up, changing its secret over."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.sources import NameForm, SourceForm
from dashboard.fragments import page_or_fragment
from dashboard.queries.keyset import page_of, places_in
from dashboard.queries.sources import SourcePage, SourceRow, sources
from dashboard.requests import Request
from wrapups.models import EventSource
from wrapups.services import sources as services
from wrapups.services.sources import CannotChange


@require_safe
def source_list(request: Request) -> HttpResponse:
    """List the sources, the newest first, with what came from each of late and what was refused."""
    page = page_of(sources(request.organization), **places_in(request.GET))
    context = {
        "rows": [SourceRow(row) for row in page.rows],
        "page": page,
    }
    return render(request, "sources/list.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def source_add(request: Request) -> HttpResponse:
    """Add a source, and show its secret in the answer to this one form: at no address, in no session, never again."""
    form = SourceForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            added = services.add(request.organization, actor=request.actor, **form.cleaned_data)
        except CannotChange as error:
            form.add_error("name", str(error))
        else:
            if not added.secret:
                return redirect("source-detail", added.source.pk)
            return _shown(request, added.source, secret=added.secret)
    return render(request, "sources/add.html", {"form": form})


@require_safe
def source_detail(request: Request, pk: int) -> HttpResponse:
    """Show how a source stands and how it is set up; until it has been heard of, it asks for itself."""
    return _shown(request, _source(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
def source_rename(request: Request, pk: int) -> HttpResponse:
    """Call it something else."""
    source = _source(request, pk)
    form = NameForm(request.POST if request.method == "POST" else None, source.name)
    if request.method == "POST" and form.is_valid():
        try:
            services.rename(source, name=form.cleaned_data["name"], actor=request.actor)
        except CannotChange as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, "The source is renamed.")
            return redirect("source-detail", pk)
    return render(request, "sources/rename.html", {"form": form, "source": source})


@never_cache
@require_POST
def source_secret(request: Request, pk: int) -> HttpResponse:
    """Make a new secret, and show it in this one answer; the present one stays good."""
    source = _source(request, pk)
    try:
        secret = services.rotate(source, actor=request.actor)
    except CannotChange as error:
        return _shown(request, source, problem=str(error))
    return _shown(request, _source(request, pk), secret=secret)


@require_POST
def source_secret_drop(request: Request, pk: int) -> HttpResponse:
    """Let the secret before the present one prove nothing any more."""
    said = "Only the newest secret is good now."
    return _done(request, pk, lambda source: services.drop_old_secret(source, actor=request.actor), said)


@require_POST
def source_switch(request: Request, pk: int) -> HttpResponse:
    """Switch it on or off, as the form says."""
    enabled = request.POST.get("enabled") == "true"
    said = "The source is switched on." if enabled else "The source is switched off. What it sends is turned away."
    return _done(request, pk, lambda source: services.switch(source, enabled=enabled, actor=request.actor), said)


@require_POST
def source_remove(request: Request, pk: int) -> HttpResponse:
    """Remove a source that nothing came from."""
    source = _source(request, pk)
    try:
        services.remove(source, actor=request.actor)
    except CannotChange as error:
        return _shown(request, source, problem=str(error))
    messages.success(request, f"The source {source.name} is removed.")
    return redirect("source-list")


def _done(request: Request, pk: int, act: Callable[[EventSource], None], said: str) -> HttpResponse:
    act(_source(request, pk))
    messages.success(request, said)
    return redirect("source-detail", pk)


def _source(request: Request, pk: int) -> EventSource:
    rows = EventSource.objects.of(request.organization).select_related("organization")
    found: EventSource = get_object_or_404(rows, pk=pk)
    return found


def _shown(request: Request, source: EventSource, *, secret: str = "", problem: str = "") -> HttpResponse:
    context: dict[str, Any] = {"shown": SourcePage(source), "source": source, "secret": secret, "problem": problem}
    return page_or_fragment(request, "sources/detail.html", "sources/_heard.html", context)

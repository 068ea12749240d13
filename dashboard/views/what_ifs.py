"""What-ifs: their list, asking for one, what it found, and the conversations behind each number."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.csv_files import csv_response
from dashboard.forms.what_ifs import ChangeFilterForm, WhatIfForm
from dashboard.fragments import page_or_fragment
from dashboard.masks import mask_of
from dashboard.queries.keyset import places_in
from dashboard.queries.what_if_changes import change_page, change_row, changes_of, file_of
from dashboard.queries.what_ifs import ChangeFilter, Shown, what_if_page, what_ifs_of
from dashboard.requests import Request
from wrapups.models.clock import app_now
from wrapups.services import taking_away, what_ifs
from wrapups.services.contrasting import contrast


@require_safe
def what_if_list(request: Request) -> HttpResponse:
    """List what-ifs, the newest first."""
    page = what_if_page(request.organization, **places_in(request.GET))
    draft = what_ifs.proposed_rules(request.organization)
    return render(request, "what_ifs/list.html", {"page": page, "draft": draft})


@require_http_methods(["GET", "HEAD", "POST"])
def what_if_add(request: Request) -> HttpResponse:
    """Choose the days and queues; a worker decides them again by the draft."""
    form = WhatIfForm(request.POST if request.method == "POST" else None, request.organization, now=app_now())
    if request.method == "POST" and form.is_valid():
        try:
            made = what_ifs.ask(request.organization, actor=request.actor, **form.asked())
        except what_ifs.CannotSuppose as error:
            form.add_error(None, str(error))
        else:
            return redirect("what-if-detail", made.pk)
    draft = what_ifs.proposed_rules(request.organization)
    return render(request, "what_ifs/form.html", {"form": form, "draft": draft})


@require_safe
def what_if_detail(request: Request, pk: int) -> HttpResponse:
    """Show what one found; while it runs the page asks for itself."""
    return _shown(request, _what_if(request, pk))


@require_POST
def what_if_cancel(request: Request, pk: int) -> HttpResponse:
    """End it; what it has found stays."""
    what_if = _what_if(request, pk)
    try:
        what_ifs.cancel(what_if, actor=request.actor)
    except what_ifs.CannotSuppose as error:
        return _shown(request, _what_if(request, pk), problem=str(error))
    messages.success(request, "The what-if is cancelled. What it found until then stays.")
    return redirect("what-if-detail", pk)


@require_safe
def what_if_changes(request: Request, pk: int) -> HttpResponse:
    """List the conversations that a filter in the address asks for."""
    what_if = _what_if(request, pk)
    page = change_page(what_if, request.organization, _asked(request), **places_in(request.GET))
    return render(request, "what_ifs/changes.html", {"what_if": what_if, "page": page})


@require_safe
def what_if_change(request: Request, pk: int, change_pk: int) -> HttpResponse:
    """Show both decisions about one communication side by side."""
    what_if = _what_if(request, pk)
    change = get_object_or_404(changes_of(what_if, request.organization), pk=change_pk)
    sides = contrast(what_if, change.assignment, mask=mask_of(request))
    context = {"what_if": what_if, "row": change_row(change, request.organization), "sides": sides}
    return render(request, "what_ifs/change.html", context)


@require_POST
def what_if_file(request: Request, pk: int) -> StreamingHttpResponse:
    """Send the changes that a filter asks for as a file. That somebody took it away is on record."""
    what_if, asked = _what_if(request, pk), _asked(request)
    taking_away.record(request.organization, "what-if", which=f"What-if {what_if.pk}", actor=request.actor)
    return csv_response(f"what-if-{what_if.pk}.csv", file_of(what_if, request.organization, asked))


def _asked(request: Request) -> ChangeFilter:
    return ChangeFilterForm(request.GET).filter()


def _what_if(request: Request, pk: int) -> Any:
    return get_object_or_404(what_ifs_of(request.organization), pk=pk)


def _shown(request: Request, what_if: Any, *, problem: str = "") -> HttpResponse:
    context = {"shown": Shown(what_if), "what_if": what_if, "problem": problem}
    return page_or_fragment(request, "what_ifs/detail.html", "what_ifs/_what_if.html", context)

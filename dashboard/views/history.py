"""Who did what, and what changed by it."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboard.csv_files import csv_response
from dashboard.forms.history import HistoryFilterForm
from dashboard.fragments import page_or_fragment
from dashboard.masks import mask_of
from dashboard.queries.diffs import readable
from dashboard.queries.history import HistoryFilter, all_entries, with_entries
from dashboard.queries.history_file import TooMuch, file_of_acts, file_of_changes
from dashboard.queries.keyset import page_of, places_in
from dashboard.requests import Request
from wrapups.services import taking_away


@require_safe
def history_list(request: Request) -> HttpResponse:
    """List what people did, each act with the rows it changed."""
    form = HistoryFilterForm(request.GET, request.organization, changes=False)
    asked = form.filter()
    page = page_of(asked.acts(request.organization), **places_in(request.GET))
    acts = with_entries(page.rows, request.organization)
    changed = {each.entry.pk: each for each in readable(all_entries(acts), request.organization, mask_of(request))}
    context = {
        "form": form,
        "file": "history-file",
        "asked": asked,
        "acts": [replace(each, entries=[changed[entry.pk] for entry in each.entries]) for each in acts],
        "newer": page.newer and asked.query_string(after=page.newer),
        "older": page.older and asked.query_string(before=page.older),
    }
    return page_or_fragment(request, "history/list.html", "history/_acts.html", context)


@require_safe
def history_changes(request: Request) -> HttpResponse:
    """List every changed row, the engine's own changes included."""
    form = HistoryFilterForm(request.GET, request.organization, changes=True)
    asked = form.filter()
    page = page_of(asked.entries(request.organization), **places_in(request.GET))
    context = {
        "form": form,
        "file": "history-changes-file",
        "asked": asked,
        "changed": readable(page.rows, request.organization, mask_of(request)),
        "newer": page.newer and asked.query_string(after=page.newer),
        "older": page.older and asked.query_string(before=page.older),
    }
    return page_or_fragment(request, "history/changes.html", "history/_changes.html", context)


@require_POST
def history_file(request: Request) -> HttpResponseBase:
    """Send what people did, as the filter in the address finds it. That somebody took it away is on record."""
    asked = HistoryFilterForm(request.GET, request.organization, changes=False).filter()
    try:
        lines = file_of_acts(asked, request.organization)
    except TooMuch as error:
        return _refused(request, "history-list", asked, error)
    _record(request, "What people did", asked)
    return csv_response("history.csv", lines)


@require_POST
def history_changes_file(request: Request) -> HttpResponseBase:
    """Send every changed row that the filter in the address finds. That somebody took it away is on record."""
    asked = HistoryFilterForm(request.GET, request.organization, changes=True).filter()
    try:
        lines = file_of_changes(asked, request.organization, mask_of(request))
    except TooMuch as error:
        return _refused(request, "history-changes", asked, error)
    _record(request, "Every change", asked)
    return csv_response("history-changes.csv", lines)


def _refused(request: Request, page: str, asked: HistoryFilter, error: TooMuch) -> HttpResponse:
    messages.error(request, str(error))
    return redirect(reverse(page) + asked.query_string())


def _record(request: Request, which: str, asked: HistoryFilter) -> None:
    taking_away.record(request.organization, "history", which=f"{which} {asked.query_string()}", actor=request.actor)

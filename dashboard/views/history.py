"""Who did what, and what changed by it."""

from dataclasses import replace

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from dashboard.forms.history import HistoryFilterForm
from dashboard.fragments import page_or_fragment
from dashboard.masks import mask_of
from dashboard.queries.diffs import readable
from dashboard.queries.history import all_entries, with_entries
from dashboard.queries.keyset import page_of, places_in
from dashboard.requests import Request


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
        "changed": readable(page.rows, request.organization, mask_of(request)),
        "newer": page.newer and asked.query_string(after=page.newer),
        "older": page.older and asked.query_string(before=page.older),
    }
    return page_or_fragment(request, "history/changes.html", "history/_changes.html", context)

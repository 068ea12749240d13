"""The search box on every page, and what is suggested in the query bar."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.forms.suggestions import suggestions
from dashboard.leading import LeadOn
from dashboard.queries.event_ids import told_of_by
from dashboard.queries.keyset import key_in
from dashboard.queries.pasted_ids import conversation_key, id_in
from dashboard.query_bar.reading import LONGEST
from dashboard.requests import Request


@require_safe
def search(request: Request) -> HttpResponse:
    """Go to the one conversation that this id means; else to the list that is asked for, or that an event told of."""
    query = request.GET.get("q", "").strip()
    pk = conversation_key(request.organization, id_in(query))
    if pk is not None:
        return redirect("conversation-detail", pk)
    asked = {"event": query} if told_of_by(request.organization, [query]) else {"query": query}
    return LeadOn(f"{reverse('conversation-list')}?{urlencode(asked)}")


@require_safe
def query_suggestions(request: Request) -> HttpResponse:
    """Answer with what fits where the caret stands in the query bar."""
    text = request.GET.get("query", "")[:LONGEST]
    caret = key_in(request.GET.get("caret", ""))
    found = suggestions(request.organization, text, len(text) if caret is None else caret)
    return render(request, "assignments/_suggestions.html", {"suggestions": found})

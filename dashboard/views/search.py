"""The one search box: paste any id and be there."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.queries.pasted_ids import conversation_key, id_in
from dashboard.requests import Request


@require_safe
def search(request: Request) -> HttpResponse:
    """Go to the conversation that has this id, or one of whose communications has; else to the list that begins so."""
    wanted = id_in(request.GET.get("q", ""))
    pk = conversation_key(request.organization, wanted)
    if pk is not None:
        return redirect("conversation-detail", pk)
    return redirect(f"{reverse('conversation-list')}?{urlencode({'q': wanted})}" if wanted else "conversation-list")

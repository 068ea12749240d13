"""The one search box: paste any id and be there."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from dashboard.requests import Request
from wrapups.models import Communication, Conversation

LONGEST_ID = 64


@require_safe
def search(request: Request) -> HttpResponse:
    """Go to the conversation that has this id, or one of whose communications has; else to the list that begins so."""
    wanted = request.GET.get("q", "").strip()[:LONGEST_ID]
    pk = _conversation(request, wanted)
    if pk is not None:
        return redirect("conversation-detail", pk)
    return redirect(f"{reverse('conversation-list')}?{urlencode({'q': wanted})}" if wanted else "conversation-list")


def _conversation(request: Request, wanted: str) -> int | None:
    """Return the key of the one conversation with exactly this id, of its own or of a leg."""
    if not wanted or "\x00" in wanted:
        return None
    conversations = Conversation.objects.of(request.organization).filter(conversation_id=wanted)
    legs = Communication.objects.of(request.organization).filter(communication_id=wanted)
    for pks in (conversations.values_list("pk", flat=True), legs.values_list("conversation_id", flat=True)):
        found = pks.first()
        if found is not None:
            return int(found)
    return None

"""The alerts there were: since when each stood, for how long, and who was told when."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from dashboard.forms.alert_events import EventFilterForm
from dashboard.fragments import page_or_fragment
from dashboard.queries.alert_events import event_page
from dashboard.queries.keyset import places_in
from dashboard.requests import Request


@require_safe
def alert_event_list(request: Request) -> HttpResponse:
    """List what stands and what is over, page by page, by condition and state."""
    form = EventFilterForm(request.GET)
    page = event_page(request.organization, form.asked(), **places_in(request.GET))
    return page_or_fragment(request, "alerts/events.html", "alerts/_event_log.html", {"form": form, "page": page})

"""What waits for a person: failures one by one, and one of them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from dashboard.advice import advice_on
from dashboard.forms.filters import AssignmentFilterForm, places
from dashboard.fragments import page_or_fragment, wants_fragment
from dashboard.leading import LeadOn
from dashboard.masks import mask_of
from dashboard.queries.deep_links import interaction_link
from dashboard.queries.failures import attempts_of, failure_page
from dashboard.queries.rows import listed, rows_of
from dashboard.requests import Request
from wrapups.models import Assignment


@require_safe
def failure_list(request: Request) -> HttpResponse:
    """List failures one by one, as the address asks."""
    form = AssignmentFilterForm(request.GET, request.organization)
    asked = form.filter()
    place = places(request.GET, asked.listed_in)
    if form.leads_on and not wants_fragment(request):
        return LeadOn(f"{request.path}{form.address(**place)}")
    context = {"form": form, "page": failure_page(asked, request.organization, **place)}
    response = page_or_fragment(request, "failures/list.html", "failures/_failures.html", context)
    return push_url(response, f"{request.path}{form.address(**place)}") if wants_fragment(request) else response


@require_safe
def failure_detail(request: Request, pk: int) -> HttpResponse:
    """Show one assignment's trouble: what is so, what to do, and every attempt."""
    assignment = get_object_or_404(listed(Assignment.objects.of(request.organization)), pk=pk)
    (row,) = rows_of(request.organization, [assignment])
    context = {
        "row": row,
        "advice": advice_on(assignment),
        "attempts": attempts_of(assignment, request.organization, mask_of(request)),
        "link": interaction_link(request.organization, assignment.communication.conversation.conversation_id),
    }
    return render(request, "failures/detail.html", context)

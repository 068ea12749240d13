"""Ended conversations and what became of each agent's part of them."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe
from django_htmx.http import push_url

from dashboard.forms.filter_chips import Chip, Named
from dashboard.forms.filters import AssignmentFilterForm, places
from dashboard.fragments import page_or_fragment, wants_fragment
from dashboard.leading import LeadOn
from dashboard.masks import mask_of
from dashboard.queries.bounded import Bounded
from dashboard.queries.deep_links import interaction_link
from dashboard.queries.listing import listing, news
from dashboard.queries.saved_views import default_of
from dashboard.queries.story import moment_in, story_of
from dashboard.queries.ways_out import found_by
from dashboard.requests import Request
from dashboard.views.saved_views import tabs_for
from wrapups.models import Conversation, Organization


@require_safe
def conversation_list(request: Request) -> HttpResponse:
    """List assignments, newest first, as the address asks; one that asks nothing opens with the person's default."""
    if not request.META["QUERY_STRING"] and (view := default_of(request.membership)):
        return redirect("view-open", view.slug)
    form = AssignmentFilterForm(request.GET, request.organization)
    asked = form.filter()
    place = places(request.GET, asked.listed_in)
    if form.leads_on and not wants_fragment(request):
        return LeadOn(f"{request.path}{form.address(**place)}")
    page = listing(asked, request.organization, **place)
    context = {
        "form": form,
        "listing": page,
        "ways_out": [] if page.total else _ways_out(form, request.organization),
        "named": [] if page.total else _named(form, request.organization),
        "views": tabs_for(request, asked),
    }
    response = page_or_fragment(request, "conversations/list.html", "conversations/_listing.html", context)
    return push_url(response, f"{request.path}{form.address(**place)}") if wants_fragment(request) else response


@require_safe
def conversation_news(request: Request) -> HttpResponse:
    """Say how many assignments there are by now above the place `after`."""
    asked = AssignmentFilterForm(request.GET, request.organization).filter()
    newest = places(request.GET, asked.listed_in)["after"]
    context = {
        "asked": asked,
        "address": asked.query_string(after=newest or ""),
        "count": news(asked, request.organization, above=newest),
    }
    return render(request, "conversations/_news.html", context)


@require_safe
def conversation_detail(request: Request, pk: int) -> HttpResponse:
    """Show one conversation's whole story, and why each of its agents' parts got its code or none."""
    conversation = get_object_or_404(Conversation.objects.of(request.organization), pk=pk)
    before = moment_in(request.GET.get("before", ""))
    context = {
        "story": story_of(conversation, request.organization, mask=mask_of(request), before=before),
        "turned_back": before,
        "link": interaction_link(request.organization, conversation.conversation_id),
    }
    return render(request, "conversations/detail.html", context)


def _ways_out(form: AssignmentFilterForm, organization: Organization) -> list[tuple[Chip, Bounded]]:
    """Return the parts of a filter that finds nothing without which it would find something."""
    parts = form.parts()
    counts = found_by([part.rest for part in parts], organization)
    return [(part, count) for part, count in zip(parts, counts, strict=False) if count]


def _named(form: AssignmentFilterForm, organization: Organization) -> list[tuple[Named, Bounded]]:
    """Return what the text that is looked for may have meant, where asking for that finds something."""
    offers = form.named()
    counts = found_by([offer.asked for offer in offers], organization)
    return [(offer, count) for offer, count in zip(offers, counts, strict=False) if count]

"""What became of one rule."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.queries import dispositions, rule_use
from dashboard.requests import Request


@require_safe
def rule_use_detail(request: Request, identity: UUID) -> HttpResponse:
    """Show how often a rule decided, day by day, and how often agents had chosen the same."""
    story = rule_use.rule_story(request.organization, identity)
    if story is None:
        raise Http404("There is no such rule.")
    context = {
        "story": story,
        "state": rule_use.state_of(story.rule),
        "zone": request.organization.time_zone.replace("_", " "),
        "counted": dispositions.last_counted(request.organization),
    }
    return render(request, "rule_use/detail.html", context)

"""The coverage map: which dispositions come on which queues, and whether a rule asks for them there."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from dashboard.forms.coverage import CellForm, CoverageForm
from dashboard.fragments import page_or_fragment
from dashboard.queries import coverage as maps
from dashboard.queries import dispositions
from dashboard.queries.coverage_cells import cell_story
from dashboard.queries.standings import Standing
from dashboard.requests import Request
from wrapups.domain.knowing import Saying
from wrapups.domain.roles import Right
from wrapups.models import Division, Queue


@require_safe
def coverage(request: Request) -> HttpResponse:
    """Show the map of queue by disposition, as the address asks."""
    organization = request.organization
    divisions = Division.objects.of(organization).filter(gone_at=None).order_by("name")
    form = CoverageForm(
        request.GET,
        sources=dispositions.sources(organization),
        divisions=list(divisions.values_list("name", flat=True).distinct()),
    )
    context = {
        "form": form,
        "map": maps.coverage(organization, form.filter(), may_change=Right.CHANGE_RULES in request.rights),
        "standings": [standing for standing in Standing if standing is not Standing.NONE],
        "counted": dispositions.last_counted(organization),
    }
    return page_or_fragment(request, "coverage/map.html", "coverage/_map.html", context)


@require_safe
def coverage_cell(request: Request) -> HttpResponse:
    """Show one disposition, on one queue or on all: what asks for it, and which rules took it."""
    form = CellForm(request.GET)
    if not form.is_valid():
        raise Http404("There is no such disposition.")
    asked = form.cleaned_data
    queues = Queue.objects.of(request.organization)
    queue = get_object_or_404(queues, genesys_id=asked["queue"]) if asked["queue"] else None
    saying = Saying(asked["source"], asked["disposition"], asked["queue"])
    context = {
        "cell": cell_story(request.organization, saying, queue),
        "counted": dispositions.last_counted(request.organization),
    }
    return render(request, "coverage/cell.html", context)

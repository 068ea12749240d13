"""Is it working, what needs me, and what became of the last day; pausing and resuming all calls."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dashboard.forms.reason import reason_in
from dashboard.fragments import wants_fragment
from dashboard.frame import Frame
from dashboard.queries import running
from dashboard.queries.overview import Overview
from dashboard.queries.overview_charts import charts_of
from dashboard.queries.processes import processes
from dashboard.requests import Request
from dashboard.working import health_of
from wrapups.models.clock import app_now
from wrapups.services import pausing
from wrapups.services.held_work import NOTHING_HELD

CHARTS = "charts"
"""What the part with the charts is swapped by."""


@require_safe
def overview(request: Request) -> HttpResponse:
    """Show the overview; its live part asks for itself while the page is looked at, its charts seldom."""
    now = app_now()
    if wants_fragment(request) and request.htmx.target == CHARTS:
        return render(request, "overview/_charts.html", {"charts": charts_of(request.organization, now=now)})
    shown, frame = Overview(request.organization), Frame(request)
    duties, paused = shown.duties(), frame.calls.paused if frame.calls else NOTHING_HELD
    context = {
        "overview": shown,
        "duties": duties,
        "frame": frame,
        "health": health_of(frame.notices, duties, processes(request.organization, now=now)),
        "waits_since": running.waits_since(request.organization, paused=paused),
    }
    if wants_fragment(request):
        return render(request, "overview/_live.html", context)
    charts = charts_of(request.organization, now=now)
    return render(request, "overview/overview.html", context | {"charts": charts})


@require_POST
def hold(request: Request) -> HttpResponse:
    """Pause all calls to Genesys Cloud, for a reason that everybody sees."""
    reason = reason_in(request.POST)
    try:
        pausing.hold(request.organization, actor=request.actor, reason=reason)
    except ValueError as error:
        return render(request, "overview/hold.html", {"problem": str(error), "reason": reason})
    messages.success(request, "All calls are paused. What was being sent finishes; nothing is lost.")
    return redirect("overview")


@require_POST
def resume(request: Request) -> HttpResponse:
    """Let calls go on."""
    pausing.resume(request.organization, actor=request.actor)
    messages.success(request, "Calls go on.")
    return redirect("overview")

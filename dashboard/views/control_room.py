"""The control room: how everything that works without pages stands, and pausing a lane or a rule."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.control_room import part_in
from dashboard.forms.reason import reason_in
from dashboard.fragments import page_or_fragment
from dashboard.frame import Frame
from dashboard.queries import call_use, holds, queue_depth
from dashboard.queries.control_room import signs
from dashboard.queries.duties import duties_of
from dashboard.queries.holds import Part
from dashboard.requests import Request
from wrapups.models.clock import app_now
from wrapups.services import pausing

HOLD = "control_room/hold.html"
RULES_OFFERED = 2000


@require_safe
def control_room(request: Request) -> HttpResponse:
    """Show the control room; its live part asks for itself while the page is looked at."""
    return page_or_fragment(request, "control_room/control_room.html", "control_room/_live.html", _shown(request))


@require_http_methods(["GET", "HEAD", "POST"])
def part_hold(request: Request) -> HttpResponse:
    """Ask what is paused and why, the lane or rule of the address chosen; or pause it, as everybody then sees."""
    if request.method != "POST":
        return render(request, HOLD, {"chosen": request.GET.get("part", "")} | _choices(request))
    reason, organization = reason_in(request.POST), request.organization
    try:
        part = part_in(request.POST)
        if part.lane:
            pausing.hold_lane(organization, part.lane, actor=request.actor, reason=reason)
        elif part.rule:
            pausing.hold_rule(organization, part.rule, actor=request.actor, reason=reason)
    except ValueError as error:
        typed = {"problem": str(error), "reason": reason, "chosen": request.POST.get("part", "")}
        return render(request, HOLD, typed | _choices(request))
    messages.success(request, "It is paused. What was being sent finishes; what waits is kept and goes on afterwards.")
    return redirect("control-room")


@require_POST
def part_resume(request: Request) -> HttpResponse:
    """Let a lane or a rule go on."""
    part = Part.read(request.POST.get("part", ""))
    if part is None:
        raise Http404("There is no such lane or rule.")
    if part.lane:
        pausing.resume_lane(request.organization, part.lane, actor=request.actor)
    elif part.rule:
        pausing.resume_rule(request.organization, part.rule, actor=request.actor)
    messages.success(request, "It goes on.")
    return redirect("control-room")


def _shown(request: Request) -> dict[str, Any]:
    organization, frame, now = request.organization, Frame(request), app_now()
    if frame.calls is None:
        return {"frame": frame}
    held = frame.calls.paused
    sweeps = list(organization.sweeps.order_by("pk"))
    found, spent = signs(organization, frame.calls, sweeps, now=now), call_use.spent_lately(organization, now=now)
    kept = queue_depth.held_by_rule(organization, held)
    return {
        "frame": frame,
        "signs": found,
        "wanted": sum(each.wants_somebody for each in found),
        "depths": queue_depth.depths(organization, held),
        "spent": spent,
        "total": sum(each.calls for each in spent),
        "duties": duties_of(sweeps),
        "possible": round(frame.calls.per_minute * 60),
        "holds": [(each, kept[each.part.rule] if each.part.rule else None) for each in frame.holds],
        **_choices(request),
    }


def _choices(request: Request) -> dict[str, Any]:
    rules = holds.rules_to_pause(request.organization, most=RULES_OFFERED)
    return {"lanes": [(f"lane:{lane}", words) for lane, words in holds.LANES.items()], "rules": rules}

"""What changed in Genesys Cloud under the feet of our rules, and a person's word that they have seen to it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from dashboard.forms.reason import reason_in
from dashboard.fragments import page_or_fragment
from dashboard.queries import catalogue, drift
from dashboard.queries.keyset import places_in
from dashboard.requests import Request
from wrapups.models import DriftNotice
from wrapups.services import drifting

ENDED = "ended"
LONGEST_REASON = 200


@require_safe
def notices(request: Request) -> HttpResponse:
    """List the notices that still hold, or those that have ended."""
    return _notices(request)


@require_POST
def dismiss(request: Request, pk: int) -> HttpResponse:
    """Take a notice off the list, for a reason that stays beside it."""
    notice = get_object_or_404(DriftNotice.objects.of(request.organization).select_related("organization"), pk=pk)
    reason = reason_in(request.POST).strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        problem = f"Say in at most {LONGEST_REASON} characters why nothing has to be done about it."
        return _notices(request, problem_at=pk, problem=problem, reason=reason)
    try:
        drifting.dismiss(notice, reason=reason, actor=request.actor)
    except drifting.AlreadyEnded as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, "The notice is off the list. It comes back only if this happens anew.")
    return redirect("catalogue-drift")


def _notices(request: Request, *, problem_at: int | None = None, problem: str = "", reason: str = "") -> HttpResponse:
    ended = request.GET.get("state") == ENDED
    page = drift.notice_page(request.organization, ended=ended, **places_in(request.GET))
    state = f"state={ENDED}&" if ended else ""
    context = {
        "page": page,
        "ended": ended,
        "swept": catalogue.last_reading(request.organization),
        "newer": page.newer and f"?{state}after={page.newer}",
        "older": page.older and f"?{state}before={page.older}",
        "problem_at": problem_at,
        "problem": problem,
        "reason": reason,
    }
    return page_or_fragment(request, "catalogue/drift.html", "catalogue/_notices.html", context)

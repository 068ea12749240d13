"""What is decided again when a release is published: how it stands, every row of it, ending it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from dashboard.fragments import page_or_fragment
from dashboard.queries.decisions_again import SHOWN, Shown, line_page
from dashboard.queries.keyset import places_in
from dashboard.requests import Request
from wrapups.models import BulkAct
from wrapups.services import deciding_again


@require_safe
def decide_again(request: Request, pk: int) -> HttpResponse:
    """Show how far it is and what came of it; while it moves it asks for itself."""
    return _shown(request, _act(request, pk))


@require_safe
def decide_again_rows(request: Request, pk: int) -> HttpResponse:
    """List the communications, each with what became of it."""
    act, outcome = _act(request, pk), request.GET.get("outcome", "")
    page = line_page(act, outcome=outcome, **places_in(request.GET))
    context = {"act": act, "page": page, "outcome": outcome if outcome in SHOWN else "", "outcomes": SHOWN.items()}
    return render(request, "releases/decide_again_rows.html", context)


@require_POST
def decide_again_cancel(request: Request, pk: int) -> HttpResponse:
    """End it; the rest is sent as it was decided."""
    act = _act(request, pk)
    try:
        deciding_again.cancel(act, actor=request.actor)
    except deciding_again.CannotCancel as error:
        return _shown(request, _act(request, pk), problem=str(error))
    messages.success(request, "Nothing more is decided again.")
    return redirect("decide-again", pk)


def _act(request: Request, pk: int) -> BulkAct:
    rows = BulkAct.objects.of(request.organization).filter(kind=BulkAct.Kind.DECIDE_AGAIN)
    found: BulkAct = get_object_or_404(rows.select_related("person", "organization", "release"), pk=pk)
    return found


def _shown(request: Request, act: BulkAct, *, problem: str = "") -> HttpResponse:
    context = {"shown": Shown(act), "act": act, "problem": problem}
    return page_or_fragment(request, "releases/decide_again.html", "releases/_decide_again.html", context)

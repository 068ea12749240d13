"""Back-fills: their list, asking for one, its preview, and what is done with it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.backfills import BackfillForm, CancelForm
from dashboard.fragments import page_or_fragment
from dashboard.queries.backfills import Shown, backfill_page
from dashboard.queries.keyset import places_in
from dashboard.requests import Request
from wrapups.models import Backfill
from wrapups.models.clock import app_now
from wrapups.services import backfilling


@require_safe
def backfill_list(request: Request) -> HttpResponse:
    """List back-fills, the newest first."""
    return render(
        request, "backfills/list.html", {"page": backfill_page(request.organization, **places_in(request.GET))}
    )


@require_http_methods(["GET", "HEAD", "POST"])
def backfill_add(request: Request) -> HttpResponse:
    """Choose the days; a worker previews what the rules make of them."""
    form = BackfillForm(request.POST if request.method == "POST" else None, request.organization, now=app_now())
    if request.method == "POST" and form.is_valid():
        try:
            asked = backfilling.ask(request.organization, actor=request.actor, **form.cleaned_data)
        except backfilling.CannotBackfill as error:
            form.add_error(None, str(error))
        else:
            return redirect("backfill-detail", asked.pk)
    return render(request, "backfills/form.html", {"form": form})


@require_safe
def backfill_detail(request: Request, pk: int) -> HttpResponse:
    """Show one back-fill; while it moves it asks for itself."""
    return _shown(request, _backfill(request, pk))


@require_POST
def backfill_confirm(request: Request, pk: int) -> HttpResponse:
    """Have what the preview shows decided."""
    return _done(request, pk, lambda backfill: backfilling.confirm(backfill, actor=request.actor))


@require_POST
def backfill_cancel(request: Request, pk: int) -> HttpResponse:
    """End it; what was assigned goes on or is cancelled, too."""
    form = CancelForm(request.POST)
    if not form.is_valid():
        raise BadRequest("Say whether what was assigned goes on or is cancelled.")

    def cancel(backfill: Backfill) -> None:
        cancelled = backfilling.cancel(backfill, with_assignments=form.with_assignments, actor=request.actor)
        also = f" {cancelled:,} assignments were cancelled with it." if cancelled else ""
        messages.success(request, f"The back-fill is cancelled.{also}")

    return _done(request, pk, cancel)


@require_POST
def backfill_anew(request: Request, pk: int) -> HttpResponse:
    """Preview the same days by the rules in force now."""
    backfill = _backfill(request, pk)
    try:
        anew = backfilling.ask_anew(backfill, actor=request.actor)
    except backfilling.CannotBackfill as error:
        return _shown(request, backfill, problem=str(error))
    return redirect("backfill-detail", anew.pk)


def _done(request: Request, pk: int, act: Callable[[Backfill], None]) -> HttpResponse:
    backfill = _backfill(request, pk)
    try:
        act(backfill)
    except backfilling.CannotBackfill as error:
        return _shown(request, _backfill(request, pk), problem=str(error))
    return redirect("backfill-detail", pk)


def _backfill(request: Request, pk: int) -> Backfill:
    rows = Backfill.objects.of(request.organization).select_related("person", "organization", "release")
    found: Backfill = get_object_or_404(rows, pk=pk)
    return found


def _shown(request: Request, backfill: Backfill, *, problem: str = "") -> HttpResponse:
    context = {"shown": Shown(backfill), "backfill": backfill, "problem": problem}
    return page_or_fragment(request, "backfills/detail.html", "backfills/_backfill.html", context)

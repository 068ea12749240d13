"""Putting a release's codes back: asking, the preview, confirming, every row of it, cancelling."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.releases import PutBackForm
from dashboard.fragments import page_or_fragment
from dashboard.queries.keyset import places_in
from dashboard.queries.put_backs import SHOWN, Shown, line_page
from dashboard.requests import Request
from wrapups.models import BulkAct, Release
from wrapups.services import putting_back


@require_http_methods(["GET", "HEAD", "POST"])
def put_back_add(request: Request, number: int) -> HttpResponse:
    """Ask why the codes of a release are put back; a worker counts which can be."""
    releases = Release.objects.of(request.organization).select_related("organization")
    release: Release = get_object_or_404(releases, number=number)
    form, still_open = PutBackForm(request.POST if request.method == "POST" else None), None
    if request.method == "POST" and form.is_valid():
        try:
            made = putting_back.ask(release, reason=form.cleaned_data["reason"], actor=request.actor)
        except putting_back.CannotPutBack as error:
            form.add_error(None, str(error))
            still_open = error.act if isinstance(error, putting_back.StillOpen) else None
        else:
            return redirect("put-back", made.pk)
    context = {"release": release, "form": form, "still_open": still_open}
    return render(request, "releases/put_back_add.html", context)


@require_safe
def put_back(request: Request, pk: int) -> HttpResponse:
    """Show one such act; while it moves it asks for itself."""
    return _shown(request, _act(request, pk))


@require_safe
def put_back_rows(request: Request, pk: int) -> HttpResponse:
    """List the communications of an act, each with what became of it."""
    act, outcome = _act(request, pk), request.GET.get("outcome", "")
    page = line_page(act, outcome=outcome, **places_in(request.GET))
    context = {"act": act, "page": page, "outcome": outcome if outcome in SHOWN else "", "outcomes": SHOWN.items()}
    return render(request, "releases/put_back_rows.html", context)


@require_POST
def put_back_confirm(request: Request, pk: int) -> HttpResponse:
    """Have what the preview shows put back."""
    return _done(request, pk, lambda act: putting_back.confirm(act, actor=request.actor))


@require_POST
def put_back_cancel(request: Request, pk: int) -> HttpResponse:
    """End it, and what was not sent yet."""

    def cancel(act: BulkAct) -> None:
        cancelled = putting_back.cancel(act, actor=request.actor)
        also = f" {cancelled:,} that were not sent yet were cancelled with it." if cancelled else ""
        messages.success(request, f"No more codes are put back.{also}")

    return _done(request, pk, cancel)


def _done(request: Request, pk: int, do: Callable[[BulkAct], object]) -> HttpResponse:
    act = _act(request, pk)
    try:
        do(act)
    except putting_back.CannotPutBack as error:
        return _shown(request, _act(request, pk), problem=str(error))
    return redirect("put-back", pk)


def _act(request: Request, pk: int) -> BulkAct:
    rows = BulkAct.objects.of(request.organization).filter(kind=BulkAct.Kind.PUT_BACK)
    rows = rows.select_related("person", "organization", "release")
    found: BulkAct = get_object_or_404(rows, pk=pk)
    return found


def _shown(request: Request, act: BulkAct, *, problem: str = "") -> HttpResponse:
    context = {"shown": Shown(act), "act": act, "problem": problem}
    return page_or_fragment(request, "releases/put_back.html", "releases/_put_back.html", context)

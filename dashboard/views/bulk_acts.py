"""Acts on many assignments: asking for one, its preview, its rows, confirming and stopping it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboard.forms.bulk_acts import BulkActForm, ConfirmForm, Wish
from dashboard.forms.filters import AssignmentFilterForm
from dashboard.forms.handovers import OwnerForm
from dashboard.fragments import page_or_fragment
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.bulk_acts import (
    OUTCOMES,
    TITLES,
    WORDS,
    Shown,
    act_page,
    acts_seen_by,
    line_page,
    matching,
    ticked,
)
from dashboard.queries.keyset import places_in
from dashboard.requests import Request
from dashboard.safe_next import safe_path
from wrapups.models import BulkAct, Person
from wrapups.services import bulk_acting


@require_safe
def bulk_act_list(request: Request) -> HttpResponse:
    """List the acts, newest first."""
    page = act_page(request.user, request.organization, **places_in(request.GET))
    return render(request, "bulk_acts/list.html", {"page": page})


@require_POST
def bulk_act_add(request: Request) -> HttpResponse:
    """Freeze what is ticked, or what the address finds, and show what could be done with it.

    Who hands it over is asked first to whom.
    """
    found = AssignmentFilterForm(request.GET, request.organization)
    lists = reverse("failure-list" if "waiting" in request.POST else "conversation-list")
    try:
        wish, owner = BulkActForm(request.POST).wish(found), None
        if wish.kind == BulkAct.Kind.HAND_OVER:
            typed = request.POST if "owner" in request.POST else None
            form = OwnerForm(typed, organization=request.organization)
            if not form.is_valid():
                return _to_whom(request, form, wish, found.filter())
            owner = form.person
        made = _frozen(request, wish, found.filter(), lists, owner)
    except bulk_acting.CannotAct as error:
        messages.error(request, str(error))
        return redirect(safe_path(request, request.POST.get("next", ""), lists))
    return redirect("bulk-act", made.pk)


def _frozen(request: Request, wish: Wish, asked: AssignmentFilter, lists: str, owner: Person | None) -> BulkAct:
    waiting = "waiting" in request.POST
    return bulk_acting.ask(
        request.organization,
        wish.kind,
        ticked(request.organization, wish.ticked)
        if wish.ticked
        else matching(asked, request.organization, waiting=waiting),
        address="" if wish.ticked else f"{lists}{asked.query_string()}",
        to=owner,
        actor=request.actor,
    )


def _to_whom(request: Request, form: OwnerForm, wish: Wish, asked: AssignmentFilter) -> HttpResponse:
    """Ask to whom it is to be handed; what was wanted is sent along."""
    once = [(name, request.POST[name]) for name in ("kind", "of", "next", "waiting") if name in request.POST]
    rows = [("row", key) for key in sorted(wish.ticked)]
    context = {"form": form, "wish": wish, "asked": asked, "hidden": [*once, *rows]}
    return render(request, "bulk_acts/owner.html", context)


@require_safe
def bulk_act(request: Request, pk: int) -> HttpResponse:
    """Show what it would do, or how far it is; while it moves it asks for itself."""
    return _shown(request, _act(request, pk))


@require_safe
def bulk_act_rows(request: Request, pk: int) -> HttpResponse:
    """List the assignments of an act, each with what became of it."""
    act, outcome, why = _act(request, pk), request.GET.get("outcome", ""), request.GET.get("why", "")
    context = {
        "act": act,
        "title": TITLES[act.kind],
        "page": line_page(act, request.organization, outcome=outcome, why=why, **places_in(request.GET)),
        "outcome": outcome if outcome in OUTCOMES else "",
        "why": why if why in WORDS else "",
        "why_words": WORDS.get(why, ""),
        "outcomes": OUTCOMES.items(),
    }
    return render(request, "bulk_acts/rows.html", context)


@require_POST
def bulk_act_confirm(request: Request, pk: int) -> HttpResponse:
    """Have what the preview shows done; twice does no harm."""
    act = _act(request, pk)
    form = ConfirmForm(request.POST, possible=bulk_acting.possible(act))
    if not form.is_valid():
        return _shown(request, act, form=form)
    try:
        bulk_acting.confirm(
            act,
            seen=bulk_acting.rows_seen(act, request.organization).count(),
            typed=form.cleaned_data.get("typed", ""),
            reason=form.cleaned_data["reason"],
            actor=request.actor,
        )
    except bulk_acting.CannotAct as error:
        return _shown(request, _act(request, pk), problem=str(error), form=form)
    return redirect("bulk-act", pk)


@require_POST
def bulk_act_cancel(request: Request, pk: int) -> HttpResponse:
    """End it; what its turn has not come for is left as it is."""
    act = _act(request, pk)
    try:
        bulk_acting.cancel(act, actor=request.actor)
    except bulk_acting.CannotAct as error:
        return _shown(request, _act(request, pk), problem=str(error))
    messages.success(request, "It is stopped. What its turn had not come for is left as it was.")
    return redirect("bulk-act", pk)


def _act(request: Request, pk: int) -> Any:
    return get_object_or_404(acts_seen_by(request.user, request.organization), pk=pk)


def _shown(request: Request, act: BulkAct, *, problem: str = "", form: ConfirmForm | None = None) -> HttpResponse:
    shown = Shown(act, request.organization)
    empty = ConfirmForm(None, possible=shown.possible)
    context = {"shown": shown, "act": act, "problem": problem, "form": form or empty}
    return page_or_fragment(request, "bulk_acts/detail.html", "bulk_acts/_bulk_act.html", context)

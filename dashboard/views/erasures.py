"""Erasing one customer: the list, asking, what was found, the word that it takes, and giving it up."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.erasures import ConfirmErasureForm, ErasureForm
from dashboard.fragments import page_or_fragment
from dashboard.queries.erasures import ErasureShown, erasure_page, erasures_of
from dashboard.queries.keyset import places_in
from dashboard.requests import Request
from wrapups.services import erasing


@require_safe
def erasure_list(request: Request) -> HttpResponse:
    """List the customers who were erased, without saying who they were."""
    return render(request, "erasures/list.html", {"page": erasure_page(request.organization, **places_in(request.GET))})


@require_http_methods(["GET", "HEAD", "POST"])
def erasure_add(request: Request) -> HttpResponse:
    """Ask for a customer; a worker finds and counts what there is of them."""
    form = ErasureForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = erasing.ask(request.organization, actor=request.actor, **form.cleaned_data)
        except erasing.CannotErase as error:
            form.add_error(None, str(error))
        else:
            return redirect("erasure-detail", made.pk)
    return render(request, "erasures/form.html", {"form": form})


@require_safe
def erasure_detail(request: Request, pk: int) -> HttpResponse:
    """Show what was found, or erased; while it moves the page asks for itself."""
    return _shown(request, _erasure(request, pk), ConfirmErasureForm(None))


@require_POST
def erasure_confirm(request: Request, pk: int) -> HttpResponse:
    """Have the customer erased, where the number of conversations was typed."""
    erasure, form = _erasure(request, pk), ConfirmErasureForm(request.POST)
    if form.is_valid():
        try:
            erasing.confirm(erasure, conversations=form.cleaned_data["conversations"], actor=request.actor)
        except erasing.CannotErase as error:
            form.add_error("conversations", str(error))
        else:
            return redirect("erasure-detail", pk)
    return _shown(request, _erasure(request, pk), form)


@require_POST
def erasure_cancel(request: Request, pk: int) -> HttpResponse:
    """Give it up; nothing was erased."""
    try:
        erasing.cancel(_erasure(request, pk), actor=request.actor)
    except erasing.CannotErase as error:
        return _shown(request, _erasure(request, pk), ConfirmErasureForm(None), problem=str(error))
    messages.success(request, "It is given up. Nothing was erased, and whom it was about is not kept.")
    return redirect("erasure-detail", pk)


@require_POST
def erasure_go_on(request: Request, pk: int) -> HttpResponse:
    """Go on with one that failed half-way."""
    try:
        erasing.go_on(_erasure(request, pk), actor=request.actor)
    except erasing.CannotErase as error:
        return _shown(request, _erasure(request, pk), ConfirmErasureForm(None), problem=str(error))
    return redirect("erasure-detail", pk)


def _erasure(request: Request, pk: int) -> Any:
    return get_object_or_404(erasures_of(request.organization), pk=pk)


def _shown(request: Request, erasure: Any, form: ConfirmErasureForm, *, problem: str = "") -> HttpResponse:
    context = {"shown": ErasureShown(erasure), "erasure": erasure, "form": form, "problem": problem}
    return page_or_fragment(request, "erasures/detail.html", "erasures/_erasure.html", context)

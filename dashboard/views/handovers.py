"""Handing one assignment that waits to a person, or back to nobody."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from dashboard.forms.handovers import HandOverForm
from dashboard.queries.rows import listed, rows_of
from dashboard.requests import Request
from wrapups.models import Assignment
from wrapups.services.handing_over import CannotHandOver, hand_over
from wrapups.services.owners import name_of


@require_http_methods(["GET", "HEAD", "POST"])
def assignment_hand_over(request: Request, pk: int) -> HttpResponse:
    """Say who holds it now, and have it handed over; what is refused stands in the form with what was typed."""
    assignment = get_object_or_404(Assignment.objects.of(request.organization), pk=pk)
    typed = request.POST if request.method == "POST" else None
    form = HandOverForm(typed, organization=request.organization, initial={"owner": str(request.user.pk)})
    if typed is not None and form.is_valid() and _handed(request, assignment, form):
        messages.success(request, f"{name_of(form.person)} holds it now." if form.person else "Nobody holds it now.")
        return redirect("failure-detail", pk)
    as_it_is_now = listed(Assignment.objects.of(request.organization)).get(pk=pk)
    (row,) = rows_of(request.organization, [as_it_is_now])
    return render(request, "handovers/form.html", {"row": row, "form": form})


def _handed(request: Request, assignment: Assignment, form: HandOverForm) -> bool:
    try:
        hand_over(
            assignment,
            to=form.person,
            held_by=form.cleaned_data["held_by"],
            note=form.cleaned_data["note"],
            actor=request.actor,
        )
    except CannotHandOver as error:
        form.add_error("owner", str(error))
    return form.is_valid()

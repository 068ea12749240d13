"""One assignment's row, and what a person may do with it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboard.forms.reason import reason_in
from dashboard.fragments import wants_fragment
from dashboard.queries.rows import listed, rows_of
from dashboard.requests import Request
from dashboard.safe_next import safe_path
from wrapups.models import Assignment
from wrapups.services import retrying


@require_safe
def assignment_row(request: Request, pk: int) -> HttpResponse:
    """Answer with one row as it is now; a row that still moves asks for this."""
    return _row(request, pk)


@require_POST
def assignment_retry(request: Request, pk: int) -> HttpResponse:
    """Send one failed assignment again."""
    assignment = get_object_or_404(Assignment.objects.of(request.organization), pk=pk)
    return _done(request, assignment, lambda: retrying.retry(assignment, actor=request.actor), "It is sent again.")


@require_POST
def assignment_cancel(request: Request, pk: int) -> HttpResponse:
    """Decide, with a reason, that nothing shall be written."""
    assignment = get_object_or_404(Assignment.objects.of(request.organization), pk=pk)
    reason = reason_in(request.POST)
    return _done(
        request, assignment, lambda: retrying.cancel(assignment, actor=request.actor, reason=reason), "It is cancelled."
    )


@require_POST
def assignment_insist(request: Request, pk: int) -> HttpResponse:
    """Put our code, with a reason, in place of the one that another person chose."""
    assignment = get_object_or_404(Assignment.objects.of(request.organization), pk=pk)
    reason = reason_in(request.POST)
    return _done(
        request, assignment, lambda: retrying.insist(assignment, actor=request.actor, reason=reason), "Ours is sent."
    )


def _done(request: Request, assignment: Assignment, act: Callable[[], object], said: str) -> HttpResponse:
    """Do it and answer with the row, or go back to the page; what the service refuses is said in its own words."""
    problem = ""
    try:
        act()
    except ValueError as error:
        problem = str(error)
    if wants_fragment(request):
        return _row(request, assignment.pk, problem=problem)
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, said)
    story = reverse("conversation-detail", args=[assignment.communication.conversation_id])
    return redirect(safe_path(request, request.POST.get("next", ""), story))


def _row(request: Request, pk: int, *, problem: str = "") -> HttpResponse:
    assignment = get_object_or_404(listed(Assignment.objects.of(request.organization)), pk=pk)
    (row,) = rows_of(request.organization, [assignment])
    return render(request, "assignments/_row.html", {"row": row, "problem": problem})

"""Putting another code in place of the one that stands there."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from dashboard.forms.correction import CorrectionForm
from dashboard.queries.corrections import Correction, correction_of
from dashboard.requests import Request
from wrapups.domain.roles import Right
from wrapups.models import Assignment, WrapupCode
from wrapups.services.correcting import CannotCorrect, correct

FETCHED = ("communication__conversation", "organization", "wrapup_code")


@require_http_methods(["GET", "HEAD", "POST"])
def assignment_correct(request: Request, pk: int) -> HttpResponse:
    """Say what stands there now, and have another code put in its place."""
    rows: Any = Assignment.objects.of(request.organization).select_related(*FETCHED)
    asked = correction_of(
        get_object_or_404(rows, pk=pk), request.organization, may_overwrite=Right.OVERWRITE in request.rights
    )
    typed = request.POST if request.method == "POST" else None
    form = CorrectionForm(typed, codes=asked.codes, over=asked.assignment.communication.code_id)
    if typed is not None and asked.is_a_person_s and not asked.may_overwrite:
        raise PermissionDenied
    if typed is not None and form.is_valid() and _corrected(request, asked, form):
        messages.success(request, "It is corrected: the code is written next, and read back.")
        return redirect("conversation-detail", asked.assignment.communication.conversation_id)
    return render(request, "conversations/correct.html", {"asked": asked, "form": form})


def _corrected(request: Request, asked: Correction, form: CorrectionForm) -> bool:
    """Have it done; what the service refuses stands in the form then, in its own words."""
    typed = form.cleaned_data
    code = WrapupCode.objects.of(request.organization).get(pk=typed["code"])
    try:
        correct(
            asked.assignment,
            code=code,
            over=typed["over"],
            reason=typed["reason"],
            notes=typed["notes"],
            actor=request.actor,
            may_overwrite=asked.may_overwrite,
        )
    except CannotCorrect as error:
        form.add_error(None, str(error))
    return form.is_valid()

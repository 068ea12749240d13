"""Putting a wrap-up code on a queue in Genesys Cloud: seeing what it does, confirming it, and watching it."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.forms.reason import reason_in
from dashboard.fragments import page_or_fragment
from dashboard.queries.assignments import AssignmentFilter
from dashboard.requests import Request
from wrapups.domain.status import FailReason, Status
from wrapups.models import AddedCode, Queue, WrapupCode
from wrapups.services import adding_codes


@require_http_methods(["GET", "HEAD", "POST"])
def added_code_add(request: Request) -> HttpResponse:
    """Say what putting this code on this queue means, and have it done for a reason."""
    queue, code = _named(request, Queue, "queue"), _named(request, WrapupCode, "code")
    reason, problem = reason_in(request.POST), ""
    if request.method == "POST":
        try:
            added = adding_codes.ask(request.organization, queue=queue, code=code, reason=reason, actor=request.actor)
        except adding_codes.CannotAdd as error:
            problem = str(error)
        else:
            return redirect("added-code", added.pk)
    context = {"queue": queue, "code": code, "why_not": adding_codes.why_not(queue, code)}
    return render(request, "added_codes/add.html", {**context, "reason": reason, "problem": problem})


@require_safe
def added_code(request: Request, pk: int) -> HttpResponse:
    """Show how far it is; while it goes on the page asks for itself."""
    rows: Any = AddedCode.objects.of(request.organization).select_related("queue", "wrapup_code", "person")
    added = get_object_or_404(rows, pk=pk)
    failed = AssignmentFilter(
        status=Status.FAILED, reason=FailReason.CODE_NOT_ON_QUEUE, queue=added.queue.name, code=added.wrapup_code.name
    )
    waiting = failed.apply(request.organization)[: MOST_COUNTED + 1].count()
    context = {
        "added": added,
        "goes_on": added.state in AddedCode.OPEN,
        "waiting": min(waiting, MOST_COUNTED),
        "more": waiting > MOST_COUNTED,
        "failures": f"{reverse('failure-list')}{failed.query_string()}",
    }
    return page_or_fragment(request, "added_codes/detail.html", "added_codes/_added.html", context)


MOST_COUNTED = 1000


def _named(request: Request, model: Any, name: str) -> Any:
    """Return the row whose key the address names."""
    key = request.GET.get(name, "")
    if not (key.isascii() and key.isdigit() and len(key) < MOST_DIGITS):
        raise Http404
    return get_object_or_404(model.objects.of(request.organization), pk=int(key))


MOST_DIGITS = 19
"""Of a key, so that it is one."""

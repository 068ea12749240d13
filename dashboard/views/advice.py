"""What is known of failures, and the ways from one of them to what mends it."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboard.advice import known_failures
from dashboard.requests import Request
from dashboard.safe_next import safe_path
from wrapups.domain.status import IllegalMove, Status
from wrapups.models import Assignment, MappingRule
from wrapups.services import releasing
from wrapups.services.looking_again import look_again


@require_safe
def known(request: Request) -> HttpResponse:
    """List every failure that is known, with what it means and who can mend it."""
    return render(request, "failures/known.html", {"known": known_failures()})


@require_POST
def mend_rule(request: Request, pk: int) -> HttpResponse:
    """Open the draft's copy of the rule that decided a failure, with another code filled in where one is named."""
    assignment = _assignment(request, pk)
    if assignment.rule is None:
        raise Http404
    return _in_draft(request, assignment.rule, back=reverse("failure-detail", args=[pk]))


@require_POST
def mend_rule_in_force(request: Request, pk: int) -> HttpResponse:
    """Open the draft's copy of a rule whose code has changed in Genesys Cloud, as `mend_rule` does."""
    rule: MappingRule = get_object_or_404(MappingRule.objects.of(request.organization), pk=pk)
    return _in_draft(request, rule, back=reverse("catalogue-drift"))


def _in_draft(request: Request, decided_by: MappingRule, *, back: str) -> HttpResponse:
    try:
        draft = releasing.open_draft(request.organization, actor=request.actor)
    except releasing.NotADraft as error:
        messages.error(request, str(error))
        return redirect(back)
    rule = draft.rules.filter(identity=decided_by.identity).first()
    if rule is None:
        messages.error(request, f"The draft does not have rule {decided_by} any more.")
        return redirect(f"{reverse('rule-list')}?release=draft")
    code = request.POST.get("code", "")
    filled_in = f"?{urlencode({'code': code})}" if code else ""
    return redirect(f"{reverse('rule-change', args=[rule.pk])}{filled_in}")


@require_POST
def look_again_at(request: Request, pk: int) -> HttpResponse:
    """Have a failed assignment decided by the rules in force, its conversation read, and sent."""
    assignment, problem = _assignment(request, pk), ""
    try:
        newest = look_again(assignment, actor=request.actor)
    except IllegalMove as error:
        problem = str(error)
    else:
        if newest.status == Status.FAILED:
            problem = f"The rules in force decide it the same way: {newest.error_message}"
    story = reverse("conversation-detail", args=[assignment.communication.conversation_id])
    if problem:
        messages.error(request, problem)
        return redirect(safe_path(request, request.POST.get("next", ""), story))
    messages.success(request, "It is looked at again, and follows the rules in force.")
    return redirect(story)


def _assignment(request: Request, pk: int) -> Any:
    rows: Any = Assignment.objects.of(request.organization)
    return get_object_or_404(rows.select_related("communication__conversation", "organization", "rule"), pk=pk)

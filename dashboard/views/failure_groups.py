"""Failures by cause: the groups, one of them, and what people say about it."""

from collections.abc import Callable, Mapping

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dashboard.advice import advice_on_group
from dashboard.forms.failures import SNOOZES, GroupFilterForm, TriageForm, Word
from dashboard.fragments import page_or_fragment
from dashboard.queries.failure_counts import examples_of, filter_of
from dashboard.queries.failure_groups import group_page, groups_of, lines_of, owners_in, place_in
from dashboard.queries.failures import failure_rows
from dashboard.requests import Request
from wrapups.models import FailureGroup, Person
from wrapups.services import triaging
from wrapups.services.auditing import Actor

SAID: Mapping[Word, str] = {
    Word.ACKNOWLEDGE: "The group has an owner now.",
    Word.SNOOZE: "Nobody has to see to the group until its snooze is over.",
    Word.RESOLVE: "The group is resolved. It opens again by itself if it returns.",
    Word.IGNORE: "The group is off the desk until somebody opens it again.",
    Word.REOPEN: "The group is open again.",
}


@require_safe
def failure_groups(request: Request) -> HttpResponse:
    """List the groups that somebody has to see to, or those of another state, as the address asks."""
    form = GroupFilterForm(request.GET, owners=owners_in(request.organization))
    asked = form.filter()
    before, after = (place_in(asked.order, request.GET.get(name, "")) for name in ("before", "after"))
    page = group_page(asked, request.organization, now=timezone.localtime(), before=before, after=after)
    context = {"form": form, "page": page, "snoozes": SNOOZES}
    return page_or_fragment(request, "failures/groups.html", "failures/_group_list.html", context)


@require_safe
def failure_group(request: Request, pk: int) -> HttpResponse:
    """Show one group: what is so, what to do, what changed before it began, and what waits of it."""
    return _page(request, _group(request, pk))


@require_POST
def failure_group_triage(request: Request, pk: int) -> HttpResponse:
    """Put a group into another state; what is missing is said at its field, with what was typed."""
    group, owners = _group(request, pk), owners_in(request.organization)
    form = TriageForm(request.POST, owners=owners)
    if not form.is_valid():
        return _page(request, group, form)
    try:
        if form.cleaned_data["seen"] != group.mark:
            raise triaging.TriagedMeanwhile(triaging.MEANWHILE)
        SAY[form.cleaned_data["word"]](group, form, request.user, request.actor)
    except triaging.CannotTriage as error:
        form.add_error(None, str(error))
        return _page(request, _group(request, pk), form)
    messages.success(request, SAID[form.cleaned_data["word"]])
    return redirect("failure-group", pk=pk)


SAY: Mapping[Word, Callable[[FailureGroup, TriageForm, Person, Actor], None]] = {
    Word.ACKNOWLEDGE: lambda group, form, person, actor: triaging.acknowledge(
        group, owner=form.cleaned_data["owner"] or person, actor=actor
    ),
    Word.SNOOZE: lambda group, form, _, actor: triaging.snooze(group, until_after=form.until_after, actor=actor),
    Word.RESOLVE: lambda group, form, _, actor: triaging.resolve(
        group, reason=form.cleaned_data["reason"], actor=actor
    ),
    Word.IGNORE: lambda group, form, _, actor: triaging.ignore(group, reason=form.cleaned_data["reason"], actor=actor),
    Word.REOPEN: lambda group, _, __, actor: triaging.reopen(group, actor=actor),
}


def _group(request: Request, pk: int) -> FailureGroup:
    found: FailureGroup = get_object_or_404(
        groups_of(request.organization).select_related("organization", "owner", "triaged_by"), pk=pk
    )
    return found


def _page(request: Request, group: FailureGroup, form: TriageForm | None = None) -> HttpResponse:
    (line,) = lines_of([group], request.organization, now=timezone.localtime())
    owners = owners_in(request.organization)
    context = {
        "line": line,
        "form": form or TriageForm(None, owners=owners),
        "owners": owners,
        "snoozes": SNOOZES,
        "advices": advice_on_group(request.organization, examples_of(request.organization, group)),
        "rows": failure_rows(filter_of(group), request.organization),
    }
    return render(request, "failures/group.html", context)

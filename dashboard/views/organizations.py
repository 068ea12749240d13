"""Connecting another organization, in three steps: where it is, what its client may do, and the policies."""

from collections.abc import Iterable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from dashboard.forms.connecting import ConnectionForm, NewOrganizationForm
from dashboard.forms.organization import PoliciesForm
from dashboard.forms.refused import say_at_field
from dashboard.middleware.organization import SESSION_KEY
from dashboard.requests import Request
from dashboard.views.organization import checked
from wrapups.domain.roles import Right, rights_of
from wrapups.models import Membership
from wrapups.services import connecting, organizing
from wrapups.services.connecting import CannotConnect, connected_twice

FORM_METHODS = ["GET", "HEAD", "POST"]


@require_http_methods(FORM_METHODS)
def organization_add(request: Request) -> HttpResponse:
    """Step 1: name it and give its OAuth client. Whoever is admin of any organization may; they become its admin."""
    if not _is_admin_somewhere(request.memberships):
        raise PermissionDenied("This needs the role admin in some organization. Ask somebody who has it.")
    form = NewOrganizationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            added = connecting.connect(actor=request.actor, **form.cleaned_data)
        except CannotConnect as error:
            say_at_field(form, error)
        else:
            request.session[SESSION_KEY] = added.pk
            return redirect("organization-add-check")
    return render(request, "organization/add.html", {"form": form})


@require_safe
def organization_add_check(request: Request) -> HttpResponse:
    """Step 2: what the client may do, and what is lost by what it may not; the report follows the check."""
    context = {**checked(request), "twice": connected_twice(request.organization)}
    return render(request, "organization/add_check.html", context)


@require_http_methods(FORM_METHODS)
def organization_add_correct(request: Request) -> HttpResponse:
    """Back to step 1, for a region or a client that was refused."""
    form = ConnectionForm(request.POST if request.method == "POST" else None, request.organization)
    if request.method == "POST" and form.is_valid():
        try:
            connecting.correct(request.organization, actor=request.actor, **form.cleaned_data)
        except CannotConnect as error:
            say_at_field(form, error)
        else:
            return redirect("organization-add-check")
    return render(request, "organization/add_correct.html", {"form": form})


@require_http_methods(FORM_METHODS)
def organization_add_policies(request: Request) -> HttpResponse:
    """Step 3: the policies, with defaults that do no harm; then on to the rules."""
    form = PoliciesForm(request.POST if request.method == "POST" else None, request.organization, may_change=True)
    if request.method == "POST" and form.is_valid():
        if changes := form.changes():
            organizing.change_policies(request.organization, actor=request.actor, **changes)
        messages.success(request, f"{request.organization.name} is connected. Its first release of rules is next.")
        return redirect("rule-list")
    context = {"form": form, "twice": connected_twice(request.organization)}
    return render(request, "organization/add_policies.html", context)


def _is_admin_somewhere(memberships: Iterable[Membership]) -> bool:
    return any(Right.CHANGE_SETTINGS in rights_of(each.role) for each in memberships)

"""An organization's settings: its OAuth client and what that may do, and the policies."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.organization import ClientForm, PoliciesForm
from dashboard.fragments import page_or_fragment
from dashboard.masks import mask_of
from dashboard.queries.meanwhile import Meanwhile
from dashboard.requests import Request
from wrapups.domain.capabilities import Capabilities
from wrapups.domain.roles import Right
from wrapups.models import Organization, Sweep
from wrapups.models.clock import app_now
from wrapups.services import checking, organizing
from wrapups.services.checking import CheckReport
from wrapups.services.meanwhile import ChangedMeanwhile, latest_entry


@require_safe
def organization(request: Request) -> HttpResponse:
    """Show who the organization is, its OAuth client, and what that may do; the report follows a check under way."""
    return page_or_fragment(request, "organization/client.html", "organization/_check.html", checked(request))


@require_POST
def organization_check(request: Request) -> HttpResponse:
    """Have the OAuth client checked by the next worker that is free."""
    checking.ask(request.organization, actor=request.actor)
    return page_or_fragment(request, "organization/client.html", "organization/_check.html", checked(request))


@require_http_methods(["GET", "HEAD", "POST"])
def organization_client(request: Request) -> HttpResponse:
    """Replace the OAuth client. Its secret is never sent to a page."""
    form = ClientForm(request.POST if request.method == "POST" else None, request.organization)
    if request.method == "POST" and form.is_valid():
        organizing.change_client(request.organization, actor=request.actor, **form.cleaned_data)
        messages.success(request, "The OAuth client is changed, and is checked now.")
        return redirect("organization")
    return render(request, "organization/change_client.html", {"form": form})


@require_safe
def organization_policies(request: Request) -> HttpResponse:
    """Show the policies with their meaning; who may, changes them here."""
    read = Organization.objects.annotate(opened=latest_entry(Organization)).get(pk=request.organization.pk)
    may_change = Right.CHANGE_SETTINGS in request.rights
    return _policies(request, PoliciesForm(None, read, may_change=may_change, opened=read.opened))


@require_POST
def organization_policies_change(request: Request) -> HttpResponse:
    """Keep the policies as typed, or show what is wrong with them."""
    form = PoliciesForm(request.POST, request.organization, may_change=Right.CHANGE_SETTINGS in request.rights)
    if not form.is_valid():
        return _policies(request, form)
    changes, watched = form.changes(), form.Meta.fields
    if not changes:
        messages.info(request, "Nothing was changed.")
        return redirect("organization-policies")
    try:
        organizing.change_policies(
            request.organization, actor=request.actor, opened=form.seen, watched=watched, **changes
        )
    except ChangedMeanwhile as error:
        return _policies(request, form, meanwhile=Meanwhile.of(error, request.organization, mask_of(request)))
    messages.success(request, "The policies are changed. Workers heed them from now on.")
    return redirect("organization-policies")


def _policies(request: Request, form: PoliciesForm, **more: Any) -> HttpResponse:
    enough_s = Capabilities.of(request.organization.capabilities).settle_s()
    hint = f"By the lag that probes measured, {enough_s} seconds would do." if enough_s else ""
    return render(request, "organization/policies.html", {"form": form, "settle_hint": hint, **more})


def checked(request: Request) -> dict[str, Any]:
    """Return what `organization/_check.html` needs: the report, and whether a newer one is on its way."""
    duty = Sweep.objects.filter(organization=request.organization, kind=Sweep.Kind.CHECK).first()
    return {
        "report": CheckReport.of(request.organization),
        "duty": duty,
        "under_way": duty is not None and duty.due_at <= app_now(),
    }

"""How long what has had its use is kept: the periods, and when something was last removed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from dashboard.forms.retention import RetentionForm
from dashboard.requests import Request
from wrapups.domain.roles import Right
from wrapups.models import Sweep
from wrapups.services import organizing


@require_safe
def organization_retention(request: Request) -> HttpResponse:
    """Show how long each kind is kept; who may, changes it here."""
    return _shown(request, _form(request))


@require_POST
def organization_retention_change(request: Request) -> HttpResponse:
    """Keep the periods as typed, or show what is wrong with them."""
    form = RetentionForm(request.POST, request.organization, may_change=True)
    if not form.is_valid():
        return _shown(request, form)
    organizing.change_policies(request.organization, actor=request.actor, retention=form.chosen())
    messages.success(request, "The periods are changed. They count from the next removal on, once a day.")
    return redirect("organization-retention")


def _form(request: Request) -> RetentionForm:
    return RetentionForm(None, request.organization, may_change=Right.CHANGE_SETTINGS in request.rights)


def _shown(request: Request, form: RetentionForm) -> HttpResponse:
    duty = Sweep.objects.filter(organization=request.organization, kind=Sweep.Kind.TIDY).first()
    return render(request, "organization/retention.html", {"form": form, "duty": duty})

"""Probes: what they found, asking for one, confirming it, and watching it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.organization import ConfirmForm, ProbeForm
from dashboard.fragments import page_or_fragment
from dashboard.queries.findings import media_findings
from dashboard.queries.probes import ProbePage, probe_rows
from dashboard.requests import Request
from wrapups.models import Probe
from wrapups.services import probing

MOST = 50


@require_safe
def probe_list(request: Request) -> HttpResponse:
    """Show what is known of each medium, and the latest probes."""
    rows = Probe.objects.of(request.organization).select_related("person").order_by("-pk")[:MOST]
    context = {"media": media_findings(request.organization), "probes": probe_rows(rows)}
    return render(request, "organization/probes.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def probe_add(request: Request) -> HttpResponse:
    """Name the conversation of a probe; a worker looks at it first."""
    named = request.GET.get("conversation", "")
    form = ProbeForm(request.POST if request.method == "POST" else None, conversation_id=named)
    if request.method == "POST" and form.is_valid():
        try:
            probe = probing.ask(request.organization, actor=request.actor, **form.cleaned_data)
        except probing.CannotProbe as error:
            form.add_error(None, str(error))
        else:
            return redirect("probe-detail", probe.pk)
    return render(request, "organization/probe_add.html", {"form": form})


@require_safe
def probe_detail(request: Request, pk: int) -> HttpResponse:
    """Show one probe; while it moves it asks for itself."""
    return _shown(request, _probe(request, pk))


@require_POST
def probe_confirm(request: Request, pk: int) -> HttpResponse:
    """Let codes be written to the communication that was chosen."""
    probe = _probe(request, pk)
    form = ConfirmForm(request.POST)
    if not form.is_valid():
        return _shown(request, probe, problem=form.problem())
    try:
        probing.confirm(probe, communication_id=form.cleaned_data["communication_id"], actor=request.actor)
    except probing.CannotProbe as error:
        return _shown(request, probe, problem=str(error))
    return redirect("probe-detail", probe.pk)


@require_POST
def probe_cancel(request: Request, pk: int) -> HttpResponse:
    """Give up a probe that has written nothing."""
    probe = _probe(request, pk)
    try:
        probing.cancel(probe, actor=request.actor)
    except probing.CannotProbe as error:
        return _shown(request, probe, problem=str(error))
    messages.success(request, "The probe is cancelled; nothing was written.")
    return redirect("probe-list")


def _probe(request: Request, pk: int) -> Probe:
    found: Probe = get_object_or_404(
        Probe.objects.of(request.organization).select_related("person", "organization"), pk=pk
    )
    return found


def _shown(request: Request, probe: Probe, *, problem: str = "") -> HttpResponse:
    context: dict[str, Any] = {"shown": ProbePage(probe), "probe": probe, "problem": problem}
    return page_or_fragment(request, "organization/probe.html", "organization/_probe.html", context)

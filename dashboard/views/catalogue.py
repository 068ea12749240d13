"""What Genesys Cloud has, as we last saw it: queues, wrap-up codes, agents, divisions."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboard.forms.catalogue import CatalogueFilterForm
from dashboard.fragments import page_or_fragment, wants_fragment
from dashboard.queries import catalogue, code_use
from dashboard.requests import Request
from dashboard.safe_next import safe_path
from wrapups.models import Queue
from wrapups.services import cataloguing

PAGE_SIZE = 50


@require_safe
def queues(request: Request) -> HttpResponse:
    """List the queues with their after-call work and how many codes they have."""
    return _listing(request, "queues", catalogue.queues(request.organization))


@require_safe
def codes(request: Request) -> HttpResponse:
    """List the wrap-up codes with where they are used."""
    return _listing(request, "codes", catalogue.codes(request.organization))


@require_safe
def agents(request: Request) -> HttpResponse:
    """List the agents."""
    return _listing(request, "agents", catalogue.agents(request.organization))


@require_safe
def divisions(request: Request) -> HttpResponse:
    """List the divisions."""
    return _listing(request, "divisions", catalogue.divisions(request.organization))


@require_safe
def queue(request: Request, pk: int) -> HttpResponse:
    """Show one queue and its codes."""
    found = get_object_or_404(catalogue.queues(request.organization), pk=pk)
    context = {
        "queue": found,
        "rows": _page(request, catalogue.codes_of(request.organization, found)),
        "acw": _acw(found),
        "names": catalogue.names_of(request.organization, "queue", found.genesys_id),
    }
    return render(request, "catalogue/queue.html", context)


@require_safe
def code(request: Request, pk: int) -> HttpResponse:
    """Show one wrap-up code: the queues that offer it, the rules that choose it, the names it has had."""
    found = get_object_or_404(catalogue.codes(request.organization), pk=pk)
    context = {
        "code": found,
        "rows": _with_acw(_page(request, catalogue.queues_of(request.organization, found))),
        "use": code_use.use_of(request.organization, found),
        "names": catalogue.names_of(request.organization, "wrapup_code", found.genesys_id),
    }
    return render(request, "catalogue/code.html", context)


@require_safe
def reading(request: Request) -> HttpResponse:
    """Answer with how the reading of the catalogue stands, for the line that follows it."""
    return _reading(request)


@require_POST
def read(request: Request) -> HttpResponse:
    """Have everything read by the next worker that is free."""
    asked = cataloguing.ask(request.organization, actor=request.actor)
    if wants_fragment(request):
        return _reading(request)
    messages.success(request, "The catalogue is read now." if asked else "The catalogue is being read already.")
    return redirect(safe_path(request, request.POST.get("next", ""), reverse("catalogue-queues")))


def _reading(request: Request) -> HttpResponse:
    return render(request, "catalogue/_reading.html", {"swept": catalogue.last_reading(request.organization)})


def _listing(request: Request, kind: str, listed: QuerySet[Any]) -> HttpResponse:
    form = CatalogueFilterForm(request.GET, request.organization, kind=kind)
    rows = _page(request, form.apply(listed))
    context = {
        "kind": kind,
        "rows": _with_acw(rows) if kind == "queues" else rows,
        "form": form,
        "swept": catalogue.last_reading(request.organization),
        "table": f"catalogue/_{kind}.html",
    }
    return page_or_fragment(request, "catalogue/list.html", "catalogue/_rows.html", context)


def _page(request: Request, rows: QuerySet[Any]) -> Any:
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def _with_acw(rows: Any) -> Any:
    for row in rows:
        row.acw = _acw(row)
    return rows


def _acw(found: Queue) -> str:
    return catalogue.ACW_WORDS.get(found.acw_prompt, found.acw_prompt.replace("_", " ").lower())

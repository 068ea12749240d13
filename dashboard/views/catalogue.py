"""What Genesys Cloud has, as we last saw it: queues, wrap-up codes, agents, divisions."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from dashboard.fragments import page_or_fragment
from dashboard.queries import catalogue
from dashboard.requests import Request
from wrapups.models import Queue, Sweep

PAGE_SIZE = 50
LONGEST_NAME = 256


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
    on_queue = catalogue.codes_of(request.organization, found)
    rows = Paginator(on_queue, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "catalogue/queue.html", {"queue": found, "rows": rows, "acw": _acw(found)})


def _listing(request: Request, kind: str, listed: QuerySet[Any]) -> HttpResponse:
    typed = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_NAME]
    rows = Paginator(catalogue.named_like(listed, typed), PAGE_SIZE).get_page(request.GET.get("page"))
    for row in rows if kind == "queues" else ():
        row.acw = _acw(row)
    context = {
        "kind": kind,
        "rows": rows,
        "typed": typed,
        "swept": _last_sweep(request),
        "table": f"catalogue/_{kind}.html",
    }
    return page_or_fragment(request, "catalogue/list.html", "catalogue/_rows.html", context)


def _acw(found: Queue) -> str:
    return catalogue.ACW_WORDS.get(found.acw_prompt, found.acw_prompt.replace("_", " ").lower())


def _last_sweep(request: Request) -> Sweep | None:
    return Sweep.objects.filter(organization=request.organization, kind=Sweep.Kind.CATALOGUE).first()

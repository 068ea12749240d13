"""Reports: what became of conversations over weeks, as pages and as files."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from dashboard.csv_files import csv_response
from dashboard.forms.reports import ReportForm
from dashboard.fragments import page_or_fragment
from dashboard.queries import dispositions
from dashboard.queries.reports.asked import AROUND, LAST_DAYS
from dashboard.queries.reports.reading import read
from dashboard.queries.reports.registry import KINDS, Kind
from dashboard.requests import Request
from dashboard.safe_next import safe_path
from wrapups.services import taking_away, tallying


@require_safe
def report(request: Request, name: str) -> HttpResponse:
    """Show one report as the address asks."""
    kind = kind_called(name)
    form = ReportForm(request.GET, request.organization, kind)
    shown = read(request.organization, kind, form.filter())
    context = {
        "kind": kind,
        "form": form,
        "shown": shown,
        "ranges": [(days, shown.asked.query_string(days=days, first=None, last=None, page=1)) for days in LAST_DAYS],
        "around": [(days, shown.asked.query_string(around=days)) for days in AROUND],
        "releases": [(each, shown.asked.query_string(release=each.number)) for each in shown.releases],
        "counted": dispositions.last_counted(request.organization),
    }
    return page_or_fragment(request, "reports/report.html", "reports/_report.html", context)


@require_POST
def report_file(request: Request, name: str) -> HttpResponseBase:
    """Send one table of a report as CSV. It is on record."""
    kind = kind_called(name)
    form = ReportForm(request.GET, request.organization, kind)
    table = read(request.organization, kind, form.filter()).report.table(request.GET.get("table", ""))
    if table is None:
        raise Http404("The report has no such table.")
    taking_away.record(request.organization, "report", which=f"{kind.title}: {table.title}", actor=request.actor)
    return csv_response(f"{kind.name}-{table.name}.csv", table.lines())


@require_POST
def report_count(request: Request) -> HttpResponse:
    """Let everything be counted anew as soon as a worker is free, and show the report again."""
    tallying.count_soon(request.organization, actor=request.actor)
    messages.success(request, "It is counted anew within seconds. Look again then.")
    return redirect(safe_path(request, request.POST.get("next", ""), reverse("report", args=["outcomes"])))


def kind_called(name: str) -> Kind:
    """Return the report of this name; raise Http404 for another."""
    if name not in KINDS:
        raise Http404("There is no such report.")
    return KINDS[name]

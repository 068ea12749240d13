"""Exports: asking for the rows of a search as a file, one's own files, and taking them."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.columns import chosen
from dashboard.forms.exports import ExportForm
from dashboard.forms.filters import AssignmentFilterForm
from dashboard.fragments import page_or_fragment
from dashboard.queries.export_pages import ExportShown, export_page
from dashboard.queries.exports import AssignmentTable, exports_of, exports_seen_by, stored, total_of
from dashboard.queries.keyset import places_in
from dashboard.requests import Request
from wrapups.domain.roles import Right
from wrapups.models import Export
from wrapups.services import exporting
from wrapups.services.export_files import ENDINGS, MEDIA_TYPES


@require_safe
def export_list(request: Request) -> HttpResponse:
    """List one's own exports, the newest first."""
    return render(
        request,
        "exports/list.html",
        {"page": export_page(request.organization, request.user, **places_in(request.GET))},
    )


@require_http_methods(["GET", "HEAD", "POST"])
def export_add(request: Request) -> HttpResponseBase:
    """Ask for what the address finds as a file. What is small comes at once; a worker writes what is large."""
    found = AssignmentFilterForm(request.GET, request.organization)
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        sees_customers=Right.SEE_CUSTOMERS in request.rights,
        listed=[column.name for column in chosen(request)],
    )
    asked = found.filter()
    if request.method == "POST" and not found.leaves_out and form.is_valid():
        wish = exporting.Wish(
            asked=stored(asked),
            address=asked.query_string(),
            zone=timezone.get_current_timezone_name(),
            **form.wished(),
        )
        try:
            made = exporting.ask(request.organization, wish, table_of=AssignmentTable, actor=request.actor)
        except exporting.CannotExport as error:
            form.add_error(None, str(error))
        else:
            return _file(request, made) if made.state == Export.State.DONE else redirect("export-detail", made.pk)
    context = {
        "form": form,
        "found": found,
        "asked": asked,
        "total": total_of(asked, request.organization),
        "kept_h": settings.EXPORT_KEPT_H,
    }
    return render(request, "exports/form.html", context)


@require_safe
def export_detail(request: Request, pk: int) -> HttpResponse:
    """Show how an export stands; only the file is its person's alone."""
    return _shown(request, get_object_or_404(exports_seen_by(request.user, request.organization), pk=pk))


@require_POST
def export_file(request: Request, pk: int) -> HttpResponseBase:
    """Send the file. That somebody took it away is on record."""
    return _file(request, _own(request, pk))


@require_POST
def export_cancel(request: Request, pk: int) -> HttpResponse:
    """End it; nothing of it stays."""
    export = _own(request, pk)
    try:
        exporting.cancel(export, actor=request.actor)
    except exporting.CannotExport as error:
        return _shown(request, _own(request, pk), problem=str(error))
    messages.success(request, "The export is cancelled. Nothing of it was kept.")
    return redirect("export-detail", pk)


def _file(request: Request, export: Export) -> HttpResponseBase:
    try:
        pieces = exporting.take(export, actor=request.actor)
    except exporting.CannotExport as error:
        return _shown(request, _own(request, export.pk), problem=str(error))
    ending = ENDINGS[Export.Format(export.format)]
    name = f"conversations-{export.created_at:%Y%m%d-%H%M}-{export.pk}.{ending}"
    response = StreamingHttpResponse(pieces, content_type=MEDIA_TYPES[ending])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Length"] = str(export.size)
    return response


def _own(request: Request, pk: int) -> Any:
    return get_object_or_404(exports_of(request.organization, request.user), pk=pk)


def _shown(request: Request, export: Export, *, problem: str = "") -> HttpResponse:
    context = {"shown": ExportShown(export, export.person_id == request.user.pk), "export": export, "problem": problem}
    return page_or_fragment(request, "exports/detail.html", "exports/_export.html", context)

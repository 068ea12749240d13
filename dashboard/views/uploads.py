"""Files of dispositions: handing one in, choosing its columns, what a check found, taking it in, its result."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.csv_files import csv_response
from dashboard.forms.uploads import ColumnsForm, UploadForm
from dashboard.fragments import page_or_fragment
from dashboard.masks import mask_of
from dashboard.queries.keyset import key_in, places_in
from dashboard.queries.uploads import LineMasks, UploadRow, lines_of, result_of, samples_of, sources_of, upload_page
from dashboard.requests import Request
from dashboard.upload_handler import is_too_large
from wrapups.domain.roles import Right
from wrapups.domain.sheets import BadFile
from wrapups.models import Upload
from wrapups.services import taking_away, uploading


@require_safe
def upload_list(request: Request) -> HttpResponse:
    """List the files that were handed in, the newest first."""
    return page_or_fragment(
        request,
        "uploads/list.html",
        "uploads/_uploads.html",
        upload_page(request.organization, **places_in(request.GET)),
    )


@require_http_methods(["GET", "HEAD", "POST"])
def upload_add(request: Request) -> HttpResponse:
    """Read a file into lines, or have it read; what cannot be read is refused at its field, and not kept."""
    sources = sources_of(request.organization)
    if request.method != "POST":
        form = UploadForm(source=next(iter(sources), ""))
        return render(request, "uploads/add.html", {"form": form, "sources": sources})
    too_large = is_too_large(request)
    form = UploadForm(request.POST, request.FILES, too_large=too_large)
    if form.is_valid() and (upload := _kept(request, form)):
        return redirect("upload-mapping", upload.pk)
    status = 413 if too_large else 200
    return render(request, "uploads/add.html", {"form": form, "sources": sources}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def upload_mapping(request: Request, pk: int) -> HttpResponse:
    """Choose which column holds what, and have every line checked by that."""
    row = UploadRow(_upload(request, pk))
    if not row.may_be_mapped:
        return redirect("upload-detail", pk)
    samples = samples_of(row.upload)
    form = ColumnsForm(request.POST if request.method == "POST" else None, row.upload, samples=samples)
    if request.method == "POST" and form.is_valid():
        try:
            uploading.check(row.upload, columns=form.columns(), actor=request.actor)
        except uploading.CannotTakeIn as error:
            messages.error(request, str(error))
        return redirect("upload-detail", pk)
    return render(request, "uploads/mapping.html", {"row": row, "form": form, "samples": samples})


@require_safe
def upload_detail(request: Request, pk: int) -> HttpResponse:
    """Show one file: how it stands, and its lines; while it is being taken in it asks for itself."""
    return _shown(request, _upload(request, pk))


@require_POST
def upload_take_in(request: Request, pk: int) -> HttpResponse:
    """Let a worker take in the good lines; where some are refused the form says that it be without them."""
    upload = _upload(request, pk)
    try:
        uploading.begin(upload, good_ones_only="good_ones_only" in request.POST, actor=request.actor)
    except uploading.CannotTakeIn as error:
        return _shown(request, upload, problem=str(error))
    return redirect("upload-detail", pk)


@require_POST
def upload_cancel(request: Request, pk: int) -> HttpResponse:
    """Take in nothing more of a file."""
    upload = _upload(request, pk)
    try:
        uploading.cancel(upload, actor=request.actor)
    except uploading.CannotTakeIn as error:
        return _shown(request, upload, problem=str(error))
    messages.success(request, "The file is cancelled. What was taken in stays.")
    return redirect("upload-detail", pk)


@require_POST
def upload_result(request: Request, pk: int) -> StreamingHttpResponse:
    """Send what became of each line, or of those with one outcome, under a name of ours. It is on record."""
    upload, outcome = _upload(request, pk), request.GET.get("outcome", "")
    if not _may_be_taken(request, upload):
        raise PermissionDenied("Somebody else handed this file in. Ask them, or somebody who may export.")
    taking_away.record(request.organization, "result of a file", which=upload.filename, actor=request.actor)
    rows = result_of(upload, outcome=outcome, masks=_masks(request, upload))
    return csv_response(f"file-{upload.pk}-result.csv", rows)


def _kept(request: Request, form: UploadForm) -> Upload | None:
    """Keep a file; None where it cannot be read, which the form then says."""
    file, source = form.cleaned_data["file"], form.cleaned_data["source"]
    try:
        return uploading.keep(
            request.organization, file=file.file, filename=file.name, source=source, actor=request.actor
        )
    except BadFile as error:
        form.add_error("file", str(error))
        return None


def _upload(request: Request, pk: int) -> Upload:
    uploads = Upload.objects.of(request.organization).select_related("organization", "person", "act__person")
    found: Upload = get_object_or_404(uploads, pk=pk)
    return found


def _shown(request: Request, upload: Upload, *, problem: str = "") -> HttpResponse:
    upload.refresh_from_db(fields=["state", "counted", "columns", "problem"])
    row, may_be_taken = UploadRow(upload), _may_be_taken(request, upload)
    lines = lines_of(
        row,
        outcome=request.GET.get("outcome", ""),
        after=key_in(request.GET.get("after", "")) or 0,
        masks=_masks(request, upload),
    )
    context = {"row": row, "problem": problem, "may_be_taken": may_be_taken, **lines}
    return page_or_fragment(request, "uploads/detail.html", "uploads/_upload.html", context)


def _may_be_taken(request: Request, upload: Upload) -> bool:
    """Return whether the lines may leave as a file: one's own may, somebody else's only with the right to export."""
    return upload.person_id == request.user.pk or Right.EXPORT in request.rights


def _masks(request: Request, upload: Upload) -> LineMasks:
    return LineMasks(upload, mask_of(request), mends=Right.SUBMIT in request.rights)

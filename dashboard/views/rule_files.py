"""Rules as files: sending them, reading one, what it would change, and taking it into the draft."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.rule_files import RuleFileForm
from dashboard.queries.rule_files import import_page, latest_imports
from dashboard.requests import Request
from dashboard.upload_handler import is_too_large
from wrapups.domain.sheets import BadFile
from wrapups.models import Release, RuleImport
from wrapups.services import importing_rules, releasing, taking_away
from wrapups.services.exporting_rules import EXPORTS, CannotExport

LONGEST_NUMBER = 9


@require_POST
def rule_export(request: Request) -> HttpResponse:
    """Send a release's rules as a file: the draft's, those in force, or those of a number. It is on record."""
    ending = request.GET.get("format", "csv")
    if ending not in EXPORTS:
        raise Http404("Rules are sent as csv, xlsx or json.")
    release = _release(request)
    make, media_type = EXPORTS[ending]
    try:
        content = make(release)
    except CannotExport as error:
        messages.error(request, str(error))
        return redirect("rule-list")
    taking_away.record(request.organization, "rules", which=f"{release}, {ending}", actor=request.actor)
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="rules-of-release-{release.number}.{ending}"'
    return response


@require_http_methods(["GET", "HEAD", "POST"])
def rule_import_add(request: Request) -> HttpResponse:
    """Read a file of rules; one that cannot be read is refused at its field, and nothing of it is kept."""
    too_large = request.method == "POST" and is_too_large(request)
    form = RuleFileForm(too_large=too_large)
    if request.method == "POST":
        form = RuleFileForm(request.POST, request.FILES, too_large=too_large)
        if form.is_valid() and (kept := _kept(request, form)):
            return redirect("rule-import-detail", kept.pk)
    context = {"form": form, "latest": latest_imports(request.organization)}
    return render(request, "rule_files/add.html", context, status=413 if too_large else 200)


@require_safe
def rule_import_detail(request: Request, pk: int) -> HttpResponse:
    """Show what a file would change, or what it changed."""
    return _shown(request, _import(request, pk), request.GET)


@require_POST
def rule_import_take_in(request: Request, pk: int) -> HttpResponse:
    """Take a file into the draft, as it was seen."""
    rule_import = _import(request, pk)
    try:
        plan = importing_rules.take_in(
            rule_import,
            whole="whole" in request.POST,
            good_ones_only="good_ones_only" in request.POST,
            seen=request.POST.get("seen", ""),
            actor=request.actor,
        )
    except (importing_rules.CannotTakeIn, releasing.NotADraft) as error:
        return _shown(request, rule_import, request.POST, problem=str(error))
    told = importing_rules.counts_of(plan)
    done = ", ".join(f"{told[fate]:,} {fate}" for fate in ("added", "changed", "removed") if told[fate])
    messages.success(request, f"The file is in the draft: {done or 'the order is new'}.")
    return redirect("rule-list")


@require_POST
def rule_import_cancel(request: Request, pk: int) -> HttpResponse:
    """Take nothing of a file."""
    rule_import = _import(request, pk)
    try:
        importing_rules.cancel(rule_import, actor=request.actor)
    except importing_rules.CannotTakeIn as error:
        return _shown(request, rule_import, request.POST, problem=str(error))
    messages.success(request, "The file is cancelled. Nothing of it was taken in.")
    return redirect("rule-list")


def _kept(request: Request, form: RuleFileForm) -> RuleImport | None:
    """Keep a file; None where it cannot be read, which the form then says."""
    file = form.cleaned_data["file"]
    try:
        return importing_rules.keep(request.organization, file=file.file, filename=file.name, actor=request.actor)
    except BadFile as error:
        form.add_error("file", str(error))
        return None


def _shown(request: Request, rule_import: RuleImport, asked: Any, *, problem: str = "") -> HttpResponse:
    rule_import.refresh_from_db(fields=["state", "counted"])
    after = _number(asked.get("after", "")) or 0
    page = import_page(rule_import, whole="whole" in asked, fate=asked.get("fate", ""), after=after)
    return render(request, "rule_files/detail.html", {"page": page, "problem": problem})


def _import(request: Request, pk: int) -> RuleImport:
    rows = RuleImport.objects.of(request.organization).select_related("organization", "person")
    found: RuleImport = get_object_or_404(rows, pk=pk)
    return found


def _release(request: Request) -> Release:
    """Return the release that is asked for; by default the draft, or else the one in force."""
    releases, asked = Release.objects.of(request.organization), request.GET.get("release", "")
    if number := _number(asked):
        found: Release = get_object_or_404(releases, number=number)
        return found
    present = {release.state: release for release in releases.exclude(state=Release.State.RETIRED)}
    states = [Release.State.DRAFT, Release.State.PROPOSED, Release.State.PUBLISHED]
    for state in states if asked != "in-force" else states[-1:]:
        if state in present:
            return present[state]
    raise Http404("There are no rules yet.")


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else None

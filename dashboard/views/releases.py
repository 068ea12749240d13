"""Releases: the draft's life, and the published ones to read."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.rules import ReasonForm
from dashboard.queries.releases import change_lines, rule_lines, rule_page, rules_of
from dashboard.requests import Request
from wrapups.models import Release
from wrapups.services import publishing, releasing

MOST = 200


@require_safe
def release_list(request: Request) -> HttpResponse:
    """List the releases, newest first."""
    releases = Release.objects.of(request.organization).select_related("published_by", "author").order_by("-number")
    return render(request, "rules/releases.html", {"releases": releases[:MOST]})


@require_safe
def release_detail(request: Request, number: int) -> HttpResponse:
    """Show one release with its rules; a published one never changes."""
    releases = Release.objects.of(request.organization).select_related("published_by", "author")
    release = get_object_or_404(releases, number=number)
    lines = rule_lines(request.organization, rules_of(release))
    return render(request, "rules/release.html", {"release": release, "lines": lines})


@require_POST
def draft_open(request: Request) -> HttpResponse:
    """Begin a draft as a copy of the release in force, or go on with the one there is."""
    releasing.open_draft(request.organization, actor=request.actor)
    return redirect("rule-list")


@require_POST
def release_discard(request: Request) -> HttpResponse:
    """Throw the draft away."""
    draft = _draft(request)
    try:
        releasing.discard(draft, actor=request.actor)
    except releasing.NotADraft as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The draft of release {draft.number} is thrown away.")
    return redirect("rule-list")


@require_http_methods(["GET", "HEAD", "POST"])
def release_publish(request: Request) -> HttpResponse:
    """Show what the draft changes and ask for the reason; then put it in force."""
    draft = _draft(request)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            published = publishing.publish(draft, reason=form.cleaned_data["reason"], actor=request.actor)
        except (publishing.CannotPublish, releasing.NotADraft) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Release {published.number} is in force.")
            return redirect("rule-list")
    page = rule_page(request.organization, draft=True)
    context = {"page": page, "changes": change_lines(request.organization, page.changes), "form": form}
    return render(request, "rules/publish.html", context)


def _draft(request: Request) -> Release:
    draft: Release = get_object_or_404(Release.objects.of(request.organization), state=Release.State.DRAFT)
    return draft

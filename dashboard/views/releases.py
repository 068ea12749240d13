"""Releases: their list, one to be read, two compared, an earlier one restored, a roll-out widened."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.releases import CompareForm, RestoreForm, WidenForm
from dashboard.queries.decisions_again import in_words, latest_of, waiting
from dashboard.queries.differences import change_lines
from dashboard.queries.keyset import places_in
from dashboard.queries.put_backs import latest_put_backs
from dashboard.queries.release_pages import PEOPLE, Standing, numbers, part_of, queue_names, release_page
from dashboard.queries.releases import rule_lines, rules_of
from dashboard.requests import Request
from wrapups.models import Release
from wrapups.services import putting_back, releasing, restoring, rolling_out
from wrapups.services.publishing import CannotPublish, StandsAgainst
from wrapups.services.rulebook import in_force


@require_safe
def release_list(request: Request) -> HttpResponse:
    """List the releases, newest first."""
    context = {
        "page": release_page(request.organization, **places_in(request.GET)),
        "form": CompareForm(None, numbers(request.organization)),
        "put_backs": latest_put_backs(request.organization),
    }
    return render(request, "releases/list.html", context)


@require_safe
def release_detail(request: Request, number: int) -> HttpResponse:
    """Show one release with its rules; a published one never changes them."""
    return _detail(request, _release(request, number))


@require_safe
def release_compare(request: Request) -> HttpResponse:
    """Show what one release changes against another, field by field."""
    form = CompareForm(request.GET, numbers(request.organization))
    context: dict[str, Any] = {"form": form}
    if form.is_valid():
        pair = [_release(request, form.cleaned_data[name]) for name in ("a", "b")]
        older, newer = (rules_of(release) for release in pair)
        context |= {"pair": pair, "changes": change_lines(request.organization, older, newer)}
    return render(request, "releases/compare.html", context)


@require_POST
def draft_open(request: Request) -> HttpResponse:
    """Begin a draft as a copy of the release in force, or go on with the one there is."""
    try:
        releasing.open_draft(request.organization, actor=request.actor)
    except releasing.NotADraft as error:
        messages.error(request, str(error))
    return redirect("rule-list")


@require_POST
def release_discard(request: Request) -> HttpResponse:
    """Throw the draft away."""
    draft = get_object_or_404(Release.objects.of(request.organization), state=Release.State.DRAFT)
    try:
        releasing.discard(draft, actor=request.actor)
    except releasing.NotADraft as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The draft of release {draft.number} is thrown away.")
    return redirect("rule-list")


@require_POST
def release_widen(request: Request, number: int) -> HttpResponse:
    """Let the release in force decide more, or less with a reason."""
    release = _release(request, number)
    form = WidenForm(request.POST, request.organization)
    if form.is_valid():
        try:
            rolling_out.widen(release, form.rollout, reason=form.cleaned_data["reason"], actor=request.actor)
        except rolling_out.CannotWiden as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, f"Release {number} decides {part_of(release) or 'everything'} from now on.")
            return redirect("release-detail", number)
    return _detail(request, release, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
def release_restore(request: Request, number: int) -> HttpResponse:
    """Show what an earlier release changes, and ask for the reason; then put its rules in force again."""
    release = _release(request, number)
    form = RestoreForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        goes = in_force(request.organization)
        try:
            back = restoring.put_back_in_force(
                release,
                reason=form.cleaned_data["reason"],
                actor=request.actor,
                despite=form.cleaned_data["despite"],
                introduction=form.introduction,
            )
        except CannotPublish as error:
            form.add_error("despite" if isinstance(error, StandsAgainst) else None, str(error))
        else:
            messages.success(
                request, f"Release {back.number} is in force, with the rules of release {number}.{in_words(back)}"
            )
            return _after(request, goes if form.cleaned_data["codes_too"] else None, form.cleaned_data["reason"])
    return _restore(request, release, form)


@require_POST
def release_draft(request: Request, number: int) -> HttpResponse:
    """Begin a draft with the rules of an earlier release; one that exists is thrown away only where that was ticked."""
    release, instead = _release(request, number), "instead" in request.POST
    try:
        restoring.restore_as_draft(release, actor=request.actor, in_place_of_draft=instead)
    except (restoring.DraftInTheWay, releasing.NotADraft) as error:
        return _restore(request, release, RestoreForm(None), problem=str(error))
    messages.success(request, f"The draft has the rules of release {number} now.")
    return redirect("rule-list")


def _after(request: Request, goes: Release | None, reason: str) -> HttpResponse:
    """Go to the preview of putting its codes back, where that is wanted and can be."""
    if goes is None:
        return redirect("rule-list")
    goes.refresh_from_db()
    try:
        act = putting_back.ask(goes, reason=reason, actor=request.actor)
    except putting_back.StillOpen as error:
        messages.error(request, f"The codes of release {goes.number} were not counted. {error}")
        return redirect("put-back", error.act.pk)
    except putting_back.CannotPutBack as error:
        messages.error(request, str(error))
        return redirect("release-detail", goes.number)
    return redirect("put-back", act.pk)


def _release(request: Request, number: int) -> Release:
    rows = Release.objects.of(request.organization).select_related("organization", *PEOPLE)
    found: Release = get_object_or_404(rows, number=number)
    return found


def _detail(request: Request, release: Release, *, form: WidenForm | None = None) -> HttpResponse:
    part = {"percent": release.rollout_percent, "queues": release.rollout_queues}
    context = {
        "release": release,
        "standing": Standing.of(release),
        "part": part_of(release),
        "queues": queue_names(request.organization, release),
        "lines": rule_lines(request.organization, rules_of(release)),
        "present": in_force(request.organization),
        # It counts the conversations of all divisions.
        "decided_again": None if request.organization.sight.is_limited else latest_of(release),
        "form": form or WidenForm(None, request.organization, initial=part),
    }
    return render(request, "releases/detail.html", context)


def _restore(request: Request, release: Release, form: RestoreForm, *, problem: str = "") -> HttpResponse:
    present = in_force(request.organization)
    context = {
        "release": release,
        "present": present,
        "draft": releasing.draft_of(request.organization),
        "changes": change_lines(request.organization, rules_of(present), rules_of(release)),
        "form": form,
        "problem": problem,
        "address": reverse("release-draft", args=[release.number]),
        "waiting": waiting(request.organization),
        "refusal": restoring.why_not(release),
        "objections": restoring.objections(release),
    }
    return render(request, "releases/restore.html", context)

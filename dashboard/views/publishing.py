"""A draft's way into force: published, proposed, approved, given a time, withdrawn."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.forms.releases import PublishForm, TimeForm
from dashboard.queries.decisions_again import in_words
from dashboard.queries.release_pages import OpenRelease
from dashboard.requests import Request
from wrapups.models import Release
from wrapups.services import proposing, publishing, rebasing
from wrapups.services.proposing import CannotPropose
from wrapups.services.publishing import CannotPublish, StandsAgainst
from wrapups.services.releasing import NotADraft

TROUBLE = (CannotPropose, CannotPublish, NotADraft)


@require_http_methods(["GET", "HEAD", "POST"])
def release_publish(request: Request) -> HttpResponse:
    """Show what the draft, or the proposed release, changes; put it in force, or propose it for the time given."""
    release = _open(request)
    if request.method != "POST":
        return _page(request, release)
    if release.state == Release.State.PROPOSED:
        return _publish_proposed(request, release)
    form = PublishForm(request.POST, release)
    if form.is_valid() and form.cleaned_data["publish_at"]:
        return _propose(request, release, form)
    return _publish(request, release, form)


@require_POST
def release_propose(request: Request) -> HttpResponse:
    """Close the draft for others to look at, with its time, if it has one."""
    release = _open(request)
    return _propose(request, release, PublishForm(request.POST, release))


@require_POST
def release_approve(request: Request) -> HttpResponse:
    """Agree to what another person proposed."""
    return _done(request, lambda release: proposing.approve(release, actor=request.actor), "Release {} is approved.")


@require_POST
def release_withdraw(request: Request) -> HttpResponse:
    """Make the proposed release a draft again."""
    return _done(
        request,
        lambda release: proposing.withdraw(release, actor=request.actor),
        "Release {} is withdrawn; its rules can be changed.",
        to="rule-list",
    )


@require_POST
def release_reschedule(request: Request) -> HttpResponse:
    """Give the proposed release another time, or none."""
    release = _open(request)
    form = TimeForm(request.POST, release)
    if not form.is_valid():
        return _page(request, release, time=form)
    at = form.cleaned_data["publish_at"]
    said = "Release {} comes into force then." if at else "Release {} waits for somebody to publish it."
    return _done(request, lambda release: proposing.reschedule(release, publish_at=at, actor=request.actor), said)


@require_POST
def release_rebase(request: Request) -> HttpResponse:
    """Make the draft's own changes to what has come into force since it was begun."""
    draft = _open(request)
    try:
        both = rebasing.rebase(draft, actor=request.actor)
    except (rebasing.UpToDate, NotADraft) as error:
        messages.error(request, str(error))
    else:
        also = f" Changed on both sides, and yours stand: {', '.join(both)}." if both else ""
        messages.success(request, f"The draft of release {draft.number} is up to date.{also}")
    return redirect("release-publish")


def _publish(request: Request, release: Release, form: PublishForm) -> HttpResponse:
    if not form.is_valid():
        return _page(request, release, form=form)
    try:
        publishing.publish(
            release,
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            despite=form.cleaned_data["despite"],
            introduction=form.introduction,
        )
    except TROUBLE as error:
        form.add_error("despite" if isinstance(error, StandsAgainst) else None, str(error))
        return _page(request, release, form=form)
    messages.success(request, f"Release {release.number} is in force.{in_words(release)}")
    return redirect("rule-list")


def _propose(request: Request, release: Release, form: PublishForm) -> HttpResponse:
    if not form.is_valid():
        return _page(request, release, form=form)
    try:
        proposing.propose(
            release,
            reason=form.cleaned_data["reason"],
            actor=request.actor,
            introduction=form.introduction,
            publish_at=form.cleaned_data["publish_at"],
        )
    except TROUBLE as error:
        form.add_error(None, str(error))
        return _page(request, release, form=form)
    messages.success(request, f"Release {release.number} is proposed.")
    return redirect("release-publish")


def _publish_proposed(request: Request, release: Release) -> HttpResponse:
    despite = request.POST.get("despite", "")
    return _done(
        request,
        lambda each: publishing.publish(each, reason=each.reason, actor=request.actor, despite=despite),
        "Release {} is in force.",
        to="rule-list",
        typed=despite,
    )


def _done(
    request: Request, act: Callable[[Release], object], said: str, *, to: str = "release-publish", typed: str = ""
) -> HttpResponse:
    release = _open(request)
    try:
        act(release)
    except TROUBLE as error:
        return _page(request, _open(request), problem=str(error), despite=typed)
    messages.success(request, said.format(release.number))
    return redirect(to)


def _open(request: Request) -> Release:
    states = [Release.State.DRAFT, Release.State.PROPOSED]
    people = ("organization", "author", "proposed_by", "approved_by", "base")
    rows = Release.objects.of(request.organization).select_related(*people)
    found: Release = get_object_or_404(rows, state__in=states)
    return found


def _page(
    request: Request,
    release: Release,
    *,
    form: PublishForm | None = None,
    time: TimeForm | None = None,
    problem: str = "",
    despite: str = "",
) -> HttpResponse:
    context = {
        "open": OpenRelease(release, request.user),
        "release": release,
        "form": form or PublishForm(None, release),
        "time": time or TimeForm(None, release),
        "problem": problem,
        "despite": despite,
    }
    return render(request, "releases/publish.html", context)

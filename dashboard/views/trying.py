"""Trying rules: a known conversation, or facts that somebody types, against a release or a rule nobody has saved."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.forms.try_page import ask_for, try_page
from dashboard.forms.trying import TryForm
from dashboard.forms.typed_rules import line_of, typed_rule
from dashboard.fragments import page_or_fragment
from dashboard.masks import mask_of
from dashboard.queries.keyset import key_in
from dashboard.queries.trying import releases_to_try
from dashboard.requests import Request
from wrapups.domain.roles import Right
from wrapups.domain.rules import compile_release
from wrapups.models import Release
from wrapups.services.trying import rules_of, with_rule

TYPED = 0
"""The key of a rule that has no row yet; rows begin at 1."""


@require_http_methods(["GET", "HEAD", "POST"])
def rule_try(request: Request) -> HttpResponse:
    """Answer with what a release does with these facts, or with a conversation that is known here."""
    posted = request.method == "POST"
    form = TryForm.typed(request.POST, request.organization) if posted else TryForm.asked(request.GET)
    releases = releases_to_try(request.organization)
    release = chosen_release(releases, form.release, draft_first=Right.CHANGE_RULES in request.rights)
    page = try_page(request.organization, form, rules_of(release) if release else None, mask_of(request))
    context = {"page": page, "releases": releases, "release": release}
    return page_or_fragment(request, "trying/try.html", "trying/_try.html", context)


@require_POST
def rule_try_typed(request: Request) -> HttpResponse:
    """Answer with what the draft would do if it had the rule as it is typed in the editor; nothing is kept."""
    form = TryForm.typed(request.POST, request.organization)
    replaces = key_in(request.POST.get("rule", ""))
    typed = typed_rule(request.POST, request.organization, key=replaces or TYPED)
    release = with_rule(request.organization, typed, replaces=replaces, line=line_of(request.POST))
    if form.look is None:
        form.look = typed.key
    if "leg" not in request.POST:
        ask_for(form, compile_release([typed]))
    page = try_page(request.organization, form, release)
    return render(request, "trying/_beside.html", {"page": page, "rule": replaces, "typed": typed})


def chosen_release(releases: list[Release], asked: str, *, draft_first: bool) -> Release | None:
    """Return the release of that number; else the draft for those who change rules, or the one in force."""
    states = [Release.State.DRAFT, Release.State.PROPOSED, Release.State.PUBLISHED]
    wanted = states if draft_first else reversed(states)
    by_state = (release for state in wanted for release in releases if release.state == state)
    named = next((release for release in releases if str(release.number) == asked), None)
    return named or next(by_state, None)

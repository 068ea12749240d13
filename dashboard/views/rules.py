"""Mapping rules: reading them, editing the draft."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.forms.rule_beginnings import begun
from dashboard.forms.rule_editor import editor
from dashboard.forms.rules import MoveForm, RuleForm
from dashboard.forms.selected_rules import SelectedForm
from dashboard.fragments import page_or_fragment, wants_fragment
from dashboard.masks import mask_of
from dashboard.queries.checks import checks_of, typed_marks
from dashboard.queries.keyset import key_in
from dashboard.queries.meanwhile import Meanwhile
from dashboard.queries.releases import rule_page
from dashboard.queries.rule_filter import RuleFilter, page_with, shown
from dashboard.requests import Request
from wrapups.domain.analysis import Consequences
from wrapups.domain.roles import Right
from wrapups.models import MappingRule, Release
from wrapups.services import analysing, releasing
from wrapups.services.meanwhile import ChangedMeanwhile, latest_entry
from wrapups.services.usable_rules import UnfitRule, owners

DRAFT = "draft"


@require_safe
def rule_list(request: Request) -> HttpResponse:
    """List the rules in force, or those of the draft, as sentences."""
    asked = request.GET.get("release", "")
    draft = asked == DRAFT or (not asked and Right.CHANGE_RULES in request.rights)
    return page_or_fragment(request, "rules/list.html", "rules/_rules.html", _listed(request, draft=draft))


@require_http_methods(["GET", "HEAD", "POST"])
def rule_add(request: Request) -> HttpResponse:
    """Show the form of a new rule; put it where it shall be in the draft, which is begun if there is none."""
    if request.method != "POST":
        return _form(request, begun(request.GET, request.organization, owner=request.user))
    form = RuleForm.typed(request.POST, request.organization)

    def add() -> MappingRule:
        draft = releasing.open_draft(request.organization, actor=request.actor)
        return releasing.add_rule(draft, actor=request.actor, line=form.cleaned_data["line"], **form.for_service())

    return _edited(request, form, add)


@require_http_methods(["GET", "HEAD", "POST"])
def rule_change(request: Request, pk: int) -> HttpResponse:
    """Show the form of one of the draft's rules, and keep what is typed into it."""
    rule = _of_draft(request, pk)
    if request.method != "POST":
        code = request.GET.get("code", "")
        return _form(request, RuleForm.stored(rule, request.organization, code=code, opened=rule.opened), rule)
    form = RuleForm.typed(request.POST, request.organization)

    def change() -> MappingRule:
        return releasing.change_rule(rule, actor=request.actor, opened=form.seen, **form.for_service())

    return _edited(request, form, change, rule)


@require_POST
def rule_preview(request: Request) -> HttpResponse:
    """Answer with the sentence that the rule reads as, while it is typed; nothing is kept."""
    form = RuleForm.typed(request.POST, request.organization)
    return render(request, "rules/_sentence.html", {"editor": editor(form, request.organization)})


@require_POST
def rule_move(request: Request, pk: int) -> HttpResponse:
    """Put a rule of the draft at another line; where that hides rules, say so first and wait for a word."""
    rule, form = _of_draft(request, pk), MoveForm(request.POST)
    if not form.is_valid():
        return _after_move(request, None)
    to_line = form.cleaned_data["to_line"]
    hidden = Consequences() if form.is_seen else analysing.hidden_by_move(rule, to_line=to_line)
    if hidden.flaws or hidden.hides:
        asked = {"rule": rule, "to_line": to_line, "marks": typed_marks(hidden.flaws, hidden.hides)}
        context = {**_listed(request, draft=True), "asked_move": asked}
        return page_or_fragment(request, "rules/list.html", "rules/_rules.html", context)
    try:
        releasing.move_rule(rule, to_line=to_line, actor=request.actor)
    except releasing.NotADraft as error:
        messages.error(request, str(error))
    return _after_move(request, rule)


@require_POST
def rule_duplicate(request: Request, pk: int) -> HttpResponse:
    """Put a copy right below a rule of the draft, and open it to be changed."""
    rule = _of_draft(request, pk)
    try:
        copy = releasing.duplicate_rule(rule, actor=request.actor)
    except releasing.NotADraft as error:
        messages.error(request, str(error))
        return redirect("rule-list")
    messages.success(request, f"This is a copy of {rule.name}. It decides nothing until you change it or move it up.")
    return redirect("rule-change", copy.pk)


@require_POST
def rules_change(request: Request) -> HttpResponse:
    """Change the ticked rules of the draft alike, and say how many differ by it."""
    form = SelectedForm(request.POST, request.organization)
    draft = get_object_or_404(Release.objects.of(request.organization), state=Release.State.DRAFT)
    if not form.is_valid():
        messages.error(request, form.problem())
        return _to_list(request)
    try:
        changed = releasing.change_rules(draft, form.chosen, actor=request.actor, **form.for_service())
    except (releasing.NotADraft, UnfitRule) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, form.done(changed))
    return _to_list(request)


@require_POST
def rule_remove(request: Request, pk: int) -> HttpResponse:
    """Take a rule out of the draft."""
    rule = _of_draft(request, pk)
    try:
        releasing.remove_rule(rule, actor=request.actor, opened=key_in(request.POST.get("opened", "")))
    except releasing.NotADraft as error:
        messages.error(request, str(error))
    except ChangedMeanwhile:
        messages.error(request, f"Somebody has changed rule {rule.name} since you saw it. It stays: look at it first.")
    else:
        messages.success(request, f"Rule {rule.name} is out of the draft.")
    return redirect("rule-list")


def _after_move(request: Request, moved: MappingRule | None) -> HttpResponse:
    """Show the list as it is now, with the moved rule's handle ready to be moved on."""
    if wants_fragment(request):
        return render(request, "rules/_rules.html", {**_listed(request, draft=True), "moved": moved})
    return _to_list(request)


def _of_draft(request: Request, pk: int) -> Any:
    """Return the rule with `opened`, its latest audit entry."""
    rules = MappingRule.objects.of(request.organization).select_related("release", "wrapup_code", "organization")
    rules = rules.annotate(opened=latest_entry(MappingRule))
    return get_object_or_404(rules, pk=pk, release__state=Release.State.DRAFT)


def _listed(request: Request, *, draft: bool) -> dict[str, Any]:
    """Return what the list needs: the release whole, and of it what the address asks for."""
    page = rule_page(request.organization, draft=draft)
    may_change = page.is_draft and Right.CHANGE_RULES in request.rights
    return {
        "page": page,
        "checks": checks_of(request.organization, [line.rule for line in page.lines]),
        "shown": shown(RuleFilter.read(request.GET), request.organization, page.lines),
        "may_change": may_change,
        "people": owners(request.organization.pk) if may_change else (),
    }


def _to_list(request: Request) -> HttpResponse:
    """Go back to the list as it was narrowed."""
    return redirect(f"{reverse('rule-list')}{RuleFilter.read(request.GET).query_string}")


def _edited(
    request: Request, form: RuleForm, save: Callable[[], MappingRule], rule: MappingRule | None = None
) -> HttpResponse:
    """Answer one of the editor's buttons with the form as it is now, or save a form that is right."""
    if "edit" in request.POST:
        return _form(request, form, rule)
    if not form.is_valid():
        return _form(request, form, rule)
    try:
        saved = save()
    except releasing.NotADraft as error:
        form.add_error(None, str(error))
        return _form(request, form, rule)
    except ChangedMeanwhile as error:
        return _form(request, form, rule, meanwhile=Meanwhile.of(error, request.organization, mask_of(request)))
    address = f"{reverse('rule-list')}{page_with(saved.line).query_string}#rule-{saved.pk}"
    said = 'Rule <a class="said" href="{}">{}</a> is saved in the draft, at line {}.'
    messages.success(request, format_html(said, address, saved.name, saved.line))
    return redirect(address)


def _form(request: Request, form: RuleForm, rule: MappingRule | None = None, **more: Any) -> HttpResponse:
    context: dict[str, Any] = {"editor": editor(form, request.organization), "form": form, "rule": rule, **more}
    template = "rules/_form.html" if wants_fragment(request) else "rules/form.html"
    return render(request, template, context)

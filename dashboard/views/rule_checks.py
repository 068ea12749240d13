"""What is the matter with the rules: of a whole release, of a rule that is typed, and of a move before it is made."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe

from dashboard.forms.rules import MoveForm
from dashboard.forms.typed_rules import line_of, typed_rule
from dashboard.queries.checks import checks_of, line_before, typed_marks
from dashboard.queries.gaps import gaps_of
from dashboard.queries.keyset import key_in
from dashboard.queries.releases import rules_of
from dashboard.requests import Request
from wrapups.domain.analysis import Consequences
from wrapups.domain.roles import Right
from wrapups.models import MappingRule, Release
from wrapups.services import analysing, releasing
from wrapups.services.rulebook import in_force
from wrapups.services.trying import cases_broken_by

DRAFT = "draft"
TYPED = 0
"""The key of a rule that has no row yet; rows begin at 1."""


@require_safe
def rule_checks(request: Request) -> HttpResponse:
    """Show all that is the matter with the draft, or with the rules in force, and what no rule covered."""
    asked = request.GET.get("release", "")
    draft, present = releasing.draft_of(request.organization), in_force(request.organization)
    wants_draft = asked == DRAFT or (not asked and Right.CHANGE_RULES in request.rights)
    release = (draft if wants_draft else None) or present
    rules = rules_of(release)
    context = {
        "release": release,
        "draft": draft,
        "in_force": present,
        "rules": rules,
        "checks": checks_of(request.organization, rules),
        "gaps": gaps_of(request.organization),
    }
    return render(request, "rules/checks.html", context)


@require_POST
def rule_checks_typed(request: Request) -> HttpResponse:
    """Answer with what would come of the rule that is typed in the editor; nothing is kept."""
    replaces = key_in(request.POST.get("rule", ""))
    typed = typed_rule(request.POST, request.organization, key=replaces or TYPED)
    place = {"replaces": replaces, "line": line_of(request.POST)}
    found = analysing.findings_for(request.organization, typed, **place)
    broken = cases_broken_by(request.organization, typed, **place)
    before = None if replaces else line_before(found.flaws)
    return _marks(request, "rules/_checks_typed.html", found, rule=replaces, broken=broken, before=before)


@require_safe
def rule_move_check(request: Request, pk: int) -> HttpResponse:
    """Answer with what would come of moving a rule of the draft to another line; nothing is moved."""
    rules = MappingRule.objects.of(request.organization).select_related("release", "wrapup_code", "organization")
    rule = get_object_or_404(rules, pk=pk, release__state=Release.State.DRAFT)
    form = MoveForm(request.GET)
    if not form.is_valid():
        return _marks(request, "rules/_move_check.html", Consequences(), rule=rule)
    to_line = form.cleaned_data["to_line"]
    found = analysing.findings_for_move(rule, to_line=to_line)
    return _marks(request, "rules/_move_check.html", found, rule=rule, to_line=to_line)


def _marks(request: Request, template: str, found: Consequences, **context: object) -> HttpResponse:
    return render(request, template, context | {"marks": typed_marks(found.flaws, found.hides)})

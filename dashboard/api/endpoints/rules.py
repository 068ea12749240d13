"""Rules as a file: out for review in git, and into the draft."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from dashboard.api.authentication import ApiKeyAuth
from dashboard.api.once import IdempotencyKey, answered_once
from dashboard.api.problems import FieldError, Kind, Problem
from dashboard.api.requests import ApiRequest
from dashboard.api.schemas.rules import Asked, RuleBlock, RuleFile, RuleOutcome, RulesImported, RulesIn
from wrapups.domain.rule_blocks import FORMAT
from wrapups.domain.rule_plan import Fate, Plan, Row
from wrapups.domain.scopes import Scope
from wrapups.models import Release
from wrapups.services import importing_rules, reading_rules, releasing
from wrapups.services.exporting_rules import blocks_of
from wrapups.services.rule_books import book_of

router = Router(tags=["Rules"])
MOST_ERRORS = 50
SEE_DRY_RUN = "This rule is refused. A dry run says why."


@router.get("/rules", auth=ApiKeyAuth(Scope.READ), response=RuleFile, exclude_unset=True, url_name="api-rules")
def export_rules(request: ApiRequest, asked: Asked) -> RuleFile:
    """Read the rules of a release as a file, the same for the same rules."""
    if asked.release is None:
        release = importing_rules.base_of(request.organization)
    else:
        release = Release.objects.of(request.organization).filter(number=asked.release).first()
    if release is None:
        raise Problem(Kind.NOT_FOUND, "There is no such release, or no rule yet.")
    return RuleFile(format=FORMAT, rules=[RuleBlock.model_validate(block) for block in blocks_of(release)])


@router.post("/rules/import", auth=ApiKeyAuth(Scope.RULES), response={200: RulesImported}, url_name="api-rules-import")
def import_rules(request: ApiRequest, told: RulesIn, idempotency_key: IdempotencyKey = None) -> HttpResponse:
    """Say what a file of rules would change in the draft; with `dry_run` false, take it in. Nothing is published.

    A request may have 256 KiB; a larger file goes in by the page or by the command.
    """
    return answered_once(request, idempotency_key, lambda: (200, _imported(request, told)))


def _imported(request: ApiRequest, told: RulesIn) -> dict[str, Any]:
    blocks = [block.model_dump(exclude_unset=True) for block in told.rules]
    rows = reading_rules.of_blocks(blocks, book_of(request.organization))
    plan = importing_rules.plan(request.organization, rows, whole=told.whole)
    if not told.dry_run and (plan.differences or plan.count(Fate.REFUSED)):
        plan = _taken_in(request, told, rows, plan)
    return RulesImported(dry_run=told.dry_run, **importing_rules.counts_of(plan), rules=_outcomes(plan)).model_dump(
        mode="json"
    )


def _taken_in(request: ApiRequest, told: RulesIn, rows: list[Row], plan: Plan) -> Plan:
    try:
        return importing_rules.take_in_rows(
            request.organization,
            rows,
            whole=told.whole,
            good_ones_only=told.good_ones_only,
            actor=request.program,
        )
    except importing_rules.CannotTakeIn as error:
        if not plan.count(Fate.REFUSED):
            raise Problem(Kind.NOT_SO, str(error)) from error
        raise Problem(Kind.INVALID, str(error), errors=_errors(plan)) from error
    except releasing.NotADraft as error:
        raise Problem(Kind.NOT_SO, str(error)) from error


def _outcomes(plan: Plan) -> list[RuleOutcome]:
    return [
        RuleOutcome(number=each.number, outcome=each.fate, name=each.name, reason=each.reason or None)
        for each in plan.verdicts
        if each.fate is not Fate.UNCHANGED
    ]


def _errors(plan: Plan) -> list[FieldError]:
    """Return where the refused rules are; the reasons name what the request said, which no refusal repeats."""
    refused = [each for each in plan.verdicts if each.fate is Fate.REFUSED]
    return [FieldError(f"rules.{each.number - 1}", SEE_DRY_RUN) for each in refused[:MOST_ERRORS]]

"""Reading releases and the rules in them."""

from typing import Annotated, Any

from django.db.models import Count
from ninja import Path, Router

from dashboard.api.authentication import ApiKeyAuth
from dashboard.api.problems import Kind, Problem
from dashboard.api.requests import ApiRequest
from dashboard.api.schemas.fields import Named
from dashboard.api.schemas.releases import Asked, Number, ReleaseDetail, ReleaseOut, ReleasePage, RuleOut
from dashboard.queries.names import Names, ids_in
from wrapups.domain.scopes import Scope
from wrapups.domain.sentences import Sentence, rule_sentence
from wrapups.models import MappingRule, Organization, Release
from wrapups.services.rulebook import rule_of

router = Router(tags=["Releases"])


@router.get("/releases", auth=ApiKeyAuth(Scope.READ), response=ReleasePage, url_name="api-release-list")
def list_releases(request: ApiRequest, asked: Asked) -> ReleasePage:
    """List releases, the newest first, page by page."""
    rows = Release.objects.of(request.organization).annotate(rule_count=Count("rules"))
    if asked.cursor is not None:
        rows = rows.filter(number__lt=asked.cursor)
    found = list(rows.order_by("-number")[: asked.limit + 1])
    shown = found[: asked.limit]
    return ReleasePage(
        items=[ReleaseOut(**_head(row), rules=row.rule_count) for row in shown],
        next=shown[-1].number if len(found) > asked.limit else None,
    )


@router.get("/releases/{number}", auth=ApiKeyAuth(Scope.READ), response=ReleaseDetail, url_name="api-release")
def read_release(request: ApiRequest, number: Annotated[Number, Path()]) -> ReleaseDetail:
    """Read one release with its rules, in the order in which they are tried."""
    row = Release.objects.of(request.organization).filter(number=number).first()
    if row is None:
        raise Problem(Kind.NOT_FOUND, "There is no release of this number.")
    return ReleaseDetail(**_head(row), rules=_rules(request.organization, row))


def _head(row: Release) -> dict[str, Any]:
    return {
        "number": row.number,
        "state": row.state,
        "reason": row.reason or None,
        "created_at": row.created_at,
        "published_at": row.published_at,
        "retired_at": row.retired_at,
    }


def _rules(organization: Organization, release: Release) -> list[RuleOut]:
    rows = list(release.rules.select_related("wrapup_code").order_by("line"))
    rules = [rule_of(row) for row in rows]
    wanted = ids_in(rule.when for rule in rules)
    wanted["code"] |= {rule.code_id for rule in rules}
    names = Names(organization, wanted)
    return [_rule(row, said) for row, said in zip(rows, (rule_sentence(rule, names) for rule in rules), strict=True)]


def _rule(row: MappingRule, sentence: Sentence) -> RuleOut:
    return RuleOut(
        line=row.line,
        name=row.name,
        enabled=row.enabled,
        conditions=row.conditions or {"all": []},
        sentence="".join(part.text for part in sentence),
        wrapup_code=Named(id=row.wrapup_code.genesys_id, name=row.wrapup_code.name),
        notes=row.notes,
    )

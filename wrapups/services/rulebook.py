"""The rules in force, compiled once per release and process, since a published release never changes."""

from functools import lru_cache

from wrapups.domain import notes, overrides
from wrapups.domain.conditions import parse
from wrapups.domain.rules import CompiledRelease, Rule, compile_release
from wrapups.models import MappingRule, Organization, Release


def in_force(organization: Organization) -> Release | None:
    """Return the organization's published release, or None before the first one."""
    return Release.everywhere.filter(organization=organization, state=Release.State.PUBLISHED).first()


@lru_cache(maxsize=64)
def compiled(release_pk: int) -> CompiledRelease:
    """Return a published or retired release, ready to decide; never ask for a draft, which still changes."""
    release = Release.everywhere.exclude(state__in=[Release.State.DRAFT, Release.State.PROPOSED]).get(pk=release_pk)
    return compile_now(release)


def compile_now(release: Release) -> CompiledRelease:
    """Return a release compiled as it is at this moment, a draft too."""
    rows = release.rules.select_related("wrapup_code").order_by("line")
    return compile_release([rule_of(row) for row in rows], number=release.number)


def rule_of(row: MappingRule) -> Rule:
    """Return the domain's rule for a stored one (reads its wrap-up code)."""
    return Rule(
        key=row.pk,
        position=row.line,
        name=row.name,
        code_id=row.wrapup_code.genesys_id,
        when=parse(row.conditions or {"all": []}),
        enabled=row.enabled,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        notes=notes.as_written(row.notes),
        policies=overrides.parse(row.policies),
    )

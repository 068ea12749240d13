"""The rules in force, compiled once per release and process, since a published release never changes."""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from django.db import connection

from wrapups.domain import notes, overrides
from wrapups.domain.conditions import parse
from wrapups.domain.rules import CompiledRelease, Rule, compile_release
from wrapups.models import MappingRule, Organization, Release

DRAFTS = 8
"""So many sets of rules that may still change are kept, in each process."""


def in_force(organization: Organization) -> Release | None:
    """Return the organization's published release, or None before the first one."""
    return Release.everywhere.filter(organization=organization, state=Release.State.PUBLISHED).first()


@lru_cache(maxsize=64)
def compiled(release_pk: int) -> CompiledRelease:
    """Return a published or retired release, ready to decide; never ask for a draft, which still changes."""
    release = Release.everywhere.exclude(state__in=[Release.State.DRAFT, Release.State.PROPOSED]).get(pk=release_pk)
    return compile_release(_read(release_pk), number=release.number)


def compile_now(release: Release) -> CompiledRelease:
    """Return a release compiled as it is at this moment, a draft too: anew only where a rule of it has changed."""
    return _compiled_as_of(release.pk, _stamp(release.pk), release.number)


def rules_now(release: Release) -> tuple[Rule, ...]:
    """Return all rules of a release as they are at this moment, in order; read only where one of them has changed."""
    return _rules_as_of(release.pk, _stamp(release.pk))


def with_typed(rules: Sequence[Rule], typed: Rule, *, replaces: int | None, line: int | None = None) -> list[Rule]:
    """Return the rules of a release, numbered anew, with one that nobody has saved.

    It takes the place of the rule with the key `replaces`, else it is put at the end; `line`, from 1, moves it there.
    """
    place = next((place for place, rule in enumerate(rules) if rule.key == replaces), len(rules))
    others = [rule for rule in rules if rule.key != replaces]
    others.insert(place if line is None else max(0, line - 1), typed)
    return [replace(rule, position=position) for position, rule in enumerate(others, start=1)]


@lru_cache(maxsize=DRAFTS)
def _compiled_as_of(release_pk: int, stamp: str, number: int) -> CompiledRelease:
    return compile_release(_rules_as_of(release_pk, stamp), number=number)


@lru_cache(maxsize=DRAFTS)
def _rules_as_of(release_pk: int, _stamp: str) -> tuple[Rule, ...]:
    return _read(release_pk)


def _read(release_pk: int) -> tuple[Rule, ...]:
    rows = MappingRule.everywhere.filter(release=release_pk).select_related("wrapup_code").order_by("line")
    return tuple(rule_of(row) for row in rows)


def _stamp(release_pk: int) -> str:
    """Return a text that is another one as soon as any rule of the release is: which versions of its rows there are."""
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [release_pk])
        return str(cursor.fetchone()[0])


_VERSIONS = """
    SELECT md5(string_agg(id || ' ' || ctid || ' ' || xmin, ',' ORDER BY id))
      FROM wrapups_mappingrule WHERE release_id = %s
"""
"""A row that is changed has another version, which stands in another place, also within one transaction."""


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

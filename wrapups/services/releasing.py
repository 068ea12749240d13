"""Drafting rules. Once a draft is proposed or published its rules never change; the database sees to it."""

from typing import Any

from django.db.models import Max

from wrapups.domain.conditions import parse
from wrapups.models import MappingRule, Organization, Person, Release, WrapupCode
from wrapups.services.auditing import Actor, acting

COLUMNS = (
    *("name", "conditions", "wrapup_code_id", "notes", "enabled", "policies", "valid_from", "valid_until"),
    *("identity", "owner_id", "tags", "remark"),
)
"""What makes a rule, beside its place in its release."""


class NotADraft(ValueError):
    """Only a draft's rules can be changed."""


class NotOurCode(ValueError):
    """A rule can only choose a wrap-up code of its own organization."""


def draft_of(organization: Organization) -> Release | None:
    """Return the draft, or None where nobody has begun one."""
    return Release.everywhere.filter(organization=organization, state=Release.State.DRAFT).first()


def proposed_in(organization: Organization) -> Release | None:
    """Return the release that is proposed and not yet in force, or None."""
    return Release.everywhere.filter(organization=organization, state=Release.State.PROPOSED).first()


def open_draft(organization: Organization, *, actor: Actor) -> Release:
    """Return the draft; where there is none, make one as a copy of the release in force.

    Raises NotADraft while a release is proposed: its rules wait as they are, or are withdrawn to be changed.
    """
    existing = draft_of(organization)
    if existing is not None:
        return existing
    with acting(actor, "begin a draft", organization=organization):
        Organization.objects.select_for_update().get(pk=organization.pk)
        existing = draft_of(organization)
        if existing is not None:
            return existing
        if proposed := proposed_in(organization):
            require_draft(proposed)
        present = Release.everywhere.filter(organization=organization, state=Release.State.PUBLISHED).first()
        return begin_draft(organization, present, base=present, author=actor.person)


def begin_draft(
    organization: Organization, source: Release | None, *, base: Release | None, author: Person, **columns: Any
) -> Release:
    """Return a new draft with the rules of `source`. Call it within an act that has the organization's row locked."""
    highest = Release.everywhere.filter(organization=organization).aggregate(Max("number"))["number__max"] or 0
    draft: Release = Release.everywhere.create(
        organization=organization, number=highest + 1, author=author, base=base, **columns
    )
    if source is not None:
        copy_rules(source, draft)
    return draft


def add_rule(
    draft: Release,
    *,
    name: str,
    conditions: dict[str, object],
    wrapup_code: WrapupCode,
    notes: str = "",
    enabled: bool = True,
    actor: Actor,
) -> MappingRule:
    """Return the new rule, at the draft's end. Raises NotADraft, NotOurCode, and InvalidCondition with the place."""
    parse(conditions)
    _require_our_code(wrapup_code, draft.organization_id)
    with acting(actor, "add rule", organization=draft.organization):
        require_draft(draft)
        last = draft.rules.aggregate(Max("line"))["line__max"] or 0
        return MappingRule.everywhere.create(
            organization=draft.organization,
            release=draft,
            line=last + 1,
            name=name,
            conditions=conditions,
            wrapup_code=wrapup_code,
            notes=notes,
            enabled=enabled,
        )


def change_rule(rule: MappingRule, *, actor: Actor, **columns: Any) -> MappingRule:
    """Give a draft's rule new values (name, conditions, wrapup_code, notes, enabled). Raises as `add_rule` does."""
    unknown = set(columns) - {"wrapup_code", *COLUMNS}
    if unknown:
        raise TypeError(f"A rule has no {', '.join(sorted(unknown))} to change.")
    parse(columns.get("conditions", rule.conditions))
    _require_our_code(columns.get("wrapup_code"), rule.organization_id)
    with acting(actor, "change rule", organization=rule.organization):
        _require_in_draft(rule)
        for column, value in columns.items():
            setattr(rule, column, value)
        rule.save(update_fields=list(columns))
    return rule


def move_rule(rule: MappingRule, *, to_line: int, actor: Actor) -> None:
    """Put a draft's rule at this line (from 1); the others make room. A line beyond the end means the end."""
    with acting(actor, "move rule", organization=rule.organization):
        _require_in_draft(rule)
        keys = list(rule.release.rules.order_by("line").values_list("pk", flat=True))
        keys.remove(rule.pk)
        keys.insert(max(0, min(to_line - 1, len(keys))), rule.pk)
        _number(keys)


def remove_rule(rule: MappingRule, *, actor: Actor) -> None:
    """Take a rule out of the draft; the lines below move up."""
    with acting(actor, "remove rule", organization=rule.organization):
        _require_in_draft(rule)
        rule.delete()
        _number(list(rule.release.rules.order_by("line").values_list("pk", flat=True)))


def discard(draft: Release, *, actor: Actor) -> None:
    """Throw the draft away; its rules stay readable in the audit."""
    with acting(actor, "discard draft", organization=draft.organization):
        require_draft(draft)
        draft.rules.all().delete()
        draft.delete()


def require_draft(release: Release) -> None:
    """Lock the release and raise NotADraft unless its rules may still change."""
    state = Release.everywhere.select_for_update().filter(pk=release.pk).values_list("state", flat=True).first()
    if state == Release.State.PROPOSED:
        raise NotADraft(f"Release {release.number} is proposed. Withdraw it to change its rules.")
    if state != Release.State.DRAFT:
        raise NotADraft(f"Release {release.number} is {state or 'gone'}; its rules do not change any more.")


def _require_in_draft(rule: MappingRule) -> None:
    """Lock the rule's release and raise NotADraft unless that is a draft and the rule still in it."""
    require_draft(rule.release)
    if not MappingRule.everywhere.filter(pk=rule.pk).exists():
        raise NotADraft(f"Somebody has just taken rule {rule.name} out of the draft.")


def _require_our_code(code: WrapupCode | None, organization_id: int) -> None:
    if code is not None and code.organization_id != organization_id:
        raise NotOurCode(f"The wrap-up code {code.name} belongs to another organization; choose one of this one.")


def copy_rules(source: Release, target: Release) -> None:
    """Give a draft the rules of another release, each the same rule as before."""
    rows = source.rules.values("organization_id", "line", *COLUMNS)
    MappingRule.everywhere.bulk_create([MappingRule(release=target, **row) for row in rows])


def _number(keys: list[int]) -> None:
    """Number these rules from 1 in this order; the uniqueness of lines is checked at the end of the transaction."""
    rows = {row.pk: row for row in MappingRule.everywhere.filter(pk__in=keys)}
    moved = [rows[key] for line, key in enumerate(keys, start=1) if rows[key].line != line]
    for line, key in enumerate(keys, start=1):
        rows[key].line = line
    MappingRule.everywhere.bulk_update(moved, ["line"])

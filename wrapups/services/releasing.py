"""Drafting rules. Once a draft is proposed or published its rules never change; the database sees to it."""

from collections.abc import Collection
from typing import Any

from django.db.models import Max

from wrapups.models import MappingRule, Organization, Person, Release, WrapupCode
from wrapups.services.auditing import Actor, Program, acting
from wrapups.services.meanwhile import require_unchanged
from wrapups.services.usable_rules import COLUMNS, MOST_NAME, require_usable

COPY = " (copy)"


class NotADraft(ValueError):
    """Only a draft's rules can be changed."""


def draft_of(organization: Organization) -> Release | None:
    """Return the draft, or None where nobody has begun one."""
    return Release.everywhere.filter(organization=organization, state=Release.State.DRAFT).first()


def proposed_in(organization: Organization) -> Release | None:
    """Return the release that is proposed and not yet in force, or None."""
    return Release.everywhere.filter(organization=organization, state=Release.State.PROPOSED).first()


def open_draft(organization: Organization, *, actor: Actor | Program) -> Release:
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
        author = actor.person if isinstance(actor, Actor) else None
        return begin_draft(organization, present, base=present, author=author)


def begin_draft(
    organization: Organization, source: Release | None, *, base: Release | None, author: Person | None, **columns: Any
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
    line: int | None = None,
    actor: Actor,
    **more: Any,
) -> MappingRule:
    """Return the new rule, at the draft's end or at `line` (from 1), where the others make room as in `move_rule`.

    `more` may be owner, tags, remark, valid_from, valid_until, policies and identity. Raises NotADraft, NotOurCode,
    and what is wrong with a part of it with its place: InvalidCondition, InvalidOverride, BadNotes, UnfitRule.
    """
    columns = {"conditions": conditions, "wrapup_code": wrapup_code, "notes": notes, "name": name, "enabled": enabled}
    columns |= more
    require_usable(columns, organization_id=draft.organization_id)
    with acting(actor, "add rule", organization=draft.organization):
        require_draft(draft)
        last = draft.rules.aggregate(Max("line"))["line__max"] or 0
        rule: MappingRule = MappingRule.everywhere.create(
            organization=draft.organization, release=draft, line=last + 1, **columns
        )
        if line is not None:
            _put_at(rule, line)
            rule.refresh_from_db(fields=["line"])
        return rule


def change_rule(rule: MappingRule, *, actor: Actor, opened: int | None = None, **columns: Any) -> MappingRule:
    """Give a draft's rule new values for any of its columns. Raises as `add_rule` does.

    `opened` is the rule's latest audit entry as whoever types has seen it: ChangedMeanwhile where there is a later one.
    """
    dates = {"valid_from": rule.valid_from, "valid_until": rule.valid_until}
    require_usable(dates | columns, organization_id=rule.organization_id)
    with acting(actor, "change rule", organization=rule.organization):
        _require_in_draft(rule)
        require_unchanged(rule, COLUMNS, opened=opened)
        for column, value in columns.items():
            setattr(rule, column, value)
        rule.save(update_fields=list(columns))
    return rule


def duplicate_rule(rule: MappingRule, *, actor: Actor) -> MappingRule:
    """Return a copy of a draft's rule, right below it and under a name that says so; it decides nothing that far."""
    with acting(actor, "duplicate rule", organization=rule.organization):
        _require_in_draft(rule)
        columns = {column: getattr(rule, column) for column in COLUMNS if column != "identity"}
        columns["name"] = f"{rule.name[: MOST_NAME - len(COPY)]}{COPY}"
        last = rule.release.rules.aggregate(Max("line"))["line__max"]
        copy = MappingRule.everywhere.create(
            organization=rule.organization, release=rule.release, line=last + 1, **columns
        )
        _put_at(copy, rule.line + 1)
    copy.refresh_from_db()
    return copy


def change_rules(
    draft: Release,
    pks: Collection[int],
    *,
    actor: Actor,
    enabled: bool | None = None,
    add_tag: str = "",
    remove_tag: str = "",
    owner: Person | None = None,
) -> int:
    """Change several rules of a draft alike, all as one act; return how many differ by it from before.

    What is None or empty stays. Rules that somebody has taken out meanwhile are left out. Raises NotADraft, and
    UnfitRule where one of them would have too many tags: then none is changed.
    """
    with acting(actor, "change rules", organization=draft.organization):
        require_draft(draft)
        changed = 0
        for rule in draft.rules.filter(pk__in=pks).order_by("line"):
            columns: dict[str, Any] = {} if enabled is None else {"enabled": enabled}
            columns |= {} if owner is None else {"owner_id": owner.pk}
            kept = [tag for tag in rule.tags if tag != remove_tag]
            columns["tags"] = kept if not add_tag or add_tag in kept else [*kept, add_tag]
            columns = {name: value for name, value in columns.items() if getattr(rule, name) != value}
            require_usable(columns | {"name": rule.name}, organization_id=draft.organization_id)
            changed += bool(columns) and MappingRule.everywhere.filter(pk=rule.pk).update(**columns)
    return changed


def move_rule(rule: MappingRule, *, to_line: int, actor: Actor) -> None:
    """Put a draft's rule at this line (from 1); the others make room. A line beyond the end means the end."""
    with acting(actor, "move rule", organization=rule.organization):
        _require_in_draft(rule)
        _put_at(rule, to_line)


def _put_at(rule: MappingRule, line: int) -> None:
    keys = list(rule.release.rules.order_by("line").values_list("pk", flat=True))
    keys.remove(rule.pk)
    keys.insert(max(0, min(line - 1, len(keys))), rule.pk)
    _number(keys)


def remove_rule(rule: MappingRule, *, actor: Actor, opened: int | None = None) -> None:
    """Take a rule out of the draft; the lines below move up. Raises NotADraft, ChangedMeanwhile as `change_rule`."""
    with acting(actor, "remove rule", organization=rule.organization):
        _require_in_draft(rule)
        require_unchanged(rule, COLUMNS, opened=opened)
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

"""Files of rules: read, shown as what they would change, and taken into the draft as one act, or not."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

from django.db import transaction

from wrapups.domain.cells import shown_name
from wrapups.domain.comparing import Line
from wrapups.domain.rule_fields import moment_of
from wrapups.domain.rule_plan import Fate, Plan, Row, planned
from wrapups.models import MappingRule, Organization, Person, Release, RuleImport, WrapupCode
from wrapups.models.clock import AppNow
from wrapups.services import releasing
from wrapups.services.auditing import Actor, Program, acting
from wrapups.services.reading_rules import read
from wrapups.services.rule_books import Catalogued, book_of, lines_of
from wrapups.services.rulebook import in_force

BATCH = 500
COLUMNS: Mapping[str, str] = {
    "name": "name",
    "when": "conditions",
    "code": "wrapup_code_id",
    "notes": "notes",
    "enabled": "enabled",
    "owner": "owner_id",
    "tags": "tags",
    "remark": "remark",
    "valid_from": "valid_from",
    "valid_until": "valid_until",
    "policies": "policies",
}
"""Which column of a stored rule a field is."""


class CannotTakeIn(ValueError):
    """What is asked of a file of rules does not go, as it stands; the text is for the person."""


def keep(organization: Organization, *, file: BinaryIO, filename: str, actor: Actor) -> RuleImport:
    """Read a file once and keep its rules to be looked at; raises BadFile where it cannot be read: nothing is kept."""
    rows = read(file, filename=filename, book=book_of(organization))
    return keep_rows(organization, rows, filename=shown_name(filename), actor=actor)


def keep_rows(
    organization: Organization, rows: Sequence[Row], *, filename: str, actor: Actor, removed: Sequence[str] = ()
) -> RuleImport:
    """Keep rules that were read to be looked at. `removed` are the identities of rules that shall go."""
    with acting(actor, "check a file of rules", organization=organization):
        return RuleImport.everywhere.create(
            organization=organization,
            person=actor.person,
            filename=filename,
            lines=[_stored(row) for row in rows] + [{"removed": identity} for identity in removed],
            counted={"rules": len(rows)},
        )


def preview(rule_import: RuleImport, *, whole: bool = False) -> Plan:
    """Return what the file would change in the draft, or, where there is none, in the release in force."""
    organization = rule_import.organization
    return plan(organization, _rows(rule_import), whole=whole, removed=_removed(rule_import))


def plan(organization: Organization, rows: Sequence[Row], *, whole: bool, removed: Sequence[str] = ()) -> Plan:
    """Return what rows would change in the draft, or, where there is none, in the release in force."""
    return _plan(organization, base_of(organization), rows, whole=whole, removed=removed)


def base_of(organization: Organization) -> Release | None:
    """Return what a file is compared with: the draft, one that is proposed, or what a draft would be begun from."""
    return releasing.draft_of(organization) or releasing.proposed_in(organization) or in_force(organization)


def take_in(rule_import: RuleImport, *, whole: bool, good_ones_only: bool, seen: str, actor: Actor) -> Plan:
    """Take a checked file into the draft; return what that changed.

    Raises CannotTakeIn where the file is done, where the rules are no longer those that somebody has `seen` (a plan's
    digest), and as `take_in_rows` does; NotADraft while a release is proposed. Then nothing is changed.
    """
    with transaction.atomic():
        row: RuleImport = RuleImport.everywhere.select_for_update().get(pk=rule_import.pk)
        if row.state != RuleImport.State.CHECKED:
            raise CannotTakeIn(f"This file is {row.get_state_display()}.")
        now = preview(row, whole=whole)
        if now.digest != seen:
            raise CannotTakeIn("The rules have changed meanwhile. Look at what the file would change now.")
        return take_in_rows(
            row.organization,
            _rows(row),
            whole=whole,
            good_ones_only=good_ones_only,
            removed=_removed(row),
            actor=actor,
            rule_import=row,
        )


def take_in_rows(
    organization: Organization,
    rows: Sequence[Row],
    *,
    whole: bool,
    good_ones_only: bool,
    actor: Actor | Program,
    removed: Sequence[str] = (),
    rule_import: RuleImport | None = None,
) -> Plan:
    """Take rows into the draft, which is begun if there is none, as one act; return what that changed.

    Raises CannotTakeIn where rows are refused and nobody has said that the others be taken without them; where rows
    are refused and the file is the whole set, since their rules would be removed.
    """
    with transaction.atomic():
        draft = releasing.open_draft(organization, actor=actor)
        with acting(actor, "import rules", organization=organization):
            releasing.require_draft(draft)
            found = _plan(organization, draft, rows, whole=whole, removed=removed)
            _require_taken(found, whole=whole, good_ones_only=good_ones_only)
            _write(draft, found)
            if rule_import is not None:
                _finish(rule_import, found)
    return found


def cancel(rule_import: RuleImport, *, actor: Actor) -> None:
    """Take nothing of a file. Raises CannotTakeIn for one that is done."""
    with acting(actor, "cancel a file of rules", organization=rule_import.organization):
        waiting = RuleImport.everywhere.filter(pk=rule_import.pk, state=RuleImport.State.CHECKED)
        if not waiting.update(state=RuleImport.State.CANCELLED, finished_at=AppNow()):
            raise CannotTakeIn("This file is no longer waiting; nothing is left to cancel.")


def counts_of(found: Plan) -> dict[str, int]:
    """Return how many rules a plan adds, changes, leaves and refuses, and how many it removes."""
    return {fate.value: found.count(fate) for fate in Fate} | {"removed": len(found.differences.removed)}


def _plan(
    organization: Organization, release: Release | None, rows: Sequence[Row], *, whole: bool, removed: Sequence[str]
) -> Plan:
    book = book_of(organization)
    objection = Catalogued(organization, book.directory)
    return planned(lines_of(release), rows, objection=objection, whole=whole, removed=removed)


def _require_taken(found: Plan, *, whole: bool, good_ones_only: bool) -> None:
    refused = found.count(Fate.REFUSED)
    if refused and whole:
        raise CannotTakeIn(
            f"{refused:,} of the rules are refused. As the whole set, the file would remove them: mend them first."
        )
    if refused and not good_ones_only:
        raise CannotTakeIn(f"{refused:,} of the rules are refused. Choose to take in the good ones without them.")
    if not found.differences:
        raise CannotTakeIn("The file changes nothing.")


def _write(draft: Release, found: Plan) -> None:
    """Make the draft's rules those of the plan, in a fixed number of statements for any number of rules."""
    differences = found.differences
    draft.rules.filter(identity__in=[placed.line.identity for placed in differences.removed]).delete()
    wanted = [placed.line for placed in differences.added] + [pair.now.line for pair in differences.changed]
    codes, people = _codes(draft.organization_id, wanted), _people(wanted)
    places = {str(line.identity): place for place, line in enumerate(found.lines, start=1)}
    rows = {str(row.identity): row for row in draft.rules.all()}
    for pair in differences.changed:
        for name in pair.fields:
            setattr(rows[str(pair.now.line.identity)], COLUMNS[name], _column(pair.now.line, name, codes, people))
    changed = {COLUMNS[name] for pair in differences.changed for name in pair.fields}
    touched = [rows[str(pair.now.line.identity)] for pair in differences.changed]
    if touched:
        MappingRule.everywhere.bulk_update(touched, sorted(changed), batch_size=BATCH)
    moved = [row for identity, row in rows.items() if row.line != places[identity]]
    for row in moved:
        row.line = places[str(row.identity)]
    if moved:
        MappingRule.everywhere.bulk_update(moved, ["line"], batch_size=BATCH)
    added = [_rule(draft, placed.line, places, codes, people) for placed in differences.added]
    MappingRule.everywhere.bulk_create(added, batch_size=BATCH)


def _rule(
    draft: Release, line: Line, places: Mapping[str, int], codes: Mapping[str, int], people: Mapping[str, int]
) -> MappingRule:
    columns = {column: _column(line, name, codes, people) for name, column in COLUMNS.items()}
    identity = str(line.identity)
    return MappingRule(
        organization_id=draft.organization_id, release=draft, line=places[identity], identity=identity, **columns
    )


def _column(line: Line, name: str, codes: Mapping[str, int], people: Mapping[str, int]) -> object:
    value = line.fields[name]
    if name == "code":
        return codes[str(value)]
    if name == "owner":
        return people[str(value)] if value else None
    return moment_of(value) if name in ("valid_from", "valid_until") else value


def _codes(organization_id: int, lines: Sequence[Line]) -> dict[str, int]:
    told = {str(line.fields["code"]) for line in lines}
    codes = WrapupCode.everywhere.filter(organization_id=organization_id, genesys_id__in=told)
    return dict(codes.values_list("genesys_id", "pk"))


def _people(lines: Sequence[Line]) -> dict[str, int]:
    told = {str(line.fields["owner"]) for line in lines} - {""}
    return dict(Person.objects.filter(username__in=told).values_list("username", "pk")) if told else {}


def _finish(rule_import: RuleImport, found: Plan) -> None:
    RuleImport.everywhere.filter(pk=rule_import.pk).update(
        state=RuleImport.State.DONE, counted=rule_import.counted | counts_of(found), finished_at=AppNow()
    )


def _stored(row: Row) -> dict[str, Any]:
    return {"number": row.number, "given": dict(row.given), "fresh": row.fresh, "refused": row.refused}


def _rows(rule_import: RuleImport) -> list[Row]:
    return [Row(**line) for line in rule_import.lines if "removed" not in line]


def _removed(rule_import: RuleImport) -> list[str]:
    return [line["removed"] for line in rule_import.lines if "removed" in line]

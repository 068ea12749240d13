"""Rules as files: what goes out comes back without a change, and what comes in is one act or nothing."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.domain.strategies import groups
from tests.factories import (
    ApiKeyFactory,
    MappingRuleFactory,
    MembershipFactory,
    OrganizationFactory,
    PersonFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    ReleaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.rule_plan import Fate, Plan
from wrapups.domain.sheets import BadFile
from wrapups.models import Act, MappingRule, Organization, Queue, Release, RuleImport, WrapupCode
from wrapups.services import importing_rules, releasing
from wrapups.services.auditing import Actor, Program
from wrapups.services.exporting_rules import EXPORTS, csv_of, json_of, workbook_of
from wrapups.services.importing_rules import CannotTakeIn, base_of, plan, take_in, take_in_rows
from wrapups.services.reading_rules import read
from wrapups.services.rule_books import book_of

HEADING = ["name", "queue", "source", "disposition", "code"]


@pytest.fixture
def organization(db) -> Organization:
    return OrganizationFactory(time_zone="Europe/Amsterdam")


@pytest.fixture
def actor(organization) -> Actor:
    return Actor(MembershipFactory(organization=organization, person__username="ines").person)


@pytest.fixture
def draft(organization) -> Release:
    return ReleaseFactory(organization=organization)


def table(*rows: list[str], heading: list[str] = HEADING) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([heading, *rows])
    return out.getvalue().encode()


def rows_of(organization: Organization, raw: bytes, ending: str = "csv") -> Any:
    return read(io.BytesIO(raw), filename=f"rules.{ending}", book=book_of(organization))


def kept(organization: Organization, raw: bytes, actor: Actor, ending: str = "csv") -> RuleImport:
    return importing_rules.keep(organization, file=io.BytesIO(raw), filename=f"rules.{ending}", actor=actor)


def taken(rule_import: RuleImport, actor: Actor, *, whole: bool = False, good_ones_only: bool = False) -> Plan:
    seen = importing_rules.preview(rule_import, whole=whole).digest
    return take_in(rule_import, whole=whole, good_ones_only=good_ones_only, seen=seen, actor=actor)


def names(organization: Organization) -> list[str]:
    draft = releasing.draft_of(organization)
    return list(draft.rules.order_by("line").values_list("name", flat=True)) if draft else []


# Out and in again

odd = st.text(alphabet=st.sampled_from("=+@'\"\r\n\t;,[] aé\u200b"), max_size=10)
rules = st.lists(
    st.fixed_dictionaries(
        {
            "name": odd.filter(str.strip),
            "conditions": groups(),
            "notes": odd,
            "enabled": st.booleans(),
            "remark": odd,
            "tags": st.lists(odd.filter(str.strip), max_size=2),
            "valid_from": st.sampled_from([None, datetime(2026, 1, 1, 7, 30, 0, 250, UTC)]),
            "policies": st.sampled_from([{}, {"grace_s": 0, "legs": "last"}]),
        }
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture
def named(organization) -> Organization:
    """An organization in which names alone do not always say which is meant."""
    for key in "ab":
        QueueFactory(organization=organization, genesys_id=key, name="Billing")
    for name, gone in (("Twice", False), ("Twice", True), ("=Once [x]", False)):
        WrapupCodeFactory(organization=organization, name=name, gone=gone)
    return organization


@pytest.mark.parametrize("ending", sorted(EXPORTS))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=rules)
def test_export_then_import_changes_nothing_whatever_the_rules(ending, told, named):
    with transaction.atomic():
        codes, owner, release = WrapupCode.everywhere.all(), PersonFactory(), ReleaseFactory(organization=named)
        for line, columns in enumerate(told, start=1):
            code = codes[line % 3]
            MappingRuleFactory(organization=named, release=release, line=line, wrapup_code=code, owner=owner, **columns)

        rows = rows_of(named, EXPORTS[ending][0](release), ending)

        for whole in (False, True):
            found = plan(named, rows, whole=whole)
            assert [verdict for verdict in found.verdicts if verdict.fate is not Fate.UNCHANGED] == []
            assert not found.differences
        transaction.set_rollback(True)


def test_people_read_names_and_programs_get_the_same_bytes_each_time(organization, draft):
    queue = QueueFactory(organization=organization, name="Billing EU")
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    conditions = {"all": [{"fact": "queue", "operator": "one_of", "value": [queue.genesys_id]}]}
    MappingRuleFactory(
        release=draft, name="=Refund", conditions=conditions, wrapup_code=code, organization=organization
    )

    lines = list(csv.reader(io.StringIO(csv_of(draft).decode("utf-8-sig"), newline="")))
    sheet = openpyxl.load_workbook(io.BytesIO(workbook_of(draft))).worksheets[0]

    assert lines[1][:4] == ["1", "'=Refund", 'queue is one of "Billing EU"', "Refund granted"]
    assert [cell.value for cell in next(sheet.iter_rows(min_row=2))][:4] == lines[1][:4]
    assert f"queue is one of 'Billing EU' [{queue.genesys_id}]" in json_of(draft).decode()
    assert json_of(draft) == json_of(draft)


def test_a_file_of_one_organization_means_the_same_names_in_another(organization, draft, actor):
    for each in (organization, other := OrganizationFactory()):
        QueueFactory(organization=each, name="Billing EU")
        WrapupCodeFactory(organization=each, name="Refund granted")
    rows = [["Refunds", "Billing EU", "CRM", "REF-OK", "Refund granted"]]
    taken(kept(organization, table(*rows), actor), actor)

    for ending in ("csv", "json"):
        found = plan(other, rows_of(other, EXPORTS[ending][0](draft), ending), whole=True)
        assert found.count(Fate.ADDED) == 1

    [line] = found.lines
    assert line.fields["when"]["all"][0]["value"] == [Queue.everywhere.get(organization=other).genesys_id]


# A dry run, and then all of it or none


def test_one_bad_line_and_nothing_is_saved_unless_the_good_ones_are_asked_for(organization, draft, actor):
    WrapupCodeFactory(organization=organization, name="Refund granted")
    raw = table(["good", "", "CRM", "REF-OK", "Refund granted"], ["bad", "", "CRM", "REF-NO", "Refund given"])
    file = kept(organization, raw, actor)

    with pytest.raises(CannotTakeIn, match="1 of the rules are refused"):
        taken(file, actor)
    assert names(organization) == []

    found = taken(file, actor, good_ones_only=True)

    assert names(organization) == ["good"]
    assert [(each.number, each.fate, each.reason) for each in found.verdicts] == [
        (2, Fate.ADDED, ""),
        (
            3,
            Fate.REFUSED,
            "“code”: No wrap-up code is called “Refund given”. Write it as it is spelt in Genesys Cloud.",
        ),
    ]
    file.refresh_from_db()
    assert file.state == "done"
    assert file.counted == {"rules": 2, "added": 1, "changed": 0, "unchanged": 0, "refused": 1, "removed": 0}


def test_added_changed_unchanged_and_removed_are_told_apart_and_taken_in_as_one_act(organization, draft, actor):
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    for line, name in enumerate(("same", "changes", "goes"), start=1):
        MappingRuleFactory(release=draft, line=line, name=name, wrapup_code=code, organization=organization)
    text = csv_of(draft).decode("utf-8-sig").splitlines()
    raw = "\n".join([*text[:2], text[2].replace('"yes"', '"no"'), '"","new","always","Refund granted"']).encode()

    found = taken(kept(organization, raw, actor), actor, whole=True)

    assert importing_rules.counts_of(found) == {"added": 1, "changed": 1, "unchanged": 1, "refused": 0, "removed": 1}
    assert names(organization) == ["same", "changes", "new"]
    assert MappingRule.everywhere.get(name="changes").enabled is False
    act = Act.objects.get(verb="import rules")
    entries = [entry for entry in act.entries.all() if entry.table == "wrapups_mappingrule"]
    assert sorted(entry.operation for entry in entries) == ["delete", "insert", "update"]


def test_as_the_whole_set_a_file_with_refused_lines_is_never_taken_in(organization, draft, actor):
    MappingRuleFactory(release=draft, name="stays", organization=organization)
    file = kept(organization, table(["bad", "", "CRM", "X", "nothing"]), actor)

    with pytest.raises(CannotTakeIn, match="mend them first"):
        taken(file, actor, whole=True, good_ones_only=True)

    assert names(organization) == ["stays"]


def test_what_somebody_changed_since_they_looked_is_not_overwritten(organization, draft, actor):
    WrapupCodeFactory(organization=organization, name="Refund granted")
    file = kept(organization, table(["good", "", "CRM", "REF-OK", "Refund granted"]), actor)
    seen = importing_rules.preview(file).digest
    MappingRuleFactory(release=draft, name="meanwhile", organization=organization)

    with pytest.raises(CannotTakeIn, match="The rules have changed meanwhile"):
        take_in(file, whole=False, good_ones_only=False, seen=seen, actor=actor)

    assert names(organization) == ["meanwhile"]


def test_a_file_is_taken_in_once_and_a_cancelled_one_never(organization, draft, actor):
    WrapupCodeFactory(organization=organization, name="Refund granted")
    raw = table(["good", "", "CRM", "REF-OK", "Refund granted"])
    done, cancelled = kept(organization, raw, actor), kept(organization, raw, actor)
    importing_rules.cancel(cancelled, actor=actor)
    taken(done, actor)

    for file in (done, cancelled):
        with pytest.raises(CannotTakeIn, match="This file is"):
            taken(file, actor)
    with pytest.raises(CannotTakeIn):
        importing_rules.cancel(done, actor=actor)


def test_a_draft_is_begun_from_the_release_in_force(organization, actor):
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    release = ReleaseFactory(organization=organization)
    MappingRuleFactory(release=release, name="in force", wrapup_code=code, organization=organization)
    put_in_force(release)

    taken(kept(organization, table(["new", "", "CRM", "REF-OK", "Refund granted"]), actor), actor)

    assert names(organization) == ["in force", "new"]
    assert list(release.rules.values_list("name", flat=True)) == ["in force"]


def test_where_nothing_is_taken_in_no_draft_is_begun(organization, actor):
    file = kept(organization, table(["bad", "", "CRM", "X", "nothing"]), actor)

    with pytest.raises(CannotTakeIn):
        taken(file, actor)

    assert releasing.draft_of(organization) is None


def test_while_a_release_is_proposed_nothing_is_taken_in(organization, actor):
    WrapupCodeFactory(organization=organization, name="Refund granted")
    release = ReleaseFactory(organization=organization)
    Release.everywhere.filter(pk=release.pk).update(state=Release.State.PROPOSED)
    file = kept(organization, table(["new", "", "CRM", "REF-OK", "Refund granted"]), actor)

    with pytest.raises(releasing.NotADraft, match="Withdraw it"):
        taken(file, actor)

    assert base_of(organization) == release


def test_a_program_may_import_too(organization):
    WrapupCodeFactory(organization=organization, name="Refund granted")
    program = Program(ApiKeyFactory(organization=organization))
    rows = rows_of(organization, table(["new", "", "CRM", "REF-OK", "Refund granted"]))

    take_in_rows(organization, rows, whole=False, good_ones_only=False, actor=program)

    assert names(organization) == ["new"]


# What stands against a rule


def test_a_code_that_is_not_on_a_queue_or_gone_is_refused_for_a_new_rule(organization, draft):
    queue = QueueFactory(organization=organization, name="Billing EU")
    other = WrapupCodeFactory(organization=organization, name="On it")
    QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=other)
    WrapupCodeFactory(organization=organization, name="Not on it")
    WrapupCodeFactory(organization=organization, name="Gone", gone=True)
    raw = table(
        ["1", "Billing EU", "CRM", "1", "On it"],
        ["2", "Billing EU", "CRM", "2", "Not on it"],
        ["3", "", "CRM", "3", "Gone"],
    )

    found = plan(organization, rows_of(organization, raw), whole=False)

    assert [verdict.reason for verdict in found.verdicts] == [
        "",
        "The code “Not on it” is not on the queue “Billing EU”. Choose another one, or add it there first.",
        "The code “Gone” is no longer in Genesys Cloud. Choose another one.",
    ]


def test_an_id_that_nobody_knows_and_notes_that_are_no_template_are_refused(organization, draft):
    WrapupCodeFactory(organization=organization, name="Refund granted")
    heading = ["name", "conditions", "code", "notes"]
    raw = table(
        ["1", "queue is [no-such-id]", "Refund granted", ""],
        ["2", "always", "Refund granted", "said {disposition.CRM"],
        heading=heading,
    )

    reasons = [verdict.reason for verdict in plan(organization, rows_of(organization, raw), whole=False).verdicts]

    assert reasons[0] == "No queue has the id no-such-id. Write its name."
    assert reasons[1].startswith("In the notes, at character 6:")


def test_the_reason_of_a_refusal_is_short_however_long_the_cell(organization):
    WrapupCodeFactory(organization=organization, name="Refund granted")
    raw = table(["a", "x" * 50_000, "CRM", "X", "Refund granted"])

    [verdict] = plan(organization, rows_of(organization, raw), whole=False).verdicts

    assert verdict.reason.startswith("“queue”: No queue is called “xxx")
    assert len(verdict.reason) <= 400


@pytest.mark.parametrize(
    ("raw", "ending", "said"),
    [
        (b"", "csv", "The file is empty."),
        (b"name,code\n", "csv", "There is nothing below the first line"),
        (b"name,code\n\xe9,x\n", "csv", "Line 2 is not UTF-8."),
        (b"{}", "json", "This is no file of rules"),
        (b'{"format": "wrapups.rules/1", "rules": [}', "json", "This is not JSON"),
        (b"x", "pdf", "Only .csv, .tsv, .txt and .xlsx files are read."),
        (b"name,code\n" + b"a,b\n" * 2001, "csv", "The file has more than 2,000 rules."),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(raw, ending, said, organization):
    with pytest.raises(BadFile) as refused:
        rows_of(organization, raw, ending)

    assert said in str(refused.value)


@pytest.mark.parametrize("ending", sorted(EXPORTS))
def test_five_hundred_rules_go_in_by_few_statements(ending, organization, draft, actor):
    queues = [QueueFactory(organization=organization) for _ in range(20)]
    codes = [WrapupCodeFactory(organization=organization) for _ in range(20)]
    rows = [[f"r{n}", queues[n % 20].name, "CRM", f"D{n}", codes[n % 20].name] for n in range(500)]
    taken(kept(organization, table(*rows), actor), actor)
    raw = EXPORTS[ending][0](draft)
    draft.rules.update(notes="before")

    with CaptureQueriesContext(connection) as told:
        found = taken(kept(organization, raw, actor, ending), actor)

    assert found.count(Fate.CHANGED) == 500
    assert not draft.rules.filter(notes="before").exists()
    assert len(told) <= 36

"""The audit: who changed what, row by row, in the same transaction, for good."""

import pytest
from django.db import DataError, ProgrammingError, connection, transaction

from tests.factories import (
    AssignmentFactory,
    MappingRuleFactory,
    OrganizationFactory,
    PersonFactory,
    ReleaseFactory,
    WrapupCodeFactory,
)
from wrapups.domain.status import Status
from wrapups.models import Act, Assignment, AuditEntry, Organization
from wrapups.services import pausing, publishing, releasing
from wrapups.services.auditing import Actor, acting

pytestmark = pytest.mark.django_db
THIS_PROCESS = "system:wrapups-command"


def entries_of(row: object) -> list[AuditEntry]:
    """Return the audit of one row, oldest first."""
    table, key = row._meta.db_table, row.pk  # type: ignore[attr-defined]
    return list(AuditEntry.objects.filter(table=table, row=str(key)).order_by("pk"))


def run(statement: str, *values: object) -> None:
    """Run a statement as it is."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def test_all_rows_of_an_act_share_its_id_and_say_who_from_where_and_why():
    actor = Actor(PersonFactory(), origin="203.0.113.7")
    rule = MappingRuleFactory()
    start = AuditEntry.objects.latest("pk").pk

    publishing.publish(rule.release, reason="The CRM has a new outcome", actor=actor)

    act = Act.objects.get()
    entries = AuditEntry.objects.filter(pk__gt=start)
    assert (act.person, act.origin, act.verb) == (actor.person, "203.0.113.7", "publish release")
    assert act.reason == "The CRM has a new outcome"
    assert {entry.act for entry in entries} == {act}
    assert {entry.actor for entry in entries} == {f"person:{actor.person.pk}"}


def test_an_entry_carries_what_changed_before_and_after_and_nothing_else():
    code = WrapupCodeFactory(name="Resolved")

    type(code).everywhere.filter(pk=code.pk).update(name="Solved")

    entry = entries_of(code)[-1]
    assert (entry.operation, entry.before, entry.after) == ("update", {"name": "Resolved"}, {"name": "Solved"})
    assert entry.organization_id == code.organization_id


def test_an_update_that_changes_nothing_leaves_no_entry():
    code = WrapupCodeFactory()
    before = len(entries_of(code))

    type(code).everywhere.filter(pk=code.pk).update(name=code.name)

    assert len(entries_of(code)) == before


def test_creation_and_deletion_are_kept_whole():
    rule = MappingRuleFactory(name="Refund granted")
    created = entries_of(rule)[0]

    releasing.remove_rule(rule, actor=Actor(PersonFactory()))

    deleted = AuditEntry.objects.filter(table="wrapups_mappingrule", operation="delete").get()
    assert (created.operation, created.before, created.after["name"]) == ("insert", None, "Refund granted")
    assert (deleted.before["name"], deleted.after) == ("Refund granted", None)


def test_a_bulk_update_is_kept_row_by_row():
    organization = OrganizationFactory()
    rows = [AssignmentFactory(organization=organization) for _ in range(3)]

    Assignment.everywhere.filter(organization=organization).update(status=Status.CANCELLED)

    assert [entries_of(row)[-1].after for row in rows] == [{"status": "cancelled"}] * 3


def test_hand_written_sql_is_kept_too():
    code = WrapupCodeFactory()

    run("UPDATE wrapups_wrapupcode SET name = 'by hand' WHERE id = %s", code.pk)

    assert entries_of(code)[-1].after == {"name": "by hand"}


def test_what_no_person_did_is_put_down_to_its_process():
    code = WrapupCodeFactory()

    assert entries_of(code)[0].actor == THIS_PROCESS
    assert entries_of(code)[0].act is None


def test_the_engine_s_own_bookkeeping_leaves_no_entry():
    assignment = AssignmentFactory()
    before = len(entries_of(assignment))

    Assignment.everywhere.filter(pk=assignment.pk).update(fence=4, leased_by="w", facts={"media": "voice"})

    assert len(entries_of(assignment)) == before


@pytest.mark.django_db(transaction=True)
def test_who_acts_does_not_leak_into_the_next_transaction():
    code = WrapupCodeFactory()

    with acting(Actor(PersonFactory()), "rename code", organization=code.organization):
        type(code).everywhere.filter(pk=code.pk).update(name="renamed")
    type(code).everywhere.filter(pk=code.pk).update(name="renamed again")

    by_person, by_process = entries_of(code)[-2:]
    assert by_person.act is not None
    assert (by_process.act, by_process.actor) == (None, THIS_PROCESS)


@pytest.mark.django_db(transaction=True)
def test_who_acts_is_forgotten_where_the_act_fails():
    code, actor = WrapupCodeFactory(), Actor(PersonFactory())

    with pytest.raises(DataError), acting(actor, "rename code", organization=code.organization):
        type(code).everywhere.filter(pk=code.pk).update(name="x" * 300)
    type(code).everywhere.filter(pk=code.pk).update(name="by the process")

    assert not Act.objects.exists()
    assert entries_of(code)[-1].after == {"name": "by the process"}
    assert entries_of(code)[-1].actor == THIS_PROCESS


def test_within_one_transaction_what_follows_an_act_is_not_the_person_s():
    code = WrapupCodeFactory()

    with transaction.atomic():
        with acting(Actor(PersonFactory()), "rename code", organization=code.organization):
            type(code).everywhere.filter(pk=code.pk).update(name="renamed")
        type(code).everywhere.filter(pk=code.pk).update(name="renamed again")

    assert entries_of(code)[-1].actor == THIS_PROCESS


def test_secrets_never_reach_the_audit():
    organization = OrganizationFactory()
    organization.client_secret = "a-secret-that-nobody-may-read"
    organization.save()
    person = PersonFactory(password="a-password-that-nobody-may-read")

    kept = str([(e.before, e.after) for e in AuditEntry.objects.all()])

    assert "nobody-may-read" not in kept
    assert organization.client_secret_sealed not in kept
    assert person.password not in kept


@pytest.mark.parametrize("table", ["wrapups_auditentry", "wrapups_act"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {} SET id = id + 1000", "DELETE FROM {}", "TRUNCATE {} CASCADE"],
    ids=["update", "delete", "truncate"],
)
def test_the_audit_can_only_grow(table: str, statement: str):
    pausing.hold(OrganizationFactory(), actor=Actor(PersonFactory()), reason="Maintenance")
    run("SET CONSTRAINTS ALL IMMEDIATE")  # PostgreSQL truncates nothing that still has checks to come

    with pytest.raises(ProgrammingError, match="append-only") as refused, transaction.atomic():
        run(statement.format(table))

    assert refused.value.__cause__.sqlstate == "42501"


def test_what_cannot_be_audited_is_not_done():
    organization = OrganizationFactory(name="Before")
    too_long = "x" * 200

    run("SELECT set_config('wrapups.actor', %s, true)", too_long)

    with pytest.raises(DataError), transaction.atomic():
        Organization.objects.filter(pk=organization.pk).update(name="After")

    organization.refresh_from_db()
    assert organization.name == "Before"


def test_an_act_that_fails_leaves_neither_act_nor_change():
    draft = ReleaseFactory()

    with pytest.raises(publishing.CannotPublish):
        publishing.publish(draft, reason="Nothing to publish", actor=Actor(PersonFactory()))

    assert not Act.objects.exists()

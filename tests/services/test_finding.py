"""What an assignment is found by follows what it is copied from, whoever writes that."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db import connection

from tests.factories import (
    AssignmentFactory,
    CommunicationFactory,
    DispositionFactory,
    MappingRuleFactory,
    OrganizationFactory,
    WrapupCodeFactory,
)
from wrapups.domain.status import Status
from wrapups.models import Assignment, AuditEntry, Communication, Disposition
from wrapups.models.finding import said_by

pytestmark = pytest.mark.django_db


def found_by(words: str) -> set[int]:
    query = SearchQuery(words, config="simple", search_type="phrase")
    return set(Assignment.everywhere.filter(words=query).values_list("pk", flat=True))


def columns_of(row: Assignment, *names: str) -> tuple[Any, ...]:
    return Assignment.everywhere.values_list(*names).get(pk=row.pk)


def test_a_new_assignment_has_what_its_communication_and_its_rule_have():
    organization = OrganizationFactory()
    leg = CommunicationFactory(organization=organization, queue_id="q-1", agent_id="a-1", media_type="email")
    rule = MappingRuleFactory(release__organization=organization)

    row = AssignmentFactory(organization=organization, communication=leg, rule=rule)

    copied = columns_of(row, "queue_id", "agent_id", "media_type", "rule_identity")
    assert copied == ("q-1", "a-1", "email", rule.identity)


def test_what_is_set_by_hand_is_not_kept():
    row = AssignmentFactory(communication__queue_id="q-1", queue_id="another")

    assert columns_of(row, "queue_id") == ("q-1",)


def test_it_follows_a_later_reading_of_the_communication():
    row = AssignmentFactory(communication__queue_id="q-1", communication__code_notes="")

    Communication.everywhere.filter(pk=row.communication_id).update(queue_id="q-2", code_notes="asked for a refund")

    assert columns_of(row, "queue_id") == ("q-2",)
    assert found_by("refund") == {row.pk}


def test_what_is_copied_into_it_has_changed_it():
    row = AssignmentFactory(communication__queue_id="q-1")
    Assignment.everywhere.filter(pk=row.pk).update(updated_at=row.created_at - timedelta(days=3))

    Communication.everywhere.filter(pk=row.communication_id).update(queue_id="q-2")

    assert Assignment.everywhere.get(pk=row.pk).updated_at >= row.created_at


def test_it_has_the_words_of_our_notes_the_agents_and_those_of_outside_systems():
    row = AssignmentFactory(notes="Rückzahlung", communication__code_notes="called back")
    DispositionFactory(
        organization=row.organization,
        conversation_id=row.communication.conversation.conversation_id,
        notes="paid in full",
    )

    assert all(found_by(word) == {row.pk} for word in ("rückzahlung", "called back", "paid in full"))


def test_a_phrase_does_not_reach_from_one_note_into_the_next():
    AssignmentFactory(notes="please call", communication__code_notes="back office")

    assert found_by("call back") == set()
    assert found_by("noteends") == set()


def test_notes_of_any_length_are_taken_and_the_first_of_them_searched():
    longest = "first " + "x1 " * 500_000 + "last"

    row = AssignmentFactory(communication__code_notes=longest)

    assert found_by("first") == {row.pk}
    assert found_by("last") == set()


def test_it_is_found_by_what_was_said_before_and_after_it_was_made():
    leg = CommunicationFactory()
    of_it = {"organization": leg.organization, "conversation_id": leg.conversation.conversation_id}
    DispositionFactory(**of_it, source="crm", code="REF")
    row = AssignmentFactory(organization=leg.organization, communication=leg)

    later = DispositionFactory(**of_it, source="ivr", code="PAID")

    for said in (said_by("crm", "REF"), said_by("ivr", ""), said_by("", "PAID")):
        assert Assignment.everywhere.filter(said__contains=[said]).get() == row
    assert not Assignment.everywhere.filter(said__contains=[said_by("crm", "PAID")]).exists()

    Disposition.everywhere.filter(pk=later.pk).delete()

    assert not Assignment.everywhere.filter(said__contains=[said_by("ivr", "")]).exists()


def test_another_organizations_conversation_of_the_same_id_gives_it_nothing():
    row = AssignmentFactory()

    DispositionFactory(conversation_id=row.communication.conversation.conversation_id, notes="not ours")

    assert columns_of(row, "said", "words") == ([], None)


@pytest.mark.parametrize(
    ("found", "kind", "agreement"),
    [
        ("", "none", "none"),
        ("ININ-WRAP-UP-TIMEOUT", "system", "none"),
        ("wanted", "chosen", "same"),
        ("another", "chosen", "other"),
    ],
)
def test_it_says_what_it_was_found_with_and_whether_the_agent_had_chosen_the_same(found, kind, agreement):
    organization = OrganizationFactory()
    wanted = WrapupCodeFactory(organization=organization, genesys_id="wanted")

    row = AssignmentFactory(organization=organization, wrapup_code=wanted, found_code_id=found)

    assert columns_of(row, "found_kind", "agreement") == (kind, agreement)


def test_who_puts_another_code_in_place_of_ours_chose_another():
    row = AssignmentFactory(verified=True)

    Assignment.everywhere.filter(pk=row.pk).update(status=Status.OVERRIDDEN)

    assert columns_of(row, "agreement") == ("other",)


def test_a_correction_of_what_no_rule_chose_agrees_with_nothing():
    row = AssignmentFactory(verified=True)

    correction = AssignmentFactory(
        organization=row.organization, communication=row.communication, generation=1, corrects=row, verified=True
    )

    assert columns_of(correction, "agreement", "rule_identity") == ("none", None)


def test_copying_leaves_no_entry_in_the_audit():
    row = AssignmentFactory()
    entries = AuditEntry.objects.filter(table="wrapups_assignment")
    before = entries.count()

    Communication.everywhere.filter(pk=row.communication_id).update(queue_id="q-2", code_notes="said more")

    assert entries.count() == before


def test_rows_from_before_copy_theirs_when_the_migrations_run():
    row = AssignmentFactory(communication__queue_id="q-1", verified=True)
    Assignment.everywhere.filter(pk=row.pk).update(queue_id="", found_kind="", agreement="")

    migration = import_module("wrapups.migrations.0041_copy_what_is_found_by")
    migration.copy(None, connection.schema_editor())

    assert columns_of(row, "queue_id", "found_kind", "agreement", "status") == ("q-1", "none", "none", Status.VERIFIED)

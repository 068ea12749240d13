"""Handing in dispositions: stored when answered, once, in the one transaction, and what became of them."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    AssignmentFactory,
    DispositionFactory,
    MappingRuleFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.status import Status
from wrapups.models import Act, Assignment, AuditEntry, Disposition, InboundEvent

ID = "6b2c1f0e-3f3a-4b57-9d5e-0c6a5b0d9a11"


def said(**more):
    return {"conversation_id": ID, "disposition": "REFUND-OK"} | more


def refund_rule(organization):
    """Put a rule in force that chooses a code for what the CRM calls REFUND-OK; return the code."""
    code = WrapupCodeFactory(organization=organization, name="Refund")
    asks = {"all": [{"fact": "disposition.crm", "operator": "is", "value": "REFUND-OK"}]}
    put_in_force(MappingRuleFactory(organization=organization, wrapup_code=code, conditions=asks).release)
    return code


def test_a_disposition_is_stored_when_it_is_answered_and_says_where_to_ask(program, organization):
    response = program.post(
        "dispositions", said(event_id="call-1", notes="two items", occurred_at="2026-03-01T12:00:00+01:00")
    )

    row = Disposition.everywhere.get()
    assert response.status_code == 202
    assert response.json() == {
        "event_id": "call-1",
        "conversation_id": ID,
        "outcome": "accepted",
        "id": row.pk,
        "status_url": f"/api/v1/dispositions/{row.pk}",
    }
    assert response["Location"] == f"/api/v1/dispositions/{row.pk}"
    assert (row.organization, row.source, row.code, row.notes) == (organization, "crm", "REFUND-OK", "two items")
    assert row.said_at == datetime(2026, 3, 1, 11, tzinfo=UTC)


def test_what_came_is_kept_as_an_event_of_the_key(program, organization):
    program.post("dispositions", said(event_id="call-1"))

    event = InboundEvent.everywhere.get()
    assert (event.organization, event.source, event.sender, event.event_id) == (organization, None, "crm", "call-1")
    assert (event.state, event.kind, event.conversation_id) == ("processed", "disposition", ID)


def test_the_audit_names_the_key_and_posting_all_day_is_no_act(program, key):
    program.post("dispositions", said())

    entry = AuditEntry.objects.filter(table="wrapups_disposition").get()
    assert (entry.actor, entry.act) == (f"key:{key.pk}", None)
    assert not Act.objects.exists()


def test_what_has_no_time_and_no_event_id_gets_both(program):
    first, second = program.post("dispositions", said()), program.post("dispositions", said())

    assert [each.json()["outcome"] for each in (first, second)] == ["accepted", "accepted"]
    assert first.json()["event_id"] != second.json()["event_id"]


def test_a_conversation_id_is_folded_to_small_letters(program):
    program.post("dispositions", said(conversation_id=ID.upper()))

    assert Disposition.everywhere.get().conversation_id == ID


def test_the_same_event_twice_is_one_disposition(program):
    first = program.post("dispositions", said(event_id="call-1")).json()
    again = program.post("dispositions", said(event_id="call-1")).json()

    assert again == first | {"outcome": "repeated"}
    assert Disposition.everywhere.count() == 1
    assert InboundEvent.everywhere.get().repeats == 1


def test_something_else_under_the_same_event_id_is_refused_and_the_first_word_stands(program):
    program.post("dispositions", said(event_id="call-1"))

    response = program.post("dispositions", said(event_id="call-1", disposition="REFUND-DENIED"))

    assert response.status_code == 409
    assert response.json()["type"].endswith("#problem-event-id-taken")
    assert Disposition.everywhere.get().code == "REFUND-OK"
    assert InboundEvent.everywhere.get().mismatches == 1


def test_two_keys_may_use_the_same_event_id(program, program_with, organization):
    program.post("dispositions", said(event_id="1"))

    other = program_with(organization=organization, name="survey").post("dispositions", said(event_id="1"))

    assert other.json()["outcome"] == "accepted"
    assert set(Disposition.everywhere.values_list("source", flat=True)) == {"crm", "survey"}


def test_what_is_not_yet_sent_follows_what_is_said(program, organization):
    code = refund_rule(organization)
    undecided = AssignmentFactory(organization=organization, skipped=True)
    conversation_id = undecided.communication.conversation.conversation_id

    answer = program.post("dispositions", said(conversation_id=conversation_id)).json()

    newest = Assignment.everywhere.filter(communication=undecided.communication).latest("generation")
    assert (newest.status, newest.wrapup_code) == (Status.PENDING, code)
    became = program.get(f"dispositions/{answer['id']}").json()
    assert became["state"] == "decided"
    assert became["assignments"] == [
        {
            "id": newest.pk,
            "communication_id": undecided.communication.communication_id,
            "status": "pending",
            "reason": None,
            "wrapup_code": {"id": code.genesys_id, "name": "Refund"},
            "considered": True,
        }
    ]


def test_until_its_conversation_was_decided_it_waits(program):
    answer = program.post("dispositions", said()).json()

    became = program.get(f"dispositions/{answer['id']}").json()

    assert (became["state"], became["assignments"]) == ("waiting", [])


def test_what_came_after_the_decision_was_not_considered(program, organization):
    sent = AssignmentFactory(organization=organization, verified=True)
    answer = program.post("dispositions", said(conversation_id=sent.communication.conversation.conversation_id)).json()

    (consequence,) = program.get(f"dispositions/{answer['id']}").json()["assignments"]

    assert (consequence["id"], consequence["considered"]) == (sent.pk, False)


def test_a_key_that_only_hands_in_sees_only_its_own(program_with, organization):
    others = DispositionFactory(organization=organization, source="survey")
    own = DispositionFactory(organization=organization, source="crm")
    writer = program_with(organization=organization, name="crm", scopes=["dispositions:write"])

    assert writer.get(f"dispositions/{own.pk}").status_code == 200
    assert writer.get(f"dispositions/{others.pk}").status_code == 404


# Many at once


def test_a_batch_tells_of_each_item_in_its_order(program):
    program.post("dispositions", said(event_id="b"))
    program.post("dispositions", said(event_id="c"))

    response = program.post(
        "dispositions/batch",
        {"items": [said(event_id="c", disposition="OTHER"), said(event_id="b"), said(event_id="a")]},
    )

    answer = response.json()
    assert response.status_code == 202
    assert [(item["event_id"], item["outcome"]) for item in answer["items"]] == [
        ("c", "conflict"),
        ("b", "repeated"),
        ("a", "accepted"),
    ]
    assert (answer["accepted"], answer["repeated"], answer["conflicts"]) == (1, 1, 1)
    assert answer["items"][0]["status_url"] is None
    assert program.get(f"dispositions/{answer['items'][2]['id']}").status_code == 200


def test_where_one_item_cannot_be_read_none_is_taken_in_and_each_fault_has_its_place(program):
    items = [said(), said(conversation_id="call 17"), said(disposition=" "), said(colour="red")]

    response = program.post("dispositions/batch", {"items": items})

    assert response.status_code == 422
    assert {error["field"] for error in response.json()["errors"]} == {
        "items.1.conversation_id",
        "items.2.disposition",
        "items.3",
    }
    assert not Disposition.everywhere.exists()


def test_two_items_of_a_batch_have_two_event_ids(program):
    response = program.post("dispositions/batch", {"items": [said(event_id="a"), said(), said(event_id="a")]})

    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["items.2.event_id"]


@pytest.mark.parametrize("count", [0, 501])
def test_a_batch_has_1_to_500_items(program, count: int):
    assert program.post("dispositions/batch", {"items": [said()] * count}).status_code == 422


def test_five_hundred_cost_as_many_statements_as_one(program):
    def statements(count: int) -> int:
        items = [said(conversation_id=str(uuid4())) for _ in range(count)]
        with CaptureQueriesContext(connection) as queries:
            assert program.post("dispositions/batch", {"items": items}).json()["accepted"] == count
        return len(queries)

    assert statements(500) == statements(1)


def test_one_disposition_costs_a_fixed_number_of_statements(program, django_assert_max_num_queries):
    with django_assert_max_num_queries(15):
        program.post("dispositions", said())

"""Reading assignments page by page, and sending failed ones again: the same services as the pages."""

from datetime import timedelta

import pytest

from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    AttemptFactory,
    CommunicationFactory,
    DispositionFactory,
    InboundEventFactory,
    MappingRuleFactory,
    OrganizationFactory,
    QueueFactory,
    WrapupCodeFactory,
)
from wrapups.models import Act, Assignment, AuditEntry, Communication, Conversation
from wrapups.models.clock import app_now


def ids(response) -> list[int]:
    return [item["id"] for item in response.json()["items"]]


def test_an_assignment_is_told_with_its_names_and_without_what_is_about_the_customer(program, organization):
    queue = QueueFactory(organization=organization, name="Billing")
    agent = AgentFactory(organization=organization, name="Ada Bellamy")
    code = WrapupCodeFactory(organization=organization, name="Resolved")
    rule = MappingRuleFactory(organization=organization, name="Refunds", line=4)
    leg = CommunicationFactory(organization=organization, queue_id=queue.genesys_id, agent_id=agent.genesys_id)
    Conversation.everywhere.filter(pk=leg.conversation_id).update(ani="+4930123456", attributes={"iban": "DE02"})
    row = AssignmentFactory(
        communication=leg,
        organization=organization,
        failed=True,
        wrapup_code=code,
        rule=rule,
        release=rule.release,
        facts={"ani": "+4930123456"},
        found_code_id="ININ-WRAP-UP-TIMEOUT",
    )

    response = program.get(f"assignments/{row.pk}")

    told = response.json()
    assert "+4930" not in response.content.decode()
    assert "DE02" not in response.content.decode()
    assert told["queue"] == {"id": queue.genesys_id, "name": "Billing"}
    assert told["agent"] == {"id": agent.genesys_id, "name": "Ada Bellamy"}
    assert told["wrapup_code"] == {"id": code.genesys_id, "name": "Resolved"}
    assert told["rule"] == {"line": 4, "name": "Refunds"}
    assert (told["release"], told["found_code_id"]) == (rule.release.number, "ININ-WRAP-UP-TIMEOUT")
    assert (told["status"], told["reason"], told["due_at"]) == ("failed", "rejected", None)
    assert told["trouble"]["code"] == "bad.request"
    assert told["conversation_id"] == leg.conversation.conversation_id


def test_attempts_are_told_in_order_without_who_made_them_and_what_was_said(program, organization):
    row = AssignmentFactory(organization=organization, failed=True)
    AttemptFactory(assignment=row, worker="host-17/4711", message="insides", started_at=app_now() - timedelta(hours=1))
    AttemptFactory(assignment=row, kind="read", http_status=404, outcome="")

    response = program.get(f"assignments/{row.pk}")

    first, second = response.json()["attempts"]
    assert "host-17" not in response.content.decode()
    assert "insides" not in response.content.decode()
    assert (first["kind"], first["http_status"], first["outcome"]) == ("write", 202, "accepted")
    assert (second["kind"], second["http_status"], second["outcome"]) == ("read", 404, None)


def test_the_list_goes_on_from_its_cursor_and_gives_everything_once(program, organization):
    rows = [AssignmentFactory(organization=organization) for _ in range(7)]
    same = app_now() - timedelta(hours=1)
    Assignment.everywhere.filter(pk__in=[row.pk for row in rows[:4]]).update(ended_at=same)

    seen, cursor = [], ""
    while True:
        page = program.get("assignments", f"?limit=2{cursor}")
        seen += ids(page)
        if page.json()["next"] is None:
            break
        cursor = f"&cursor={page.json()['next']}"

    newest_first = Assignment.everywhere.order_by("-ended_at", "-pk").values_list("pk", flat=True)
    assert seen == list(newest_first)


def test_every_parameter_narrows_the_list(program, organization):
    queue, agent = QueueFactory(organization=organization), AgentFactory(organization=organization)
    code = WrapupCodeFactory(organization=organization)
    leg = CommunicationFactory(
        organization=organization, queue_id=queue.genesys_id, agent_id=agent.genesys_id, media_type="email"
    )
    wanted = AssignmentFactory(organization=organization, communication=leg, failed=True, wrapup_code=code)
    Assignment.everywhere.filter(pk=wanted.pk).update(ended_at="2026-01-01T12:00:00Z")
    AssignmentFactory(organization=organization)
    conversation_id = leg.conversation.conversation_id
    InboundEventFactory(organization=organization, event_id="case-4711", conversation_id=conversation_id)

    for query in (
        "status=failed",
        "reason=rejected",
        f"queue_id={queue.genesys_id}",
        f"agent_id={agent.genesys_id}",
        f"wrapup_code_id={code.genesys_id}",
        "media_type=email",
        f"conversation_id={conversation_id.upper()}",
        "event_id=case-4711",
        f"event_id=case-4711&conversation_id={conversation_id}",
        "ended_before=2026-01-01T12:00:01Z",
        "ended_from=2026-01-01T13:00:00%2B01:00&ended_before=2026-01-02T00:00:00Z",
    ):
        assert ids(program.get("assignments", f"?{query}")) == [wanted.pk], query


def test_what_a_newer_decision_replaced_is_told_only_when_it_is_asked_for(program, organization):
    old = AssignmentFactory(organization=organization, skipped=True)
    Assignment.everywhere.filter(pk=old.pk).update(status="superseded")

    assert ids(program.get("assignments")) == []
    assert ids(program.get("assignments", "?status=superseded")) == [old.pk]


def test_a_page_of_two_hundred_costs_as_many_queries_as_one_of_two(
    program, organization, django_assert_max_num_queries
):
    queues = [QueueFactory(organization=organization) for _ in range(60)]
    for queue in queues:
        leg = CommunicationFactory(organization=organization, queue_id=queue.genesys_id, agent_id="a-1")
        AssignmentFactory(organization=organization, communication=leg)

    with django_assert_max_num_queries(6):
        assert len(ids(program.get("assignments", "?limit=200"))) == 60


def test_one_assignment_costs_a_fixed_number_of_queries(program, organization, django_assert_max_num_queries):
    row = AssignmentFactory(organization=organization, failed=True)
    for _ in range(60):
        AttemptFactory(assignment=row)

    with django_assert_max_num_queries(6):
        assert len(program.get(f"assignments/{row.pk}").json()["attempts"]) == 60


# Sending again


def test_a_failed_assignment_is_sent_again_as_an_act_of_the_key(program, key, organization):
    row = AssignmentFactory(organization=organization, failed=True)

    response = program.post(f"assignments/{row.pk}/retry", {"reason": "Genesys is back"})

    act = Act.objects.get()
    assert (response.status_code, response.json()) == (200, {"id": row.pk, "status": "pending"})
    assert (act.person, act.api_key, act.verb, act.reason) == (None, key, "retry assignment", "Genesys is back")
    assert AuditEntry.objects.filter(table="wrapups_assignment", act=act).get().actor == f"key:{key.pk}"


def test_where_a_write_may_have_taken_effect_it_is_read_first(program, organization):
    row = AssignmentFactory(organization=organization, failed=True, unresolved_write=True)

    assert program.post(f"assignments/{row.pk}/retry", {}).json()["status"] == "unknown"


def test_what_is_not_failed_is_not_sent_again(program, organization):
    row = AssignmentFactory(organization=organization, verified=True)

    response = program.post(f"assignments/{row.pk}/retry", {})

    assert response.status_code == 409
    assert response.json()["type"].endswith("#problem-not-so")
    assert not Act.objects.exists()


def test_many_are_sent_again_in_one_act_and_the_rest_is_counted(program, organization):
    failed = [AssignmentFactory(organization=organization, failed=True) for _ in range(3)]
    unclear = AssignmentFactory(organization=organization, failed=True, unresolved_write=True)
    verified = AssignmentFactory(organization=organization, verified=True)
    every = [row.pk for row in [*failed, unclear, verified]]

    answer = program.post("assignments/retry", {"ids": every, "reason": "Genesys is back"}).json()

    assert (answer["sent_again"], answer["read_first"], answer["left_alone"]) == (3, 1, 1)
    assert answer["seconds_to_finish"] >= 0
    assert Act.objects.get().verb == "retry assignments"


def test_a_hundred_are_sent_again_in_a_fixed_number_of_statements(program, organization, django_assert_max_num_queries):
    leg = CommunicationFactory(organization=organization)
    legs = [leg] + [CommunicationFactory(organization=organization, conversation=leg.conversation) for _ in range(99)]
    code = WrapupCodeFactory(organization=organization)
    rows = [
        AssignmentFactory(organization=organization, communication=each, wrapup_code=code, failed=True) for each in legs
    ]

    with django_assert_max_num_queries(16):
        answer = program.post("assignments/retry", {"ids": [row.pk for row in rows], "reason": "all"}).json()

    assert answer["sent_again"] == 100


@pytest.mark.parametrize(
    "told",
    [
        {"ids": [], "reason": "x"},
        {"ids": [1, 1], "reason": "x"},
        {"ids": list(range(1, 102)), "reason": "x"},
        {"ids": [0], "reason": "x"},
        {"ids": [2**63], "reason": "x"},
        {"ids": ["1"], "reason": "x"},
        {"ids": [1.0], "reason": "x"},
        {"ids": [True], "reason": "x"},
        {"ids": [1], "reason": " "},
        {"ids": [1]},
        {"ids": [1], "reason": "x", "status": "verified"},
    ],
)
def test_a_bulk_retry_wants_ids_once_and_a_reason(told, program):
    assert program.post("assignments/retry", told).status_code in (400, 422)


# The whole conversation


def test_a_conversation_is_told_whole_without_what_is_about_the_customer(program, organization):
    row = AssignmentFactory(organization=organization, verified=True)
    conversation = row.communication.conversation
    Conversation.everywhere.filter(pk=conversation.pk).update(ani="+4930123456", dnis="+49301", attributes={"a": "b"})
    said = DispositionFactory(organization=organization, conversation_id=conversation.conversation_id)
    DispositionFactory(organization=OrganizationFactory(), conversation_id=conversation.conversation_id)

    response = program.get(f"conversations/{conversation.conversation_id}")

    told = response.json()
    assert "+4930" not in response.content.decode()
    assert [leg["communication_id"] for leg in told["communications"]] == [row.communication.communication_id]
    assert [each["id"] for each in told["communications"][0]["assignments"]] == [row.pk]
    assert [each["id"] for each in told["dispositions"]] == [said.pk]


def test_a_conversation_costs_a_fixed_number_of_queries(program, organization, django_assert_max_num_queries):
    row = AssignmentFactory(organization=organization)
    for _ in range(60):
        leg = CommunicationFactory(organization=organization, conversation=row.communication.conversation)
        AssignmentFactory(organization=organization, communication=leg)
        DispositionFactory(organization=organization, conversation_id=row.communication.conversation.conversation_id)

    with django_assert_max_num_queries(8):
        told = program.get(f"conversations/{row.communication.conversation.conversation_id}").json()

    assert len(told["communications"]) == Communication.everywhere.count() == 61
    assert len(told["dispositions"]) == 60

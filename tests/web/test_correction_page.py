"""The page on which a person puts another code in place of the one that stands there."""

import pytest
from django.test import Client

from tests.factories import (
    AgentFactory,
    AssignmentFactory,
    CommunicationFactory,
    MappingRuleFactory,
    QueueFactory,
    QueueWrapupCodeFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.status import Status
from wrapups.models import Act, Assignment, Organization, WrapupCode

WHY = "It was a refund"


@pytest.fixture
def codes(organization: Organization) -> dict[str, WrapupCode]:
    """Three codes, of which two are on the queue."""
    queue = QueueFactory(organization=organization, genesys_id="q-1", name="Billing EU")
    made: dict[str, WrapupCode] = {
        name: WrapupCodeFactory(organization=organization, name=name) for name in ("Resolved", "Refund", "Elsewhere")
    }
    for name in ("Resolved", "Refund"):
        QueueWrapupCodeFactory(organization=organization, queue=queue, wrapup_code=made[name])
    return made


@pytest.fixture
def ours(organization: Organization, codes: dict[str, WrapupCode]) -> Assignment:
    """A rule's code that was read back."""
    agent = AgentFactory(organization=organization, name="Kim Berg")
    leg = CommunicationFactory(
        organization=organization, queue_id="q-1", agent_id=agent.genesys_id, code_id=codes["Resolved"].genesys_id
    )
    rule = MappingRuleFactory(organization=organization, name="Calls", wrapup_code=codes["Resolved"])
    put_in_force(rule.release)
    assignment: Assignment = AssignmentFactory(
        organization=organization,
        communication=leg,
        rule=rule,
        release=rule.release,
        wrapup_code=codes["Resolved"],
        verified=True,
    )
    return assignment


def address(assignment: Assignment) -> str:
    return f"/assignments/{assignment.pk}/correct"


def typed(code: WrapupCode, over: WrapupCode, **more: str) -> dict[str, str]:
    """Return the form as a person sends it."""
    return {"code": str(code.pk), "reason": WHY, "notes": "", "over": over.genesys_id, **more}


def test_it_says_what_stands_there_who_chose_it_and_that_it_is_replaced(admin: Client, ours: Assignment) -> None:
    page = admin.get(address(ours)).content.decode()

    assert "<strong>Resolved</strong>" in page
    assert "rule Calls" in page
    assert "takes the place of <strong>Resolved</strong> in Genesys Cloud" in page
    assert "Replace Resolved" in page


def test_only_other_codes_of_the_queue_can_be_chosen(admin: Client, ours: Assignment) -> None:
    page = admin.get(address(ours)).content.decode()

    assert ">Refund</option>" in page
    assert ">Resolved</option>" not in page
    assert ">Elsewhere</option>" not in page
    assert "Only codes of queue Billing EU are offered; 1 other is not on it" in page


def test_it_says_which_rule_it_counts_against_and_nothing_of_one_where_none_chose(
    admin: Client, ours: Assignment
) -> None:
    by_rule = admin.get(address(ours)).content.decode()
    Assignment.everywhere.filter(pk=ours.pk).update(rule=None, release=None)
    by_none = admin.get(address(ours)).content.decode()

    assert "counts against rule Calls, unless you choose the code that it chose, Resolved." in by_rule
    assert "counts against" not in by_none


def test_a_correction_is_made_and_leads_back_to_the_story(
    admin: Client, ours: Assignment, codes: dict[str, WrapupCode]
) -> None:
    answer = admin.post(address(ours), typed(codes["Refund"], codes["Resolved"], notes="Case 77"), follow=True)

    made = Assignment.everywhere.get(corrects=ours)
    assert answer.redirect_chain == [(f"/conversations/{ours.communication.conversation_id}", 302)]
    assert "It is corrected" in answer.content.decode()
    assert (made.wrapup_code, made.notes, made.status) == (codes["Refund"], "Case 77", Status.PENDING)
    assert Act.objects.get().reason == WHY


def test_a_form_sent_twice_corrects_once(admin: Client, ours: Assignment, codes: dict[str, WrapupCode]) -> None:
    sent = typed(codes["Refund"], codes["Resolved"])
    admin.post(address(ours), sent)

    again = admin.post(address(ours), sent, follow=True)

    assert again.redirect_chain
    assert Assignment.everywhere.filter(corrects=ours).count() == 1
    assert Act.objects.count() == 1


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_stays(admin: Client, ours: Assignment) -> None:
    answer = admin.post(address(ours), {"code": "", "reason": " ", "notes": "Case 77", "over": ""})

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Choose the code that is right." in page
    assert "Say why another code is right." in page
    assert "Case 77" in page
    assert not Assignment.everywhere.filter(corrects=ours).exists()


def test_a_code_that_is_not_on_the_queue_cannot_be_sent_either(
    admin: Client, ours: Assignment, codes: dict[str, WrapupCode]
) -> None:
    page = admin.post(address(ours), typed(codes["Elsewhere"], codes["Resolved"])).content.decode()

    assert "This code can no longer be chosen here." in page


def test_what_has_changed_meanwhile_is_said(admin: Client, ours: Assignment, codes: dict[str, WrapupCode]) -> None:
    page = admin.post(address(ours), typed(codes["Refund"], codes["Elsewhere"])).content.decode()

    assert "Another code stands there by now." in page
    assert WHY in page


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPLIED])
def test_what_is_under_way_says_so_and_offers_no_form(admin: Client, ours: Assignment, status: Status) -> None:
    Assignment.everywhere.filter(pk=ours.pk).delete()
    ours.pk, ours.status = None, status
    ours.save()

    page = admin.get(address(ours)).content.decode()

    assert "still being written or read back" in page
    assert "<textarea" not in page


@pytest.mark.parametrize("role", ["admin", "supervisor", "ops"])
def test_who_may_retry_may_correct_a_rule_s_code(
    sign_in, ours: Assignment, codes: dict[str, WrapupCode], role: str
) -> None:
    assert sign_in(role).post(address(ours), typed(codes["Refund"], codes["Resolved"])).status_code == 302


@pytest.mark.parametrize(("role", "expected"), [("admin", 302), ("supervisor", 302), ("ops", 403)])
def test_only_who_may_overwrite_replaces_what_a_person_chose(
    sign_in, ours: Assignment, codes: dict[str, WrapupCode], role: str, expected: int
) -> None:
    type(ours.communication).everywhere.filter(pk=ours.communication_id).update(code_id=codes["Refund"].genesys_id)
    client = sign_in(role)

    answer = client.post(address(ours), typed(codes["Resolved"], codes["Refund"]))

    assert answer.status_code == expected
    if expected == 403:
        assert "You may not replace what people choose" in client.get(address(ours)).content.decode()


def test_a_part_of_another_organization_s_conversation_is_not_there(
    admin: Client, codes: dict[str, WrapupCode]
) -> None:
    foreign = AssignmentFactory(verified=True)

    assert admin.get(address(foreign)).status_code == 404
    assert admin.post(address(foreign), typed(codes["Refund"], codes["Resolved"])).status_code == 404


def test_it_costs_a_fixed_number_of_queries(admin: Client, ours: Assignment, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(26):
        admin.get(address(ours))

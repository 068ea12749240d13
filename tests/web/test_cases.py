"""Saved cases in the browser: keeping one from a try or from a decision, how they come out, changing and deleting."""

from typing import Any

import pytest
from django.test import Client

from tests.factories import (
    AssignmentFactory,
    MappingRuleFactory,
    ReleaseFactory,
    RuleCaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from tests.web.test_trying import text_of
from wrapups.domain.roles import Role
from wrapups.models import Act, Organization, Release, RuleCase, WrapupCode

VOICE = {"all": [{"fact": "media", "operator": "is", "value": "voice"}]}
ENOUGH_QUERIES = 25


@pytest.fixture
def code(organization: Organization) -> WrapupCode:
    return WrapupCodeFactory(organization=organization, name="Refund granted")


@pytest.fixture
def in_force(organization: Organization) -> Release:
    """Release 1 in force: voice calls get Resolved."""
    resolved = WrapupCodeFactory(organization=organization, name="Resolved")
    release = ReleaseFactory(organization=organization, number=1)
    MappingRuleFactory(
        organization=organization, release=release, name="Calls", line=1, conditions=VOICE, wrapup_code=resolved
    )
    return put_in_force(release)


@pytest.fixture
def draft(in_force: Release, organization: Organization, code: WrapupCode) -> Release:
    """A draft in which voice calls get Refund granted."""
    release = ReleaseFactory(organization=organization, number=2)
    MappingRuleFactory(
        organization=organization, release=release, name="Refunds", line=1, conditions=VOICE, wrapup_code=code
    )
    return release


def _fields(code: WrapupCode | None, **more: Any) -> dict[str, Any]:
    fact = {"f-0-fact": "media", "f-0-value": "voice"}
    return {"name": "A refund by phone", "expected": code.pk if code else "", **fact, **more}


def test_a_case_says_how_the_draft_and_the_release_in_force_do(admin: Client, draft, organization, code) -> None:
    RuleCaseFactory(organization=organization, name="A refund by phone", expected_code=code)

    page = text_of(admin.get("/rules/cases"))

    assert "A refund by phone media type: voice Refund granted passes fails Resolved, by Calls (line 1)" in page


def test_only_failing_cases_are_listed_on_demand(admin: Client, in_force, organization, code) -> None:
    RuleCaseFactory(organization=organization, name="Right", facts={"media": "email"}, expected_code=None)
    RuleCaseFactory(organization=organization, name="Wrong", facts={"media": "email"}, expected_code=code)

    page = text_of(admin.get("/rules/cases", {"show": "failing"}))

    assert "Wrong" in page
    assert "fails no rule matches" in page
    assert "Right" not in page


def test_without_cases_the_page_says_how_to_come_to_one(admin: Client, organization) -> None:
    assert "No cases yet" in text_of(admin.get("/rules/cases"))


def test_from_a_try_a_case_begins_with_its_facts_and_what_was_chosen(admin: Client, draft, code) -> None:
    response = admin.post("/rules/cases/new", {"f-0-fact": "media", "f-0-value": "voice", "edit": "begin"})

    assert f'<option value="{code.pk}" selected>Refund granted' in response.content.decode()
    assert b'<option value="voice" selected>' in response.content
    assert not RuleCase.everywhere.exists()


def test_from_a_decision_a_case_begins_with_its_facts_and_the_code_that_was_decided(
    admin: Client, draft, organization
) -> None:
    decided = WrapupCodeFactory(organization=organization, name="Escalated")
    assignment = AssignmentFactory(organization=organization, facts={"media": "voice"}, wrapup_code=decided)

    response = admin.get("/rules/cases/new", {"leg": assignment.communication_id})

    assert f'<option value="{decided.pk}" selected>Escalated' in response.content.decode()
    assert b'<option value="voice" selected>' in response.content


def test_a_case_is_kept_with_what_was_typed(admin: Client, draft, organization, code) -> None:
    response = admin.post("/rules/cases/new", _fields(code))

    assert response.status_code == 302
    case = RuleCase.objects.of(organization).get()
    assert (case.name, case.facts, case.expected_code) == ("A refund by phone", {"media": "voice"}, code)
    assert Act.objects.get(organization=organization).verb == "save a case"


def test_a_case_may_expect_that_no_rule_matches(admin: Client, draft, organization) -> None:
    admin.post("/rules/cases/new", _fields(None))

    assert RuleCase.objects.of(organization).get().expected_code is None


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "Give the case a name."),
        ({"name": "Refund\u200b"}, "Use letters, digits and signs that can be seen."),
        ({"name": "There already"}, "There is a case called “There already” already."),
        ({"f-1-fact": "duration_s", "f-1-value": "long"}, "Write a number"),
        ({"expected": "999999"}, "999999 is not one of the available choices."),
    ],
)
def test_what_cannot_be_kept_is_said_at_its_field_and_nothing_typed_is_lost(
    admin: Client, draft, organization, code, wrong: dict[str, str], said: str
) -> None:
    RuleCaseFactory(organization=organization, name="There already")

    response = admin.post("/rules/cases/new", _fields(code, **wrong))

    assert response.status_code == 200
    assert said in text_of(response)
    assert b'<option value="voice" selected>' in response.content
    assert RuleCase.objects.of(organization).count() == 1


def test_the_form_s_buttons_save_nothing(admin: Client, draft, organization, code) -> None:
    response = admin.post("/rules/cases/new", _fields(code, edit="add-fact"))

    assert b'name="f-1-fact"' in response.content
    assert b'value="A refund by phone"' in response.content
    assert f'<option value="{code.pk}" selected>' in response.content.decode()
    assert not RuleCase.everywhere.exists()


def test_a_case_is_changed(admin: Client, draft, organization, code) -> None:
    case = RuleCaseFactory(organization=organization, name="Refund")
    assert b'value="Refund"' in admin.get(f"/rules/cases/{case.pk}").content

    admin.post(f"/rules/cases/{case.pk}", _fields(code))

    case.refresh_from_db()
    assert (case.name, case.expected_code) == ("A refund by phone", code)


def test_a_case_is_deleted(admin: Client, organization) -> None:
    case = RuleCaseFactory(organization=organization)

    admin.post(f"/rules/cases/{case.pk}/remove")

    assert not RuleCase.everywhere.exists()


def test_a_case_of_another_organization_is_not_there(admin: Client) -> None:
    case = RuleCaseFactory()

    assert admin.get(f"/rules/cases/{case.pk}").status_code == 404
    assert admin.post(f"/rules/cases/{case.pk}", _fields(None)).status_code == 404
    assert admin.post(f"/rules/cases/{case.pk}/remove").status_code == 404
    assert RuleCase.everywhere.count() == 1


def test_whoever_may_not_change_rules_reads_the_cases_and_no_more(sign_in, organization, in_force) -> None:
    case = RuleCaseFactory(organization=organization, name="Refund")
    client = sign_in(Role.SUPERVISOR)

    page = client.get("/rules/cases")

    assert "Refund" in text_of(page)
    assert b"New case" not in page.content
    assert client.get("/rules/cases/new").status_code == 403
    assert client.post(f"/rules/cases/{case.pk}/remove").status_code == 403


def test_however_many_cases_there_are_the_queries_stay_few(
    admin: Client, draft, organization, code, django_assert_max_num_queries
) -> None:
    RuleCaseFactory.create_batch(60, organization=organization, expected_code=code)

    with django_assert_max_num_queries(ENOUGH_QUERIES):
        page = text_of(admin.get("/rules/cases"))

    assert "1–50 of 60" in page


def test_a_failing_case_holds_up_publishing_until_somebody_says_why_it_goes_on(
    admin: Client, draft, organization, code
) -> None:
    RuleCaseFactory(organization=organization, name="A call is resolved", expected_code=None)

    refused = admin.post("/releases/draft/publish", {"reason": "Refunds by phone"})

    draft.refresh_from_db()
    assert draft.state == Release.State.DRAFT
    assert "Saved cases come out otherwise: A call is resolved." in text_of(refused)

    admin.post("/releases/draft/publish", {"reason": "Refunds by phone", "despite": "The case is out of date."})

    draft.refresh_from_db()
    assert draft.state == Release.State.PUBLISHED
    act = Act.objects.get(organization=organization, verb="publish release")
    assert "A call is resolved" in act.reason
    assert "The case is out of date." in act.reason

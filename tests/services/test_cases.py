"""Saved cases: what they expect of a release, and what keeping one asks for."""

import pytest

from tests.factories import (
    MappingRuleFactory,
    OrganizationFactory,
    PersonFactory,
    ReleaseFactory,
    RuleCaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.models import Act, Organization, Release, RuleCase, WrapupCode
from wrapups.services import cases
from wrapups.services.auditing import Actor

VOICE = {"all": [{"fact": "media", "operator": "is", "value": "voice"}]}


@pytest.fixture
def organization(db) -> Organization:
    return OrganizationFactory()


@pytest.fixture
def actor(db) -> Actor:
    return Actor(PersonFactory())


@pytest.fixture
def code(organization: Organization) -> WrapupCode:
    return WrapupCodeFactory(organization=organization, name="Resolved")


@pytest.fixture
def draft(organization: Organization, code: WrapupCode) -> Release:
    """A draft whose one rule gives every voice call the code."""
    release = ReleaseFactory(organization=organization)
    MappingRuleFactory(organization=organization, release=release, conditions=VOICE, wrapup_code=code)
    return release


def test_a_case_passes_where_the_rules_choose_what_it_expects_and_fails_where_not(draft, organization, code):
    RuleCaseFactory(organization=organization, name="a call", facts={"media": "voice"}, expected_code=code)
    RuleCaseFactory(organization=organization, name="an e-mail", facts={"media": "email"}, expected_code=code)
    RuleCaseFactory(organization=organization, name="no e-mail", facts={"media": "email"}, expected_code=None)

    run = cases.run(draft)

    assert [(result.case.name, result.passed) for result in run.results] == [
        ("a call", True),
        ("an e-mail", False),
        ("no e-mail", True),
    ]
    assert [failed.case.name for failed in run.failures] == ["an e-mail"]


def test_cases_of_another_organization_are_not_asked(draft):
    RuleCaseFactory(facts={"media": "voice"})

    assert cases.run(draft).results == []


def test_a_release_in_force_is_asked_like_a_draft(draft, organization, code):
    RuleCaseFactory(organization=organization, expected_code=code)

    assert cases.run(put_in_force(draft)).failures == []


def test_however_many_cases_are_asked_it_takes_four_queries(draft, organization, code, django_assert_num_queries):
    RuleCaseFactory.create_batch(60, organization=organization, expected_code=code)
    release = Release.everywhere.select_related("organization").get(pk=draft.pk)

    with django_assert_num_queries(4):
        run = cases.run(release)

    assert len(run.results) == 60


def test_keeping_a_case_is_on_record_as_the_person_s_act(organization, code, actor):
    case = cases.save(organization, name="Refund", facts={"media": "voice"}, expected_code=code, actor=actor)

    assert (case.author, case.expected_code) == (actor.person, code)
    assert Act.objects.get(organization=organization).verb == "save a case"


def test_a_case_may_be_renamed_to_what_it_is_called_already(organization, code, actor):
    case = RuleCaseFactory(organization=organization, name="Refund")

    changed = cases.change(case, name="Refund", facts={"media": "email"}, expected_code=code, actor=actor)

    assert RuleCase.everywhere.get(pk=changed.pk).facts == {"media": "email"}


def test_two_cases_never_share_a_name(organization, actor):
    RuleCaseFactory(organization=organization, name="Refund")
    other = RuleCaseFactory(organization=organization, name="Other")

    with pytest.raises(cases.CannotSave, match="a case called “Refund” already"):
        cases.save(organization, name="Refund", facts={}, expected_code=None, actor=actor)
    with pytest.raises(cases.CannotSave, match="a case called “Refund” already"):
        cases.change(other, name="Refund", facts={}, expected_code=None, actor=actor)


def test_a_fact_that_no_rule_could_ask_for_is_refused_with_its_name(organization, actor):
    with pytest.raises(cases.CannotSave, match=r"duration_s: This fact is a number\."):
        cases.save(organization, name="Long", facts={"duration_s": "long"}, expected_code=None, actor=actor)


def test_the_code_of_another_organization_is_refused(organization, actor):
    with pytest.raises(cases.CannotSave, match="belongs to another organization"):
        cases.save(organization, name="Refund", facts={}, expected_code=WrapupCodeFactory(), actor=actor)


def test_there_are_no_more_cases_than_a_publishing_can_ask(organization, actor, monkeypatch):
    monkeypatch.setattr(cases, "MOST_CASES", 1)
    RuleCaseFactory(organization=organization)

    with pytest.raises(cases.CannotSave, match="There are 1 cases already"):
        cases.save(organization, name="One more", facts={}, expected_code=None, actor=actor)


def test_a_case_that_somebody_deleted_meanwhile_is_not_brought_back_by_changing_it(organization, actor):
    case = RuleCaseFactory(organization=organization, name="Refund")
    cases.remove(RuleCase.everywhere.get(pk=case.pk), actor=actor)

    with pytest.raises(cases.CannotSave, match="just deleted"):
        cases.change(case, name="Refund", facts={}, expected_code=None, actor=actor)

"""Releases as they are read, and rules as they are asked: the engine's own decision, of which nothing is stored."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    MappingRuleFactory,
    QueueFactory,
    ReleaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.rules import decide
from wrapups.services.rulebook import compiled


@pytest.fixture
def release(organization):
    """A release in force: short voice calls are "Abandoned", refunds of the CRM are "Refund"."""
    abandoned = WrapupCodeFactory(organization=organization, name="Abandoned")
    refund = WrapupCodeFactory(organization=organization, name="Refund")
    draft = ReleaseFactory(organization=organization, number=3)
    short = {"all": [{"fact": "duration_s", "operator": "less", "value": 10}]}
    said = {"all": [{"fact": "disposition.crm", "operator": "is", "value": "REFUND-OK"}]}
    mine = {"organization": organization, "release": draft}
    MappingRuleFactory(**mine, line=1, name="Short", conditions=short, wrapup_code=abandoned)
    MappingRuleFactory(**mine, line=2, name="Refunds", conditions=said, wrapup_code=refund, notes="by the CRM")
    return put_in_force(draft)


def test_the_rules_choose_and_say_why(program, release):
    answer = program.post("evaluate", {"facts": {"duration_s": 45, "disposition.crm": "refund-ok"}}).json()

    assert (answer["release"], answer["rule"], answer["line"]) == (3, "Refunds", 2)
    assert answer["code"]["name"] == "Refund"
    assert [(tried["rule"], tried["matched"]) for tried in answer["trace"]] == [("Short", False), ("Refunds", True)]
    assert "45" in answer["trace"][0]["because"]
    assert answer["because"][0].startswith("Rule Refunds (release 3, line 2) chose Refund because")


def test_each_condition_of_each_rule_tried_is_answered_where_that_is_asked_for(program, release):
    facts = {"duration_s": 45, "disposition.crm": "refund-ok"}

    answer = program.post("evaluate", {"facts": facts, "conditions": True}).json()

    assert answer["trace"][0]["conditions"] == [
        {"condition": "the duration is less than 10 s", "seen": 45, "held": False}
    ]
    assert [each["held"] for each in answer["trace"][1]["conditions"]] == [True]
    assert program.post("evaluate", {"facts": facts}).json()["trace"][0]["conditions"] is None


def test_it_is_the_decision_that_the_engine_makes(program, release):
    for facts in ({"duration_s": 3}, {"duration_s": 10}, {"disposition.crm": "REFUND-OK"}, {}):
        answer = program.post("evaluate", {"facts": facts}).json()

        decision = decide(compiled(release.pk), facts)
        assert (answer["code"] and answer["code"]["id"]) == decision.code_id


def test_where_no_rule_matches_the_nearest_is_named(program, release):
    answer = program.post("evaluate", {"facts": {"media": "voice"}}).json()

    assert (answer["code"], answer["rule"]) == (None, None)
    assert any("came nearest" in sentence for sentence in answer["because"])


def test_nothing_is_stored_of_it(program, release):
    with CaptureQueriesContext(connection) as queries:
        program.post("evaluate", {"facts": {"duration_s": 3}})

    written = [each["sql"] for each in queries if each["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert written == []
    assert sum("wrapups_apikey" in each["sql"] and "UPDATE" in each["sql"] for each in queries) == 1


def test_a_draft_and_an_earlier_release_may_be_asked_too(program, release, organization):
    draft = ReleaseFactory(organization=organization, number=4)
    code = WrapupCodeFactory(organization=organization, name="All")
    MappingRuleFactory(
        organization=organization, release=draft, line=1, name="Everything", conditions={}, wrapup_code=code
    )

    def chosen() -> str:
        return program.post("evaluate", {"facts": {}, "release": 4}).json()["code"]["name"]

    assert chosen() == "All"
    WrapupCodeFactory._meta.model.everywhere.filter(pk=code.pk).update(name="Everything else")
    assert chosen() == "Everything else"


@pytest.mark.parametrize("told", [{"facts": {}}, {"facts": {}, "release": 9}])
def test_a_release_that_is_not_there_is_not_found(told, program):
    assert program.post("evaluate", told).status_code == 404


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"queue_name": "Billing"}, "facts.#1"),
        ({"media": "voice", "attribute.": "x"}, "facts.#2"),
        ({"duration_s": "45"}, "facts.duration_s"),
        ({"duration_s": True}, "facts.duration_s"),
        ({"campaign": 1}, "facts.campaign"),
        ({"disposition": "REFUND-OK"}, "facts.disposition"),
        ({"disposition": [1]}, "facts"),
        ({"media": ["voice"]}, "facts.media"),
        ({"media": {"is": "voice"}}, "facts"),
        ({f"attribute.{n}": "x" for n in range(201)}, "facts"),
        ({"ani": "x" * 4097}, "facts"),
        ({"attribute." + "x" * 200: "x"}, "facts"),
        ({"": "x"}, "facts"),
    ],
)
def test_a_fact_that_no_rule_could_ask_for_is_refused(facts, field, program, release):
    response = program.post("evaluate", {"facts": facts})

    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == [field]


def test_a_fact_that_is_null_is_not_known(program, release):
    with_null = program.post("evaluate", {"facts": {"duration_s": None}}).json()

    assert with_null == program.post("evaluate", {"facts": {}}).json()


def test_asking_costs_a_fixed_number_of_queries(program, organization, django_assert_max_num_queries):
    draft = ReleaseFactory(organization=organization)
    for line in range(1, 61):
        asks = {
            "all": [{"fact": "queue", "operator": "is", "value": QueueFactory(organization=organization).genesys_id}]
        }
        MappingRuleFactory(organization=organization, release=draft, line=line, conditions=asks)
    put_in_force(draft)

    with django_assert_max_num_queries(8):
        assert len(program.post("evaluate", {"facts": {"queue": "elsewhere"}}).json()["trace"]) == 60


# Releases


def test_a_release_is_told_with_its_rules_in_their_order_and_in_words(program, release):
    told = program.get("releases/3").json()

    assert (told["number"], told["state"]) == (3, "published")
    assert [(rule["line"], rule["name"]) for rule in told["rules"]] == [(1, "Short"), (2, "Refunds")]
    assert told["rules"][0]["sentence"] == "When the duration is less than 10 s, choose Abandoned."
    assert told["rules"][1]["notes"] == "by the CRM"
    assert told["rules"][1]["conditions"]["all"][0]["fact"] == "disposition.crm"


def test_releases_are_listed_newest_first_page_by_page(program, release, organization):
    ReleaseFactory(organization=organization, number=4)

    first = program.get("releases", "?limit=1").json()
    second = program.get("releases", f"?limit=1&cursor={first['next']}").json()

    assert [(item["number"], item["state"], item["rules"]) for item in first["items"]] == [(4, "draft", 0)]
    assert [(item["number"], item["state"], item["rules"]) for item in second["items"]] == [(3, "published", 2)]
    assert second["next"] is None


def test_a_release_costs_a_fixed_number_of_queries(program, organization, django_assert_max_num_queries):
    draft = ReleaseFactory(organization=organization, number=1)
    for line in range(1, 61):
        MappingRuleFactory(organization=organization, release=draft, line=line)

    with django_assert_max_num_queries(6):
        assert len(program.get("releases/1").json()["rules"]) == 60

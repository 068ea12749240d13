"""Rules as a file by the API: out, looked at, and into the draft."""

import pytest

from tests.factories import MappingRuleFactory, QueueFactory, ReleaseFactory, WrapupCodeFactory, put_in_force
from wrapups.models import Act, Release
from wrapups.services import releasing

NEW = {"name": "new", "when": ["disposition.CRM is 'REF-OK'"], "code": "Refund granted"}
BAD = {"name": "bad", "when": ["queue is 'nowhere'"], "code": "Refund granted"}


@pytest.fixture
def in_force(organization) -> Release:
    """A release with one rule about a queue."""
    queue = QueueFactory(organization=organization, name="Billing EU")
    code = WrapupCodeFactory(organization=organization, name="Refund granted")
    conditions = {"all": [{"fact": "queue", "operator": "is", "value": queue.genesys_id}]}
    rule = MappingRuleFactory(organization=organization, name="first", conditions=conditions, wrapup_code=code)
    return put_in_force(rule.release)


def names(organization) -> list[str]:
    draft = releasing.draft_of(organization)
    return list(draft.rules.order_by("line").values_list("name", flat=True)) if draft else []


def test_what_is_sent_out_changes_nothing_when_it_comes_back(program, organization, in_force):
    sent = program.get("rules").json()

    assert sent["format"] == "wrapups.rules/1"
    assert set(sent["rules"][0]) == {"name", "identity", "when", "code"}
    told = program.post("rules/import", {**sent, "whole": True}).json()
    assert told == {
        "dry_run": True,
        "added": 0,
        "changed": 0,
        "unchanged": 1,
        "refused": 0,
        "removed": 0,
        "rules": [],
    }
    assert program.post("rules/import", {**sent, "dry_run": False}).status_code == 200
    assert names(organization) == []


def test_without_a_word_nothing_is_changed_and_with_it_the_draft_is(program, key, organization, in_force):
    looked = program.post("rules/import", {"rules": [NEW]})
    assert (looked.json()["added"], names(organization)) == (1, [])

    done = program.post("rules/import", {"rules": [NEW], "dry_run": False})

    assert done.json()["rules"] == [{"number": 1, "outcome": "added", "name": "new", "reason": None}]
    assert names(organization) == ["first", "new"]
    assert Act.objects.get(verb="import rules").api_key == key
    assert in_force.rules.count() == 1


def test_a_refused_rule_stops_the_request_unless_the_good_ones_are_asked_for(program, organization, in_force):
    looked = program.post("rules/import", {"rules": [NEW, BAD]}).json()
    assert "No queue is called “nowhere”." in looked["rules"][1]["reason"]

    refused = program.post("rules/import", {"rules": [NEW, BAD], "dry_run": False})
    assert refused.status_code == 422
    assert [each["field"] for each in refused.json()["errors"]] == ["rules.1"]
    assert "nowhere" not in refused.content.decode()
    assert names(organization) == []

    program.post("rules/import", {"rules": [NEW, BAD], "dry_run": False, "good_ones_only": True})
    assert names(organization) == ["first", "new"]


def test_the_same_request_again_is_done_once(program, organization, in_force):
    answers = [
        program.post("rules/import", {"rules": [NEW], "dry_run": False}, Idempotency_Key="once") for _ in range(2)
    ]

    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotent-Replayed"] == "true"
    assert names(organization) == ["first", "new"]


def test_while_a_release_is_proposed_its_rules_stay(program, organization, in_force):
    ReleaseFactory(organization=organization, number=in_force.number + 1)
    Release.everywhere.filter(state=Release.State.DRAFT).update(state=Release.State.PROPOSED)

    response = program.post("rules/import", {"rules": [NEW], "dry_run": False})

    assert response.status_code == 409
    assert "Withdraw it" in response.json()["detail"]


def test_any_release_can_be_read_and_one_that_is_not_there_cannot(program, in_force):
    assert program.get("rules", f"?release={in_force.number}").json()["rules"][0]["name"] == "first"
    assert program.get("rules", "?release=999999").status_code == 404

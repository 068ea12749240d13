"""Permissions and divisions: what a token may do, and how a refusal says what is missing."""

import pytest

from tests.genesys.simulator.conftest import Api, Row, address
from tests.genesys.simulator.factories import CallFactory
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.operations import OPERATIONS


def test_a_missing_permission_of_which_any_would_do_is_named(api: Api, simulator: SimulatorControl, leg: Row) -> None:
    simulator.revoke("conversation:participant:wrapup")

    refused = api.wrap_up(leg, code=simulator.code_id("Resolved"))

    assert (refused.status, refused.code) == (403, "missing.any.permissions")
    assert refused.json["messageParams"] == {"permissions": "conversation:participant:wrapup"}
    assert "conversation:participant:wrapup" in refused.json["message"]


def test_a_missing_permission_of_which_all_are_needed_is_named(api: Api, simulator: SimulatorControl) -> None:
    simulator.revoke("routing:wrapupCode:view")

    refused = api.get("routing/wrapupcodes")

    assert (refused.status, refused.code) == (403, "missing.permissions")
    assert refused.json["messageParams"] == {"permissions": "routing:wrapupCode:view"}


def test_a_conversation_of_another_division_is_forbidden(api: Api, simulator: SimulatorControl, leg: Row) -> None:
    elsewhere = [row["id"] for row in simulator.catalogue()["divisions"] if row["id"] not in leg["division_ids"]]
    simulator.grant("conversation:participant:wrapup", division_ids=elsewhere)

    refused = api.wrap_up(leg, code=simulator.code_id("Resolved"))

    assert (refused.status, refused.code) == (403, "missing.division.permission")
    assert leg["conversation_id"] in refused.json["message"]
    assert simulator.ledger() == []


def test_lists_leave_out_what_is_in_other_divisions(api: Api, simulator: SimulatorControl) -> None:
    all_of_them = api.get("routing/wrapupcodes").json["total"]
    home = next(row["id"] for row in simulator.catalogue()["divisions"] if row["home"])

    simulator.grant("routing:wrapupCode:view", division_ids=[home])

    assert api.get("routing/wrapupcodes").json["total"] < all_of_them


def test_analytics_leaves_out_conversations_of_other_divisions(
    api: Api, simulator: SimulatorControl, calls: CallFactory
) -> None:
    row = calls.create()
    assert api.query().json["totalHits"] == 1
    elsewhere = [one["id"] for one in simulator.catalogue()["divisions"] if one["id"] not in row["division_ids"]]

    simulator.grant("analytics:conversationDetail:view", division_ids=elsewhere)

    assert api.query().json["totalHits"] == 0
    assert api.get(f"analytics/conversations/details?id={row['conversation_id']}").json["conversations"] == []


def test_the_grants_shown_are_the_grants_in_force(api: Api, simulator: SimulatorControl) -> None:
    division = simulator.catalogue()["divisions"][1]
    simulator.revoke("conversation:participant:wrapup")
    simulator.grant("conversation:participant:wrapup", division_ids=[division["id"]])

    grants = api.get("authorization/subjects/me?includeFullRoles=true").json["grants"]

    writing = [
        grant["division"]["id"]
        for grant in grants
        if {"domain": "conversation", "entityName": "participant", "actions": ["wrapup"]} in grant["role"]["policies"]
    ]
    assert writing == [division["id"]]


def test_policies_are_shown_only_when_asked_for(api: Api) -> None:
    grants = api.get("authorization/subjects/me").json["grants"]

    assert all("policies" not in grant["role"] for grant in grants)


@pytest.mark.parametrize("key", [key for key, operation in OPERATIONS.items() if operation.rule != "NO"])
def test_without_any_permission_every_operation_that_needs_one_is_forbidden(
    key: str, api: Api, simulator: SimulatorControl, leg: Row
) -> None:
    for permission in simulator.client()["grants"]:
        simulator.revoke(permission)
    verb, path = key.split(" ")
    for name, value in {"conversationId": leg["conversation_id"], "participantId": leg["participant_id"]}.items():
        path = path.replace(f"{{{name}}}", value)

    refused = api.call(verb, path.removeprefix("/api/v2/"), {})

    assert refused.status == 403
    assert refused.code in ("missing.any.permissions", "missing.permissions")


def test_a_participant_property_needs_its_own_permission(api: Api, simulator: SimulatorControl, leg: Row) -> None:
    simulator.revoke("conversation:participant:wrapup")
    simulator.grant("conversation:call:record")

    refused = api.call("PATCH", address(leg), {"wrapup": {"code": simulator.code_id("Resolved")}})

    assert (refused.status, refused.code) == (403, "missing.any.permissions")
    assert simulator.ledger() == []

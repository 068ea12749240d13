"""A conversation lives: what the API shows changes with the clock, and with what is done to it."""

from typing import Any

import pytest

from tests.genesys.simulator.conftest import Api, Row, address
from tests.genesys.simulator.factories import CallFactory, row_of
from wrapups.genesys.simulator.catalogue import TIMEOUT_CODE
from wrapups.genesys.simulator.client import SimulatorControl


def agent_of(api: Api, row: Row) -> dict[str, Any]:
    """Return the agent's participant as the operational API shows it."""
    shown = api.get(f"conversations/{row['conversation_id']}").json
    return next(one for one in shown["participants"] if one["id"] == row["participant_id"])


def test_a_leg_alerts_connects_disconnects_wraps_up_and_is_done(
    api: Api, simulator: SimulatorControl, calls: CallFactory
) -> None:
    row = calls.create(alert=-5, talk=(10, 20), acw=(20, 30), code=simulator.code_id("Resolved"))
    seen = []

    for seconds in (0, 10, 10, 10):
        simulator.advance(seconds)
        call = agent_of(api, row)["calls"][0]
        seen.append((call["state"], call["afterCallWork"]["state"], call.get("wrapup", {}).get("name")))

    assert seen == [
        ("alerting", "unknown", None),
        ("connected", "unknown", None),
        ("disconnected", "pending", None),
        ("disconnected", "complete", "Resolved"),
    ]


def test_a_running_conversation_has_no_end(api: Api, simulator: SimulatorControl, calls: CallFactory) -> None:
    row = calls.create(talk=(-50, 50))

    assert "endTime" not in api.get(f"conversations/{row['conversation_id']}").json
    simulator.advance(51)
    assert api.get(f"conversations/{row['conversation_id']}").json["endTime"] == calls.at(50)


def test_a_conversation_that_has_not_begun_is_404(api: Api, calls: CallFactory) -> None:
    document = calls.build(alert=100, talk=(110, 120))
    calls.simulator.load({"conversations": [document]})

    refused = api.get(f"conversations/{document['conversationId']}")

    assert (refused.status, refused.code) == (404, "conversation.error.conversation.not.found")


def test_after_call_work_that_times_out_leaves_the_system_s_code(
    api: Api, simulator: SimulatorControl, calls: CallFactory
) -> None:
    row = calls.create(talk=(-100, -10), acw=(-10, 20), code=TIMEOUT_CODE, queue="Billing US")
    waiting = agent_of(api, row)

    simulator.advance(21)

    assert (waiting["wrapupPrompt"], waiting["wrapupTimeoutMs"], waiting["wrapupRequired"]) == ("timeout", 30_000, True)
    assert "endAcwTime" not in waiting
    done = agent_of(api, row)
    assert (done["wrapup"]["code"], done["startAcwTime"], done["endAcwTime"]) == (
        TIMEOUT_CODE,
        calls.at(-10),
        calls.at(20),
    )


@pytest.mark.parametrize(
    ("queue", "prompt", "required"),
    [
        ("Billing EU", "optional", False),
        ("Technical Support", "mandatory", True),
        ("Billing US", "timeout", True),
        ("VIP Desk", "forcedTimeout", True),
        ("Sales Inbound", "agentRequested", False),
    ],
)
def test_the_queue_decides_how_a_participant_wraps_up(
    queue: str, prompt: str, required: bool, api: Api, calls: CallFactory
) -> None:
    agent = agent_of(api, calls.create(queue=queue))

    assert (agent["queueName"], agent["wrapupPrompt"], agent["wrapupRequired"]) == (queue, prompt, required)


def test_writing_while_the_agent_is_wrapping_up_ends_it(
    api: Api, simulator: SimulatorControl, calls: CallFactory
) -> None:
    row = calls.create(talk=(-100, -10), acw=(-10, 50), code=simulator.code_id("Escalated"))

    api.wrap_up(row, code=simulator.code_id("Resolved"))
    simulator.advance(60)

    call = agent_of(api, row)["calls"][0]
    assert (call["afterCallWork"]["state"], call["wrapup"]["name"]) == ("complete", "Resolved")
    assert call["afterCallWork"]["endTime"] < calls.at(50)


def test_a_leg_that_nobody_answered_was_never_connected(api: Api, calls: CallFactory) -> None:
    call = agent_of(api, calls.create(talk=None))["calls"][0]

    assert "connectedTime" not in call
    assert call["state"] == "disconnected"


def test_a_monitoring_leg_says_so(api: Api, calls: CallFactory) -> None:
    row = calls.create(monitoredParticipantId="7c3a5e0e-0000-4000-8000-000000000009")

    agent = agent_of(api, row)

    assert agent["mediaRoles"] == ["monitor"]
    assert "afterCallWork" not in agent["calls"][0]


def test_disconnect_types_are_spelled_with_dots(api: Api, calls: CallFactory) -> None:
    call = agent_of(api, calls.create(disconnect_type="consultTransfer"))["calls"][0]

    assert call["disconnectType"] == "transfer.consult"
    assert call["segments"][-1]["disconnectType"] == "transfer.consult"


def test_disconnecting_a_live_leg_ends_it_and_the_conversation(
    api: Api, simulator: SimulatorControl, calls: CallFactory
) -> None:
    simulator.grant("conversation:communication:disconnect")
    row = calls.create(talk=(-50, 500), acw=(500, 530), code=simulator.code_id("Resolved"))

    accepted = api.call("PATCH", address(row), {"state": "disconnected"})

    assert accepted.status == 202
    call = agent_of(api, row)["calls"][0]
    assert (call["state"], call["disconnectType"], call["afterCallWork"]["state"]) == (
        "disconnected",
        "client",
        "pending",
    )
    assert "endTime" in api.get(f"conversations/{row['conversation_id']}").json
    simulator.advance(31)
    assert row_of(simulator, row["communication_id"])["acw"] == "complete"


def test_the_codes_a_participant_may_choose_are_those_of_the_queue(
    api: Api, simulator: SimulatorControl, calls: CallFactory
) -> None:
    queue_id, code_id = simulator.queue_id("Refunds"), simulator.code_id("Refund granted")
    simulator.offer_codes(queue_id, [code_id])

    permitted = api.get(f"{address(calls.create(queue='Refunds'))}/wrapupcodes").json

    assert [code["id"] for code in permitted] == [code_id]
    assert api.get(f"{address(calls.create(queue=None))}/wrapupcodes").json == []


def test_a_medium_s_conversation_shows_only_that_medium(api: Api, calls: CallFactory) -> None:
    row = calls.create()

    assert len(api.get(f"conversations/calls/{row['conversation_id']}").json["participants"]) == 2
    assert api.get(f"conversations/emails/{row['conversation_id']}").status == 404

"""What is loaded comes back out of analytics unchanged, until somebody writes."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.genesys.simulator.conftest import Api, address
from tests.genesys.simulator.factories import CallFactory, row_of
from wrapups.genesys.simulator.client import SimulatorControl, SimulatorRefused

SAMPLE = Path(__file__).parents[4] / "shared" / "genesys" / "sample-conversation-details.json"
JOBS = "analytics/conversations/details/jobs"


def by_id(conversations: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {one["conversationId"]: one for one in conversations}


def without_attributes(conversation: dict[str, Any]) -> dict[str, Any]:
    return conversation | {
        "participants": [
            {name: value for name, value in participant.items() if name != "attributes"}
            for participant in conversation["participants"]
        ]
    }


def whole_job(api: Api, interval: str) -> list[dict[str, Any]]:
    job_id = api.call("POST", JOBS, {"interval": interval}).json["jobId"]
    return list(api.get(f"{JOBS}/{job_id}/results").json["conversations"])


def assert_unchanged(api: Api, loaded: list[dict[str, Any]]) -> None:
    """Assert that a job and the bulk read show what was loaded, the latter without attributes."""
    first = min(one["conversationStart"] for one in loaded)
    assert by_id(whole_job(api, f"{first}/{api.simulator.now()}")) == by_id(loaded)
    ids = [one["conversationId"] for one in loaded]
    for some in (ids[start : start + 50] for start in range(0, len(ids), 50)):
        bulk = api.get(f"analytics/conversations/details?id={','.join(some)}").json["conversations"]
        assert by_id(bulk) == {one: without_attributes(by_id(loaded)[one]) for one in some}


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"the sample of real conversations is not beside the project: {SAMPLE}")
def test_real_conversations_come_back_unchanged(api: Api, simulator: SimulatorControl) -> None:
    loaded = json.loads(SAMPLE.read_bytes())["conversations"]

    simulator.load_file(SAMPLE)

    assert_unchanged(api, loaded)


@pytest.mark.skipif(not SAMPLE.exists(), reason=f"the sample of real conversations is not beside the project: {SAMPLE}")
def test_the_sdk_understands_real_conversations_on_the_operational_api(
    sdk_module: Any, sdk: Any, simulator: SimulatorControl
) -> None:
    api = sdk_module.ConversationsApi(sdk)

    for conversation_id in simulator.load_file(SAMPLE):
        shown = api.get_conversation(conversation_id)

        assert shown.id == conversation_id
        assert "outdated_sdk_version" not in json.dumps(sdk.sanitize_for_serialization(shown))


def test_generated_conversations_come_back_unchanged(api: Api, simulator: SimulatorControl) -> None:
    simulator.generate(120)
    simulator.advance(3_600)
    start = "2020-01-01T00:00:00Z"
    generated = whole_job(api, f"{start}/{simulator.now()}")
    simulator.reset()
    simulator.advance(3_600)

    simulator.load({"conversations": generated})

    assert_unchanged(api, generated)


def test_a_write_changes_its_own_session_and_nothing_else(api: Api, calls: CallFactory) -> None:
    document = calls.build()
    calls.simulator.load({"conversations": [document]})
    agent = document["participants"][1]
    row = row_of(calls.simulator, agent["sessions"][0]["sessionId"])

    api.wrap_up(row, code=calls.simulator.code_id("Resolved"))

    [shown] = whole_job(api, f"{document['conversationStart']}/{calls.simulator.now()}")
    assert shown["participants"][0] == document["participants"][0]
    assert shown["participants"][1]["sessions"][0]["segments"][:-1] == agent["sessions"][0]["segments"]
    assert shown["participants"][1]["sessions"][0]["segments"][-1]["segmentType"] == "wrapup"


def test_what_loaded_conversations_refer_to_joins_the_catalogue(
    api: Api, calls: CallFactory, simulator: SimulatorControl
) -> None:
    document = calls.build()
    unknown = "7c3a5e0e-0000-4000-8000-00000000"
    document["divisionIds"] = [f"{unknown}0001"]
    document["participants"][1]["userId"] = f"{unknown}0002"
    for segment in document["participants"][1]["sessions"][0]["segments"]:
        segment["queueId"] = f"{unknown}0003"
    document["participants"][1]["sessions"][0]["segments"].append(
        calls.segment("wrapup", -100, -90, wrapUpCode=f"{unknown}0004")
    )

    simulator.load({"conversations": [document]})

    assert api.get(f"routing/queues/{unknown}0003").status == 200
    assert api.get(f"routing/wrapupcodes/{unknown}0004").status == 200
    assert api.get(f"users?id={unknown}0002").json["total"] == 1
    row = row_of(simulator, document["participants"][1]["sessions"][0]["sessionId"])
    assert f"{unknown}0004" in [code["id"] for code in api.get(f"{address(row)}/wrapupcodes").json]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("conversationStart",), "yesterday"),
        (("participants", 0, "sessions", 0, "mediaType"), "smoke signals"),
        (("participants", 0, "sessions", 0, "segments", 0, "segmentStart"), "2026-01-05T10:00:00Z"),
        (("participants", 0, "participantId"), None),
        (("participants",), "none"),
    ],
)
def test_what_is_not_of_the_analytics_form_is_refused_by_name(
    path: tuple[str | int, ...], value: Any, calls: CallFactory
) -> None:
    document = calls.build()
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value

    with pytest.raises(SimulatorRefused, match=document["conversationId"]):
        calls.simulator.load({"conversations": [document]})

    assert calls.simulator.state() == []


def test_a_conversation_is_loaded_only_once(calls: CallFactory) -> None:
    document = calls.build()
    calls.simulator.load({"conversations": [document]})

    with pytest.raises(SimulatorRefused, match="already"):
        calls.simulator.load({"conversations": [document]})

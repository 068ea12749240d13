"""Every answer means to the SDK exactly what was sent: nothing lost, no unknown value, no unknown operation."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.genesys.simulator.conftest import Row, legs, recent
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.operations import OPERATIONS

UNKNOWN = "outdated_sdk_version"
MEDIA = {
    "voice": "call",
    "callback": "callback",
    "email": "email",
    "message": "message",
    "cobrowse": "cobrowsesession",
    "screenshare": "screenshare",
    "unknown": "social",
    "video": "video",
}
READABLE = ("call", "callback", "email", "message", "cobrowsesession")
CALLED = re.compile(r"resource_path = '([^']+)'.*?call_api\(resource_path, '([A-Z]+)'", re.DOTALL)


def lost(sent: Any, understood: Any, path: str = "") -> Iterator[str]:
    """Yield where the SDK's model, as JSON again, differs from what was sent."""
    if isinstance(sent, dict) and isinstance(understood, dict):
        for name, value in sent.items():
            yield from lost(value, understood.get(name), f"{path}.{name}")
    elif isinstance(sent, list) and isinstance(understood, list) and len(sent) == len(understood):
        for number, (one, other) in enumerate(zip(sent, understood, strict=True)):
            yield from lost(one, other, f"{path}[{number}]")
    elif comparable(sent) != comparable(understood):
        yield f"{path}: {sent!r} became {understood!r}"


def comparable(value: Any) -> Any:
    """Return a date as a moment, so that two spellings of it are equal; anything else as it is."""
    if isinstance(value, str) and len(value) >= 20 and value[4:5] == "-" and value[10:11] == "T":
        return datetime.fromisoformat(value)
    return value


def assert_understood(sdk: Any, model: Any) -> None:
    """Assert that the model the SDK just returned holds all that was sent."""
    sent = json.loads(sdk.last_response.data)
    understood = sdk.sanitize_for_serialization(model)
    assert list(lost(sent, understood)) == []
    assert UNKNOWN not in json.dumps(understood)


@pytest.fixture
def centre(simulator: SimulatorControl) -> list[Row]:
    """A contact centre with every kind of conversation, some codes set, some drafted; its ended agent legs."""
    simulator.generate(120)
    rows = legs(simulator)
    for row in rows[::3]:
        simulator.agent_sets_code(
            row["conversation_id"], row["communication_id"], simulator.code_id("Resolved"), notes="All is well"
        )
    row = rows[1]
    simulator.agent_sets_code(row["conversation_id"], row["communication_id"], None, notes="hm", provisional=True)
    return rows


CATALOGUE: dict[str, tuple[str, str, Callable[[SimulatorControl], dict[str, Any]]]] = {
    "tokens/me": ("TokensApi", "get_tokens_me", lambda _: {}),
    "subjects/me": ("AuthorizationApi", "get_authorization_subjects_me", lambda _: {"include_full_roles": True}),
    "divisions": ("AuthorizationApi", "get_authorization_divisions", lambda _: {}),
    "users": ("UsersApi", "get_users", lambda _: {"page_size": 100}),
    "codes": ("RoutingApi", "get_routing_wrapupcodes", lambda _: {"page_size": 10, "page_number": 2}),
    "code": ("RoutingApi", "get_routing_wrapupcode", lambda s: {"code_id": s.code_id("Resolved")}),
    "queues": ("RoutingApi", "get_routing_queues", lambda _: {"page_size": 100}),
    "queue": ("RoutingApi", "get_routing_queue", lambda s: {"queue_id": s.queue_id("Billing US")}),
    "queue codes": ("RoutingApi", "get_routing_queue_wrapupcodes", lambda s: {"queue_id": s.queue_id("Refunds")}),
    "availability": ("AnalyticsApi", "get_analytics_conversations_details_jobs_availability", lambda _: {}),
}


@pytest.mark.parametrize("name", CATALOGUE)
def test_the_sdk_loses_nothing_of_the_catalogue(
    name: str, sdk_module: Any, sdk: Any, simulator: SimulatorControl
) -> None:
    api, method, arguments = CATALOGUE[name]

    model = getattr(getattr(sdk_module, api)(sdk), method)(**arguments(simulator))

    assert_understood(sdk, model)


def test_the_sdk_puts_codes_on_a_queue(sdk_module: Any, sdk: Any, simulator: SimulatorControl) -> None:
    queue_id, code_id = simulator.queue_id("Refunds"), simulator.code_id("Resolved")
    simulator.offer_codes(queue_id, [])
    simulator.grant("routing:queue:edit")
    reference = sdk_module.WrapUpCodeReference()
    reference.id = code_id

    added = sdk_module.RoutingApi(sdk).post_routing_queue_wrapupcodes(queue_id, [reference])

    assert_understood(sdk, added)
    assert [code.id for code in added] == [code_id]


def test_the_sdk_loses_nothing_of_any_conversation(
    sdk_module: Any, sdk: Any, simulator: SimulatorControl, centre: list[Row]
) -> None:
    api = sdk_module.ConversationsApi(sdk)

    for conversation_id in {row["conversation_id"] for row in simulator.state()}:
        assert_understood(sdk, api.get_conversation(conversation_id))


def test_the_sdk_loses_nothing_of_a_conversation_at_any_moment_of_its_life(
    sdk_module: Any, sdk: Any, simulator: SimulatorControl
) -> None:
    simulator.arrivals(per_minute=600)
    api = sdk_module.ConversationsApi(sdk)
    simulator.advance(6)
    simulator.arrivals(per_minute=0)
    started = {row["conversation_id"] for row in simulator.state()}

    for _ in range(12):
        simulator.advance(10)
        for conversation_id in sorted(started)[:20]:
            assert_understood(sdk, api.get_conversation(conversation_id))


@pytest.mark.parametrize("media", [media for media in MEDIA.items() if media[1] in READABLE])
def test_the_sdk_loses_nothing_of_a_medium(
    media: tuple[str, str], sdk_module: Any, sdk: Any, centre: list[Row]
) -> None:
    media_type, name = media
    row = next(row for row in centre if row["media_type"] == media_type)
    api = sdk_module.ConversationsApi(sdk)

    assert_understood(sdk, getattr(api, f"get_conversations_{name}")(row["conversation_id"]))
    ids = (row["conversation_id"], row["participant_id"])
    assert_understood(sdk, getattr(api, f"get_conversations_{name}_participant_wrapupcodes")(*ids))


@pytest.mark.parametrize("media", MEDIA.items())
def test_the_sdk_writes_and_reads_back_a_wrap_up_of_every_medium(
    media: tuple[str, str], sdk_module: Any, sdk: Any, simulator: SimulatorControl, centre: list[Row]
) -> None:
    media_type, name = media
    row = next(row for row in centre if row["media_type"] == media_type)
    api, code = sdk_module.ConversationsApi(sdk), simulator.code_id("Escalated")
    ids = (row["conversation_id"], row["participant_id"], row["communication_id"])
    wrapup = sdk_module.WrapupInput()
    wrapup.code, wrapup.notes, wrapup.tags, wrapup.duration_seconds = code, "by rule 7", ["vip"], 12

    getattr(api, f"post_conversations_{name}_participant_communication_wrapup")(*ids, body=wrapup)
    model = getattr(api, f"get_conversations_{name}_participant_communication_wrapup")(*ids)

    assert_understood(sdk, model)
    assert (model.code, model.notes, model.tags, model.duration_seconds) == (code, "by rule 7", ["vip"], 12)


@pytest.mark.parametrize("name", READABLE)
def test_the_sdk_writes_by_participant(
    name: str, sdk_module: Any, sdk: Any, simulator: SimulatorControl, centre: list[Row]
) -> None:
    media_type = next(key for key, value in MEDIA.items() if value == name)
    row = next(row for row in centre if row["media_type"] == media_type)
    api, code = sdk_module.ConversationsApi(sdk), simulator.code_id("Survey sent")
    ids = (row["conversation_id"], row["participant_id"])
    body = {"wrapup": {"code": code}}

    getattr(api, f"patch_conversations_{name}_participant")(*ids, body=body)
    model = getattr(api, f"get_conversations_{name}_participant_wrapup")(*ids)

    assert_understood(sdk, model)
    assert model.code == code


def test_the_sdk_writes_by_the_generic_path_and_on_behalf_of_a_user(
    sdk_module: Any, sdk: Any, simulator: SimulatorControl, centre: list[Row]
) -> None:
    row = next(row for row in centre if row["media_type"] == "voice")
    api, ids = sdk_module.ConversationsApi(sdk), (row["conversation_id"], row["participant_id"])
    generic, behalf = simulator.code_id("Resolved"), simulator.code_id("Escalated")

    api.patch_conversation_participant(*ids, {"wrapup": {"code": generic}})
    assert api.get_conversation_participant_wrapup(*ids).code == generic
    api.patch_conversations_call_participant_user_user_id(*ids, row["user_id"], {"wrapup": {"code": behalf}})
    assert api.get_conversation_participant_wrapup(*ids).code == behalf
    assert_understood(sdk, api.get_conversation_participant_wrapupcodes(*ids))


def test_the_sdk_loses_nothing_of_analytics(
    sdk_module: Any, sdk: Any, simulator: SimulatorControl, centre: list[Row]
) -> None:
    api = sdk_module.AnalyticsApi(sdk)
    interval = recent(simulator)
    ids = sorted({row["conversation_id"] for row in centre})[:50]

    body = {"interval": interval, "paging": {"pageSize": 100, "pageNumber": 1}}
    assert_understood(sdk, api.post_analytics_conversations_details_query(body))
    assert_understood(sdk, api.get_analytics_conversations_details(id=ids))
    assert_understood(sdk, api.get_analytics_conversation_details(ids[0]))


def test_the_sdk_loses_nothing_of_a_details_job(
    sdk_module: Any, sdk: Any, simulator: SimulatorControl, centre: list[Row]
) -> None:
    api = sdk_module.AnalyticsApi(sdk)
    body = {"interval": recent(simulator)}

    job = api.post_analytics_conversations_details_jobs(body)
    assert_understood(sdk, job)
    assert_understood(sdk, api.get_analytics_conversations_details_job(job.job_id))
    assert_understood(sdk, api.get_analytics_conversations_details_job_results(job.job_id, page_size=20))
    api.delete_analytics_conversations_details_job(job.job_id)
    assert api.get_analytics_conversations_details_job(job.job_id).state == "CANCELLED"


def test_the_sdk_reads_every_field_of_an_error(sdk_module: Any, sdk: Any, simulator: SimulatorControl) -> None:
    simulator.revoke("routing:queue:view")

    with pytest.raises(sdk_module.rest.ApiException) as refused:
        sdk_module.RoutingApi(sdk).get_routing_queues()

    sent = json.loads(refused.value.body)
    assert list(lost(sent, sdk.sanitize_for_serialization(_deserialized(sdk, sent, "ErrorBody")))) == []
    assert sent["contextId"] == refused.value.headers["ININ-Correlation-Id"]


def test_the_sdk_knows_every_operation_that_is_served(sdk_module: Any) -> None:
    folder = Path(sdk_module.__file__).parent / "apis"

    sources = [path.read_text("utf-8") for path in folder.glob("*_api.py")]
    known = {f"{verb} {path}" for text in sources for path, verb in CALLED.findall(text)}

    assert OPERATIONS.keys() <= known


def _deserialized(sdk: Any, sent: Any, model: str) -> Any:
    class Response:
        data = json.dumps(sent)

        def getheader(self, _name: str) -> str:
            return "application/json"

    return sdk.deserialize(Response(), model)

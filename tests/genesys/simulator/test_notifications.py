"""Notification channels and their sockets: topics, heartbeats, events as they happen, and all that ends them."""

import importlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.genesys.simulator.conftest import Api
from tests.genesys.simulator.factories import CallFactory
from wrapups.genesys.simulator.client import SimulatorControl

PATIENCE_S = 10
QUEUE = "Technical Support"


def topic_of(simulator: SimulatorControl, queue: str = QUEUE) -> str:
    return f"v2.routing.queues.{simulator.queue_id(queue)}.conversations"


def opened(api: Api, *topics: str) -> dict[str, Any]:
    """Open a channel on these topics and return it."""
    channel: dict[str, Any] = api.call("POST", "notifications/channels").json
    if topics:
        assert subscribe(api, channel, *topics).status == 200
    return channel


def subscribe(api: Api, channel: dict[str, Any], *topics: str, method: str = "PUT", query: str = "") -> Any:
    path = f"notifications/channels/{channel['id']}/subscriptions{query}"
    return api.call(method, path, [{"id": topic} for topic in topics])


@contextmanager
def listening(channel: dict[str, Any]) -> Iterator[ClientConnection]:
    with connect(channel["connectUri"], ping_interval=None, proxy=None) as connection:
        assert told(connection) == ("channel.metadata", {"message": "WebSocket Heartbeat"})
        yield connection


def told(connection: ClientConnection) -> tuple[str, Any]:
    message = json.loads(connection.recv(timeout=PATIENCE_S))
    return message["topicName"], message["eventBody"]


def closes(connection: ClientConnection) -> bool:
    """Wait until the socket is closed, whatever is told until then."""
    try:
        while True:
            connection.recv(timeout=PATIENCE_S)
    except ConnectionClosed:
        return True


def fields_of(sdk_module: Any, model: str) -> set[str]:
    module = re.sub(r"(?<!^)(?=[A-Z])", "_", model).lower()
    kind = getattr(importlib.import_module(f"PureCloudPlatformClientV2.models.{module}"), model)
    return set(kind().attribute_map.values())


# Channels


def test_a_channel_names_its_socket_and_when_it_expires(api: Api, simulator: SimulatorControl) -> None:
    channel = opened(api)

    assert channel.keys() == {"id", "connectUri", "expires"}
    assert channel["connectUri"].startswith(simulator.url.replace("http", "ws"))
    assert channel["expires"] > simulator.now()


def test_subscribing_replaces_and_adding_adds(api: Api, simulator: SimulatorControl) -> None:
    one, other = topic_of(simulator), topic_of(simulator, "Refunds")
    channel = opened(api, one)

    subscribe(api, channel, other)
    assert simulator.channels()[0]["topics"] == [other]
    subscribe(api, channel, one, method="POST")
    assert simulator.channels()[0]["topics"] == [other, one]


def test_subscribing_begins_the_channel_s_life_anew(api: Api, simulator: SimulatorControl) -> None:
    channel = opened(api)
    simulator.advance(80_000)
    subscribe(api, channel, topic_of(simulator))
    simulator.advance(80_000)

    assert [each["id"] for each in simulator.channels()] == [channel["id"]]


def test_after_a_day_a_channel_is_gone(api: Api, simulator: SimulatorControl) -> None:
    channel = opened(api)
    simulator.advance(86_401)
    api.token = api.log_in().json["access_token"]

    assert subscribe(api, channel, topic_of(simulator)).status == 404
    with pytest.raises(InvalidStatus):
        connect(channel["connectUri"], ping_interval=None, proxy=None)


def test_the_next_channel_takes_the_place_of_the_oldest_that_nobody_listens_to(
    api: Api, simulator: SimulatorControl
) -> None:
    simulator.switch(channels_per_client=2)
    first, second = opened(api), opened(api)

    with listening(first):
        third = opened(api)

        assert [each["id"] for each in simulator.channels()] == [first["id"], third["id"]]
    assert second["id"] not in [each["id"] for each in simulator.channels()]


def test_a_topic_that_is_none_is_refused(api: Api) -> None:
    assert subscribe(api, opened(api), "v2.everything").code == "notification.invalid.topic"


def test_more_topics_than_a_channel_may_have_are_refused(api: Api, simulator: SimulatorControl) -> None:
    simulator.switch(topics_per_channel=1)

    answer = subscribe(api, opened(api), topic_of(simulator), topic_of(simulator, "Refunds"))

    assert (answer.status, answer.code) == (400, "notification.subscription.too.many.subscriptions")


def test_a_queue_out_of_reach_is_rejected_beside_those_within(api: Api, simulator: SimulatorControl) -> None:
    home = next(each["id"] for each in simulator.catalogue()["divisions"] if each["home"])
    simulator.grant("routing:queue:view", division_ids=[home])
    within, beyond = topic_of(simulator), topic_of(simulator, "Billing EU")

    answer = subscribe(api, opened(api), within, beyond, query="?ignoreErrors=true")

    states = {each["id"]: each["state"] for each in answer.json["entities"]}
    assert states == {within: "Permitted", beyond: "Rejected"}
    assert simulator.channels()[0]["topics"] == [within]
    assert subscribe(api, opened(api), within, beyond).status == 403


def test_a_channel_belongs_to_the_client_that_opened_it(api: Api, simulator: SimulatorControl) -> None:
    assert subscribe(api, {"id": "streaming-0-somebody-else-s"}, topic_of(simulator)).status == 404


# Sockets


def test_a_channel_has_one_socket(api: Api) -> None:
    channel = opened(api)

    with listening(channel), pytest.raises(InvalidStatus):
        connect(channel["connectUri"], ping_interval=None, proxy=None)


def test_a_socket_gives_signs_of_life(api: Api, simulator: SimulatorControl) -> None:
    simulator.switch(heartbeat_s=0.05)

    with listening(opened(api)) as connection:
        assert {told(connection)[0] for _ in range(3)} == {"channel.metadata"}


def test_a_ping_has_its_pong(api: Api) -> None:
    with listening(opened(api)) as connection:
        connection.send('{"message": "ping"}')

        assert told(connection) == ("channel.metadata", {"message": "pong"})


def test_what_happens_on_a_queue_is_told_as_it_happens(
    api: Api, simulator: SimulatorControl, calls: CallFactory
) -> None:
    topic = topic_of(simulator)
    with listening(opened(api, topic)) as connection:
        row = calls.create(talk=(-50, 100))
        simulator.advance(110)

        heard, body = told(connection)

    [agent] = [each for each in body["participants"] if each["purpose"] == "agent"]
    assert heard == topic
    assert body["id"] == row["conversation_id"]
    assert (agent["calls"][0]["id"], agent["calls"][0]["state"]) == (row["communication_id"], "disconnected")


def test_a_code_that_an_agent_sets_is_told(api: Api, simulator: SimulatorControl, calls: CallFactory) -> None:
    row = calls.create()
    with listening(opened(api, topic_of(simulator))) as connection:
        code = simulator.code_id("Resolved")
        simulator.agent_sets_code(row["conversation_id"], row["communication_id"], code)

        _, body = told(connection)

    [agent] = [each for each in body["participants"] if each["purpose"] == "agent"]
    assert agent["calls"][0]["wrapup"]["code"] == code


def test_what_happens_on_another_queue_or_happened_before_is_not_told(
    api: Api, simulator: SimulatorControl, calls: CallFactory
) -> None:
    calls.create()
    with listening(opened(api, topic_of(simulator))) as connection:
        calls.create(talk=(-50, 100), queue="Refunds")
        own = calls.create(talk=(-50, 101))
        simulator.advance(110)

        assert told(connection)[1]["id"] == own["conversation_id"]


@pytest.mark.parametrize(
    "end",
    [
        lambda simulator: simulator.drop_sockets(),
        lambda simulator: simulator.advance(86_401),
        lambda simulator: simulator.reset(),
    ],
    ids=["dropped", "expired", "reset"],
)
def test_a_socket_ends_with_its_channel_or_when_it_is_dropped(
    end: Callable[[SimulatorControl], Any], api: Api, simulator: SimulatorControl
) -> None:
    with listening(opened(api)) as connection:
        end(simulator)

        assert closes(connection)


def test_a_socket_that_is_to_close_says_so_first(api: Api, simulator: SimulatorControl) -> None:
    simulator.switch(closing_notice_s=0.1)
    with listening(opened(api)) as connection:
        assert simulator.announce_closing() == 1

        assert told(connection)[0] == "v2.system.socket_closing"
        assert closes(connection)


def test_an_event_has_no_field_that_genesys_events_lack(sdk_module: Any, api: Api, simulator: SimulatorControl) -> None:
    topics = [topic_of(simulator, row["name"]) for row in simulator.catalogue()["queues"]]
    media = {"calls": "Call", "callbacks": "Callback", "emails": "Email", "messages": "Message", "videos": "Video"}
    seen: set[str] = set()
    with listening(opened(api, *topics)) as connection:
        simulator.generate(60, within_s=1)
        simulator.arrivals(per_minute=600, speed=10)
        simulator.advance(6)
        simulator.arrivals(per_minute=0)
        simulator.advance(3600)
        while not {"calls", "emails", "messages"} <= seen:
            _, body = told(connection)
            assert body.keys() <= fields_of(sdk_module, "QueueConversationEventTopicConversation")
            for participant in body["participants"]:
                assert participant.keys() <= fields_of(sdk_module, "QueueConversationEventTopicParticipant")
                for name, model in media.items():
                    for each in participant.get(name, []):
                        seen.add(name)
                        assert each.keys() <= fields_of(sdk_module, f"QueueConversationEventTopic{model}")
                        wrapup = each.get("wrapup", {})
                        assert wrapup.keys() <= fields_of(sdk_module, "QueueConversationEventTopicWrapup")

"""Channels, their topics and what is heard on them, through the gateway."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.genesys.conftest import Connect
from tests.genesys.simulator.factories import CallFactory
from wrapups.domain.errors import Refused, Unclear
from wrapups.domain.notifications import Channel, ChannelLost, Ending, Heard, queue_topic
from wrapups.genesys.gateway import GenesysGateway
from wrapups.genesys.notifications import heard
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.streaming import ChannelSocket, open_channel_socket

PATIENCE_S = 10.0
QUEUE = "Technical Support"
CONVERSATION = "1c0a7d3e-0000-4000-8000-000000000001"


@pytest.fixture
def socket(gateway: GenesysGateway, simulator: SimulatorControl) -> Iterator[ChannelSocket]:
    """The open socket of a channel that is told of one queue; its first heartbeat has been heard."""
    channel = gateway.open_channel()
    gateway.subscribe(channel.id, [queue_topic(simulator.queue_id(QUEUE))])
    socket = gateway.listen(channel)
    assert socket.receive(timeout_s=PATIENCE_S) == Heard()
    yield socket
    socket.close()


def event(*communications: dict[str, Any], medium: str = "calls", **participant: Any) -> str:
    """Return a message about one conversation with one participant."""
    about = {"id": "p", "purpose": "agent", "userId": "u", medium: list(communications), **participant}
    body = {"id": CONVERSATION, "participants": [about]}
    return json.dumps({"topicName": queue_topic("q"), "version": "2", "eventBody": body, "metadata": {}})


def call(**values: Any) -> dict[str, Any]:
    """Return a call that is over."""
    times = {"connectedTime": "2026-03-01T11:50:00.000Z", "disconnectedTime": "2026-03-01T12:00:00.000Z"}
    return {"id": "c", "state": "disconnected", **times, **values}


# Channels


def test_a_channel_is_one_request_and_subscribing_another(gateway: GenesysGateway, simulator: SimulatorControl) -> None:
    channel = gateway.open_channel()
    gateway.subscribe(channel.id, [queue_topic(simulator.queue_id(QUEUE))])

    calls = simulator.calls()["operations"]
    assert calls["POST /api/v2/notifications/channels"] == 1
    assert calls["PUT /api/v2/notifications/channels/{channelId}/subscriptions"] == 1
    assert channel.expires_at is not None


def test_topics_that_the_client_may_not_have_are_named_and_the_others_kept(
    gateway: GenesysGateway, simulator: SimulatorControl
) -> None:
    home = next(each["id"] for each in simulator.catalogue()["divisions"] if each["home"])
    simulator.grant("routing:queue:view", division_ids=[home])
    within, beyond = (queue_topic(simulator.queue_id(name)) for name in (QUEUE, "Billing EU"))

    refused = gateway.subscribe(gateway.open_channel().id, [within, beyond])

    assert [each.topic for each in refused] == [beyond]
    assert "routing:queue:view" in refused[0].reason
    assert simulator.channels()[0]["topics"] == [within]


def test_more_topics_than_a_channel_has_are_never_sent(gateway: GenesysGateway) -> None:
    with pytest.raises(ValueError, match="at most 1000"):
        gateway.subscribe("streaming-0-x", ["t"] * 1001)


@pytest.mark.parametrize("channel_id", ["", "a/b", "../users", "x" * 129])
def test_an_id_that_would_reach_another_path_is_never_sent(channel_id: str, gateway: GenesysGateway) -> None:
    with pytest.raises(Refused):
        gateway.subscribe(channel_id, [])


# Sockets


def test_an_ending_is_heard_as_it_happens(socket: ChannelSocket, simulator: SimulatorControl) -> None:
    row = CallFactory(simulator).create(talk=(-50, 100))
    simulator.advance(110)

    said = socket.receive(timeout_s=PATIENCE_S)

    assert said is not None
    [ending] = said.endings
    assert (ending.conversation_id, ending.communication_id) == (row["conversation_id"], row["communication_id"])


def test_silence_is_none(socket: ChannelSocket) -> None:
    assert socket.receive(timeout_s=0.01) is None


def test_a_notice_of_closing_is_heard(socket: ChannelSocket, simulator: SimulatorControl) -> None:
    simulator.announce_closing()

    assert socket.receive(timeout_s=PATIENCE_S) == Heard(closing=True)


def test_a_dropped_socket_is_lost(socket: ChannelSocket, simulator: SimulatorControl) -> None:
    simulator.drop_sockets()

    with pytest.raises(ChannelLost):
        socket.receive(timeout_s=PATIENCE_S)


def test_a_channel_that_is_gone_cannot_be_listened_to(gateway: GenesysGateway, simulator: SimulatorControl) -> None:
    channel = gateway.open_channel()
    simulator.advance(86_401)

    with pytest.raises(ChannelLost, match="did not open"):
        gateway.listen(channel)


@pytest.mark.parametrize(
    "address",
    [
        "ws://127.0.0.2:1/channels/x",
        "http://127.0.0.1:1/channels/x",
        "wss://example.com/channels/x",
        "ws://127.0.0.1:port/channels/x",
        "",
    ],
)
def test_an_address_that_is_not_genesys_own_is_not_connected_to(address: str, connecting: Connect) -> None:
    with pytest.raises(Unclear, match="not its own"):
        connecting().listen(Channel("x", address, None))


@pytest.mark.parametrize(
    "address",
    [
        "wss://streaming.mypurecloud.de.example.com/channels/x",
        "wss://example.com/.mypurecloud.de",
        "wss://name@streaming.mypurecloud.de/channels/x",
        "ws://streaming.mypurecloud.de/channels/x",
        "wss://mypurecloud.de/channels/x",
    ],
)
def test_a_region_s_sockets_are_on_hosts_of_its_domain_and_spoken_to_over_tls(address: str) -> None:
    with pytest.raises(Unclear, match="not its own"):
        open_channel_socket(address, api_url="https://api.mypurecloud.de", private_addresses=False, timeout_s=1)


def test_a_host_that_does_not_answer_is_a_lost_channel_and_its_address_is_not_told(connecting: Connect) -> None:
    with pytest.raises(ChannelLost) as lost:
        connecting().listen(Channel("x", "ws://127.0.0.1:9/channels/streaming-0-canary", None))

    assert "canary" not in str(lost.value)


# What is heard


def test_an_agent_s_call_that_is_over_is_an_ending() -> None:
    [ending] = heard(event(call())).endings

    assert ending == Ending(CONVERSATION, "c", ending.ended_at)
    assert ending.ended_at.isoformat() == "2026-03-01T12:00:00+00:00"


@pytest.mark.parametrize("medium", ["callbacks", "chats", "emails", "messages", "videos", "socialExpressions"])
def test_every_medium_is_heard(medium: str) -> None:
    assert len(heard(event(call(), medium=medium)).endings) == 1


@pytest.mark.parametrize(
    "message",
    [
        event(call(state="connected")),
        event(call(state="parked")),
        event(call(connectedTime=None)),
        event(call(disconnectedTime=None)),
        event(call(), purpose="customer"),
        event(call(), userId=None),
        event(call(), medium="internalMessages"),
        event(),
    ],
    ids=["goes on", "parked", "never connected", "no time", "customer", "nobody", "no wrap-up", "nothing"],
)
def test_nothing_else_is_an_ending(message: str) -> None:
    assert heard(message) == Heard()


@pytest.mark.parametrize(
    "message",
    [
        '{"topicName": "channel.metadata", "eventBody": {"message": "WebSocket Heartbeat"}}',
        '{"topicName": "v2.something.new", "eventBody": null}',
        "{}",
    ],
)
def test_what_says_nothing_of_a_conversation_is_a_sign_of_life(message: str) -> None:
    assert heard(message) == Heard()


@pytest.mark.parametrize(
    "message",
    [
        "",
        "no json",
        "[]",
        "null",
        '{"topicName": 1}',
        '{"topicName": "v2.routing.queues.q.conversations"}',
        event(call(id=None)),
    ],
)
def test_nonsense_is_unclear(message: str) -> None:
    with pytest.raises(Unclear):
        heard(message)

"""Serves notification channels and what they are subscribed to."""

from typing import Any

from wrapups.genesys.simulator.call import Answer, Call, answer, serves
from wrapups.genesys.simulator.channels import Channel
from wrapups.genesys.simulator.instants import from_epoch
from wrapups.genesys.simulator.notices import TOPIC
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.streaming import PATH

SUBSCRIPTIONS = "/api/v2/notifications/channels/{channelId}/subscriptions"
NEEDED = "routing:queue:view"
"""Which permission these topics need is not documented; a client that may not see a queue is not told of it."""
BEFORE, AFTER = TOPIC.split("{}")


@serves("POST /api/v2/notifications/channels")
def open_channel(call: Call) -> Answer:
    """Answer with a new `Channel`, whose socket is on this very server."""
    switches = call.simulation.switches
    channel = call.simulation.channels.open(
        call.client.id, lifetime_s=switches.channel_lifetime_s, most=switches.channels_per_client
    )
    address = f"ws://{call.request.headers.get('host', '')}{PATH}{channel.id}"
    return answer({"id": channel.id, "connectUri": address, "expires": from_epoch(channel.expires_at)})


@serves(f"GET {SUBSCRIPTIONS}")
def subscriptions(call: Call) -> Answer:
    """Answer with the topics of a channel."""
    return answer({"entities": [{"id": topic} for topic in _channel(call).topics]})


@serves(f"POST {SUBSCRIPTIONS}", f"PUT {SUBSCRIPTIONS}")
def subscribe(call: Call) -> Answer:
    """Add topics, or replace them all; the channel's life begins anew."""
    channel, before = _channel(call), []
    if call.request.method == "POST":
        before = channel.topics
    found = [_topic(call, topic) for topic in _asked(call)]
    permitted = list(dict.fromkeys([*before, *(each["id"] for each in found if each["state"] == "Permitted")]))
    if len(permitted) > call.simulation.switches.topics_per_channel:
        raise Problem("notification.subscription.too.many.subscriptions", maximum=1000)
    rejected = [each for each in found if each["state"] == "Rejected"]
    if rejected and call.request.query.get("ignoreErrors", "").lower() != "true":
        raise Problem("missing.permissions", permissions=NEEDED)
    channel.topics = permitted
    channel.expires_at = call.simulation.clock.seconds() + call.simulation.switches.channel_lifetime_s
    return answer({"entities": found})


@serves(f"DELETE {SUBSCRIPTIONS}")
def unsubscribe(call: Call) -> Answer:
    """Forget every topic of a channel."""
    _channel(call).topics = []
    return Answer(200)


def _channel(call: Call) -> Channel:
    channel = call.simulation.channels.find(call.parameters["channelId"], call.client.id)
    if channel is None:
        raise Problem("not.found")
    return channel


def _asked(call: Call) -> list[str]:
    body = call.json()
    if not isinstance(body, list) or not all(
        isinstance(each, dict) and isinstance(each.get("id"), str) for each in body
    ):
        raise Problem("bad.request")
    return [each["id"] for each in body]


def _topic(call: Call, topic: str) -> dict[str, Any]:
    """Return the `ChannelTopic` of one topic: rejected where the client may not see the queue."""
    queue_id = topic.removeprefix(BEFORE).removesuffix(AFTER)
    if topic != TOPIC.format(queue_id) or "." in queue_id:
        raise Problem("notification.invalid.topic", topic=topic)
    queue = call.simulation.catalogue.queues.get(queue_id)
    if queue is not None and call.client.reaches((NEEDED,), [queue.division_id]):
        return {"id": topic, "state": "Permitted"}
    return {"id": topic, "state": "Rejected", "rejectionReason": "MissingPermissions", "missingPermissions": [NEEDED]}

"""What a channel is told: `QueueConversationEventTopicConversation`, once for each queue and change.

A change is any instant of a conversation's story, or a write to it, between the last look and this one. Several that
one look finds are told as one, since each event carries the whole conversation.
"""

from collections.abc import Iterator
from uuid import uuid4

from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.instants import Instant
from wrapups.genesys.simulator.media import MEDIA
from wrapups.genesys.simulator.operational import Rendering
from wrapups.genesys.simulator.simulation import Simulation
from wrapups.genesys.simulator.timeline import Document, instants

TOPIC = "v2.routing.queues.{}.conversations"
LACKING = frozenset(
    {
        *("startTime", "userUri", "queueName", "ani", "dnis", "wrapupSkipped"),  # of a participant
        *("segments", "startAlertingTime"),  # of a communication
    }
)
"""What the operational API shows and the events do not have."""
WRAPUP_LACKING = frozenset({"name", "provisional"})
SPELT = {"endpoint.donotdisturb": "endpoint.dnd", "transfer.donotdisturb": "transfer.dnd"}


def notices(simulation: Simulation, topics: list[str], since: Instant, now: Instant) -> Iterator[Document]:
    """Yield what happened on these topics after `since` and up to `now`."""
    queues = {TOPIC.format(queue_id): queue_id for queue_id in simulation.catalogue.queues}
    wanted = {queues[topic]: topic for topic in topics if topic in queues}
    for conversation in simulation.conversations:
        if conversation.timeline.started_at > now or conversation.settled_at <= since:
            continue
        if any(since < at <= now for at in _moments(conversation)):
            body = _body(simulation, conversation, now)
            told = {leg.queue_id for leg in conversation.timeline.legs.values() if leg.started_at <= now}
            yield from (event(topic, body) for queue_id, topic in wanted.items() if queue_id in told)


def event(topic: str, body: Document) -> Document:
    """Return one message of a channel."""
    return {"topicName": topic, "version": "2", "eventBody": body, "metadata": {"CorrelationId": str(uuid4())}}


def _moments(conversation: Conversation) -> Iterator[Instant]:
    yield from instants(conversation.timeline.document)
    for writes in conversation.writes.values():
        yield from (write.at for write in writes)


def _body(simulation: Simulation, conversation: Conversation, now: Instant) -> Document:
    whole = Rendering(conversation, simulation.catalogue, simulation.switches, now, now).conversation_body()
    kept = {name: whole[name] for name in ("id", "recordingState", "divisions") if name in whole}
    return kept | {"participants": [_participant(each) for each in whole["participants"]]}


def _participant(whole: Document) -> Document:
    media = [medium.rest for medium in MEDIA if medium.rest in whole]
    return _cut(whole) | {name: [_communication(each) for each in whole[name]] for name in media}


def _communication(whole: Document) -> Document:
    body = _cut(whole)
    if "disconnectType" in body:
        body["disconnectType"] = SPELT.get(body["disconnectType"], body["disconnectType"])
    return body


def _cut(whole: Document) -> Document:
    body = {name: value for name, value in whole.items() if name not in LACKING}
    if "wrapup" in body:
        body["wrapup"] = {name: value for name, value in body["wrapup"].items() if name not in WRAPUP_LACKING}
    return body

"""Notification channels and their messages, as Genesys renders them.

Sources: `Channel`, `ChannelTopic` and `QueueConversationEventTopicConversation` of PureCloudPlatformClientV2 269;
https://developer.genesys.cloud/notificationsalerts/notifications/ (heartbeats, `v2.system.socket_closing`).
"""

from collections.abc import Iterator
from datetime import datetime

import orjson

from wrapups.domain.notifications import Channel, Ending, Heard, TopicRefused
from wrapups.genesys.errors import unreadable
from wrapups.genesys.fields import Json, moment, record, records, required_text, text, texts

CLOSING = "v2.system.socket_closing"
QUEUES = "v2.routing.queues."
OVER = frozenset({"disconnected", "terminated"})
MEDIA = (
    *("calls", "callbacks", "chats", "cobrowsesessions", "emails", "messages"),
    *("screenshares", "socialExpressions", "videos"),
)
"""The lists of communications that an event's participant may have and that carry a wrap-up."""


def channel(answer: object) -> Channel:
    """Return a channel that was just opened. Raises Unclear where the answer makes no sense."""
    body = record(answer, "answer")
    return Channel(required_text(body, "id"), required_text(body, "connectUri"), moment(body, "expires"))


def refused(answer: object) -> tuple[TopicRefused, ...]:
    """Return the topics that were refused, of those a channel was to be subscribed to."""
    topics = records(record(answer, "answer"), "entities")
    return tuple(
        TopicRefused(required_text(topic, "id"), _why(topic)) for topic in topics if text(topic, "state") == "Rejected"
    )


def heard(message: str | bytes) -> Heard:
    """Return what a message says; one of a topic we do not know is a sign of life. Raises Unclear for nonsense."""
    try:
        body = record(orjson.loads(message), "message")
    except orjson.JSONDecodeError:
        raise unreadable("a notification is no JSON") from None
    topic = text(body, "topicName")
    if topic.startswith(QUEUES):
        return Heard(endings=tuple(_endings(record(body.get("eventBody"), "eventBody"))))
    return Heard(closing=topic == CLOSING)


def _endings(conversation: Json) -> Iterator[Ending]:
    """Yield the communications of agents that were connected and are over."""
    conversation_id = required_text(conversation, "id")
    for participant in records(conversation, "participants"):
        if text(participant, "purpose") != "agent" or not text(participant, "userId"):
            continue
        for communication in (each for medium in MEDIA for each in records(participant, medium)):
            if text(communication, "state") not in OVER or moment(communication, "connectedTime") is None:
                continue
            ended_at: datetime | None = moment(communication, "disconnectedTime") or moment(participant, "endTime")
            if ended_at is not None:
                yield Ending(conversation_id, required_text(communication, "id"), ended_at)


def _why(topic: Json) -> str:
    lacking = ", ".join(texts(topic, "missingPermissions"))
    return f"{text(topic, 'rejectionReason') or 'refused'}{f' ({lacking})' if lacking else ''}"

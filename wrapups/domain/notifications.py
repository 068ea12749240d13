"""Genesys Cloud's notifications: a channel, what it may be told of, and what is heard on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MOST_TOPICS = 1000
"""How many topics a channel may have. Source: https://developer.genesys.cloud/notificationsalerts/notifications/"""


@dataclass(frozen=True, slots=True)
class Channel:
    """A notification channel: `connect_uri` is the address of its one WebSocket, good until `expires_at`.

    Whoever knows the address hears what the channel is told, so it belongs in no log.
    """

    id: str
    connect_uri: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class TopicRefused:
    """A topic that a channel is not told of, and why, in Genesys' words."""

    topic: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ending:
    """An agent's part in a conversation that is over."""

    conversation_id: str
    communication_id: str
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """One message of a channel: endings, a notice that the socket will be closed, or else a sign of life."""

    endings: tuple[Ending, ...] = ()
    closing: bool = False


class ChannelLost(Exception):
    """The socket of a channel could not be opened, or is gone. What was missed is not told again."""


class Stream(Protocol):
    """The open socket of a channel."""

    def receive(self, *, timeout_s: float) -> Heard | None:
        """Return the next message, or None where there was none in time. Raises ChannelLost, and Unclear for
        a message that makes no sense."""

    def close(self) -> None:
        """Close the socket; doing it twice does no harm."""


def queue_topic(queue_id: str) -> str:
    """Return the topic on which every change of every conversation of a queue is told."""
    return f"v2.routing.queues.{queue_id}.conversations"

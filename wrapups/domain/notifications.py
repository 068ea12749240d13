"""Genesys Cloud's notifications: a channel, what it may be told of, and what is heard on it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

MOST_TOPICS = 1000
"""How many topics a channel may have. Source: https://developer.genesys.cloud/notificationsalerts/notifications/"""
LONGEST_PAUSE_S = 60.0
LONGEST_UNRENEWED_S = 3600.0
DAY_S = 86_400.0
"""How long a channel lives, by the same source."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A notification channel: `connect_uri` is the address of its one WebSocket, good until `expires_at` (UTC).

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


def pause_s(failures: int, *, jitter: float) -> float:
    """Return how long to wait before a channel is opened again, after so many failures in a row.

    It doubles from 1 s to at most a minute, less up to half of it (`jitter` 0.0 to 1.0), so that listeners who lost
    their sockets together do not come back together.
    """
    longest: float = min(LONGEST_PAUSE_S, 2.0 ** (min(failures, 10) - 1))
    return longest * (1 - jitter / 2)


def subscribe_again_s(life_s: float | None) -> float:
    """Return how long after subscribing it is done again: well before the channel expires, and at least once an hour.

    Subscribing is what renews a channel, and what brings the queues that are new. None: its life is not known.
    """
    return max(0.1, min(LONGEST_UNRENEWED_S, (life_s if life_s is not None else DAY_S) * 0.7))

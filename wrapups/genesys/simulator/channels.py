"""Notification channels: what each is subscribed to, how long it lives, and what is to happen to its socket.

Source: the notification chapters of Genesys' developer centre: a channel lives 24 hours and is renewed by subscribing
again, a client has 20 of them, one socket each, and nothing that is missed is ever sent again.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import uuid4

from wrapups.genesys.simulator.clock import Clock


@dataclass(slots=True)
class Channel:
    """One channel of one client; `expires_at` in seconds after 1970 of the simulated clock.

    `orders` is what the control side wants of its socket: "drop" or "closing".
    """

    id: str
    client_id: str
    expires_at: float
    topics: list[str] = field(default_factory=list)
    connected: bool = False
    orders: deque[str] = field(default_factory=deque)


class Channels:
    """All channels, oldest first."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.by_id: dict[str, Channel] = {}

    def open(self, client_id: str, *, lifetime_s: float, most: int) -> Channel:
        """Return a new channel. Where the client has as many as it may, the oldest goes, unconnected ones first."""
        own = [channel for channel in self.living() if channel.client_id == client_id]
        if len(own) >= most:
            del self.by_id[min(own, key=lambda channel: channel.connected).id]
        channel = Channel(f"streaming-0-{uuid4().hex}", client_id, self.clock.seconds() + lifetime_s)
        self.by_id[channel.id] = channel
        return channel

    def find(self, channel_id: str, client_id: str | None = None) -> Channel | None:
        """Return a channel that still lives, if it is this client's; None as the client stands for any."""
        channel = self.by_id.get(channel_id)
        if channel is None or not self.lives(channel) or client_id not in (None, channel.client_id):
            return None
        return channel

    def lives(self, channel: Channel) -> bool:
        """Return whether a channel is still there."""
        return self.by_id.get(channel.id) is channel and channel.expires_at > self.clock.seconds()

    def living(self) -> Iterator[Channel]:
        """Yield the channels that still live."""
        return (channel for channel in self.by_id.values() if self.lives(channel))

    def order(self, order: str) -> int:
        """Let something happen to every open socket; return how many there are."""
        connected = [channel for channel in self.living() if channel.connected]
        for channel in connected:
            channel.orders.append(order)
        return len(connected)

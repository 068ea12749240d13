"""The WebSocket of a channel: events as they happen, heartbeats, the notice before it closes, and what breaks it."""

import asyncio
import socket
import time
from contextlib import suppress
from typing import Any

import orjson

from wrapups.genesys.simulator.channels import Channel
from wrapups.genesys.simulator.clock import Clock
from wrapups.genesys.simulator.exchange import NO_LINGER, Message, Receive, Send
from wrapups.genesys.simulator.notices import notices
from wrapups.genesys.simulator.simulation import Simulation
from wrapups.genesys.simulator.timeline import Document

PATH = "/channels/"
TICK_S = 0.05
"""How often a socket looks for what has happened."""
HEARTBEAT = {"topicName": "channel.metadata", "eventBody": {"message": "WebSocket Heartbeat"}}
PONG = {"topicName": "channel.metadata", "eventBody": {"message": "pong"}}
CLOSING = {"topicName": "v2.system.socket_closing", "eventBody": {"message": "The socket is about to close."}}
GOING_AWAY = 1001


async def stream(simulation: Simulation, scope: Message, receive: Receive, send: Send) -> None:
    """Serve one WebSocket: refused with 403 where its channel is not there or has a socket already."""
    channel = simulation.channels.find(str(scope["path"]).removeprefix(PATH))
    await receive()
    if channel is None or channel.connected:
        await send({"type": "websocket.close"})
        return
    channel.connected = True
    try:
        await send({"type": "websocket.accept"})
        await _Socket(simulation, channel, send).run(receive, scope["extensions"]["transport"]["connection"])
    finally:
        channel.connected = False


class _Socket:
    """One open socket."""

    def __init__(self, simulation: Simulation, channel: Channel, send: Send) -> None:
        self._simulation = simulation
        self._clock: Clock = simulation.clock
        self._channel = channel
        self._send = send
        self._close_at: float | None = None

    async def run(self, receive: Receive, transport: Any) -> None:
        """Tell what happens until the client leaves, the channel's time is over, or somebody wants it closed."""
        told_until, heartbeat_at = self._clock.now(), time.monotonic()
        asked = asyncio.ensure_future(receive())
        try:
            while not self._is_over():
                if time.monotonic() >= heartbeat_at:
                    await self._tell(HEARTBEAT)
                    heartbeat_at = time.monotonic() + self._simulation.switches.heartbeat_s
                await asyncio.wait([asked], timeout=TICK_S)
                if asked.done():
                    if asked.result()["type"] == "websocket.disconnect":
                        return
                    await self._answer(asked.result())
                    asked = asyncio.ensure_future(receive())
                self._simulation.catch_up()
                now = self._clock.now()
                for each in notices(self._simulation, self._channel.topics, told_until, now):
                    await self._tell(each)
                told_until = now
                if await self._obey(transport):
                    return
            await self._send({"type": "websocket.close", "code": GOING_AWAY})
        finally:
            asked.cancel()
            with suppress(asyncio.CancelledError):
                await asked

    def _is_over(self) -> bool:
        closing = self._close_at is not None and time.monotonic() >= self._close_at
        return closing or not self._simulation.channels.lives(self._channel)

    async def _obey(self, transport: Any) -> bool:
        """Do what the control side wants; return whether the socket is gone."""
        while self._channel.orders:
            if self._channel.orders.popleft() == "drop":
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                transport.abort()
                return True
            await self._tell(CLOSING)
            self._close_at = time.monotonic() + self._simulation.switches.closing_notice_s
        return False

    async def _answer(self, message: Message) -> None:
        """Answer what the client says: a ping gets its pong, anything else is passed over."""
        with suppress(orjson.JSONDecodeError):
            if orjson.loads(message.get("text") or b"null") == {"message": "ping"}:
                await self._tell(PONG)

    async def _tell(self, document: Document) -> None:
        await self._send({"type": "websocket.send", "text": orjson.dumps(document).decode()})

"""One HTTP exchange: the request read whole, and the ways to answer it, proper and broken."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from wrapups.genesys.simulator.call import Answer, Request

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

NO_LINGER = struct.pack("ii", 1, 0)
NOTICED_S = 0.01
"""How long the server needs to notice that its connection is gone."""


async def read(scope: Message, receive: Receive) -> Request:
    """Return the request, once its body is complete."""
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, body)


class Exchange:
    """A request and its way back; `answered` is told the status of whatever is answered."""

    def __init__(self, request: Request, send: Send, transport: Any, answered: Callable[[int], None]) -> None:
        self.request = request
        self._send = send
        self._transport = transport
        self._answered = answered

    async def answer(self, answer: Answer) -> None:
        """Send a whole answer."""
        await self._start(answer)
        await self._send({"type": "http.response.body", "body": answer.body})

    async def drip(self, answer: Answer, seconds: float) -> None:
        """Send an answer a byte at a time, so many seconds apart."""
        await self._start(answer)
        for position in range(len(answer.body)):
            byte = answer.body[position : position + 1]
            await self._send({"type": "http.response.body", "body": byte, "more_body": True})
            await asyncio.sleep(seconds)
        await self._send({"type": "http.response.body"})

    async def break_off(self, answer: Answer) -> None:
        """Send the first half of an answer and close the connection."""
        await self._start(answer)
        half = answer.body[: len(answer.body) // 2]
        await self._send({"type": "http.response.body", "body": half, "more_body": True})
        self._transport.close()
        await asyncio.sleep(NOTICED_S)

    async def reset(self) -> None:
        """Close the connection with a TCP reset: no lingering, nothing flushed, no answer."""
        if self._transport.is_closing():  # the client was not that patient
            return
        self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self._transport.abort()
        await asyncio.sleep(NOTICED_S)

    async def _start(self, answer: Answer) -> None:
        self._answered(answer.status)
        headers = [
            (b"content-type", answer.content_type.encode("ascii")),
            (b"content-length", b"%d" % len(answer.body)),
            (b"ININ-Correlation-Id", self.request.correlation_id.encode("latin-1")),
            *((name.encode("ascii"), value.encode("latin-1")) for name, value in answer.headers),
        ]
        await self._send({"type": "http.response.start", "status": answer.status, "headers": headers})

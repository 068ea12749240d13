"""The ASGI application: reads a request, lets faults strike, and writes the answer."""

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from typing import Any

from wrapups.genesys.simulator.admission import MAX_BODY, refuse, serve
from wrapups.genesys.simulator.call import Answer, Request
from wrapups.genesys.simulator.control import CONTROL, control
from wrapups.genesys.simulator.faults import Fault
from wrapups.genesys.simulator.operations import find
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.simulation import Simulation

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

UNKNOWN = "unknown"
STATUS_CODES = {
    400: "bad.request",
    401: "bad.credentials",
    403: "not.authorized",
    404: "not.found",
    408: "client.timeout",
    409: "general.conflict",
    413: "request.entity.too.large",
    415: "unsupported.media.type",
    500: "internal.server.error",
    503: "service.unavailable",
    504: "request.timeout",
}
GATEWAY_PAGE = b"<html><head><title>%d</title></head><body><h1>The gateway could not answer</h1></body></html>"
NO_LINGER = struct.pack("ii", 1, 0)


class Application:
    """Serves one simulation; `scope["extensions"]["transport"]` is the connection, for faults to break."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one HTTP request."""
        request = await _read(scope, receive)
        self.simulation.catch_up()
        if request.path.startswith(CONTROL):
            await _send(send, request, control(self.simulation, request))
            return
        found = find(request.method, request.path)
        operation = found[0].key if found else UNKNOWN
        calls = self.simulation.calls
        calls.arrived(operation, request.bearer, time.time())
        if self.simulation.switches.latency_ms:
            await asyncio.sleep(self.simulation.switches.latency_ms / 1000)
        fault = self.simulation.faults.strike(operation)
        if fault is None:
            answered = serve(self.simulation, request, found)
            calls.answered(answered.status)
            await _send(send, request, answered)
            return
        await self._serve_faulty(fault, scope, request, send)

    async def _serve_faulty(self, fault: Fault, scope: Scope, request: Request, send: Send) -> None:
        transport = scope["extensions"]["transport"]["connection"]
        if fault.mode == "reset_before":
            await _reset(transport)
            return
        if (refused := _refusal(fault, request)) is not None:
            self.simulation.calls.answered(refused.status)
            await _send(send, request, refused)
            return
        if fault.mode == "late_apply":
            await asyncio.sleep(fault.seconds)
        found = find(request.method, request.path)
        answered = serve(self.simulation, request, found, dropped=fault.mode == "accept_but_drop")
        await self._spoil(fault, answered, transport, request, send)

    async def _spoil(self, fault: Fault, answered: Answer, transport: Any, request: Request, send: Send) -> None:
        """Answer in the way of a fault that strikes after the work is done."""
        body = answered.body or b" " * 64
        match fault.mode:
            case "hang_after":
                await asyncio.sleep(fault.seconds)
                await _reset(transport)
            case "reset_after":
                await _reset(transport)
            case "e500_after":
                await _send(send, request, refuse(Problem("internal.server.error"), request))
            case "malformed":
                await _send(send, request, answered._replace(body=b'{"id": "' + body[: len(body) // 2]))
            case "huge_body":
                await _send(send, request, answered._replace(body=b'"' + b"x" * fault.bytes + b'"'))
            case "slow_drip":
                await _drip(send, request, answered._replace(body=body), fault.seconds)
            case "half_close":
                await _start(send, request, answered, len(body))
                await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
                transport.close()
                await asyncio.sleep(0.01)
            case _:
                self.simulation.calls.answered(answered.status)
                await _send(send, request, answered)


async def _read(scope: Scope, receive: Receive) -> Request:
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    return Request(scope["method"], scope["path"], scope["query_string"].decode("latin-1"), headers, body)


def _refusal(fault: Fault, request: Request) -> Answer | None:
    """Return the answer of a fault that strikes before anything is done; None for the others."""
    if fault.mode == "e500_before":
        return refuse(Problem("internal.server.error"), request)
    if fault.mode == "status":
        return _with_status(fault.status, request)
    if fault.mode == "redirect":
        return Answer(307, b"", (("Location", fault.location),))
    if fault.mode == "r429":
        refused = refuse(Problem("too.many.requests.retry.after", seconds=1), request)
        value = formatdate(time.time() + 2, usegmt=True) if fault.retry_after == "date" else fault.retry_after
        return refused if value is None else refused._replace(headers=(("Retry-After", value),))
    return None


def _with_status(status: int, request: Request) -> Answer:
    """Return the answer with this status: an error body where the API documents one, else a gateway's HTML."""
    if status not in STATUS_CODES:
        return Answer(status, GATEWAY_PAGE % status, content_type="text/html")
    return refuse(Problem(STATUS_CODES[status], type="Conversation", id="asked for", maximum=MAX_BODY), request)


async def _send(send: Send, request: Request, answered: Answer) -> None:
    await _start(send, request, answered, len(answered.body))
    await send({"type": "http.response.body", "body": answered.body})


async def _start(send: Send, request: Request, answered: Answer, length: int) -> None:
    headers = [
        (b"content-type", answered.content_type.encode("ascii")),
        (b"content-length", b"%d" % length),
        (b"ININ-Correlation-Id", request.correlation_id.encode("latin-1")),
        *((name.encode("ascii"), value.encode("latin-1")) for name, value in answered.headers),
    ]
    await send({"type": "http.response.start", "status": answered.status, "headers": headers})


async def _drip(send: Send, request: Request, answered: Answer, seconds: float) -> None:
    await _start(send, request, answered, len(answered.body))
    for position in range(len(answered.body)):
        more = position + 1 < len(answered.body)
        await send({"type": "http.response.body", "body": answered.body[position : position + 1], "more_body": more})
        await asyncio.sleep(seconds)


async def _reset(transport: Any) -> None:
    """Close the connection with a TCP reset: no lingering, nothing flushed; return once the server knows."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    transport.abort()
    await asyncio.sleep(0.01)

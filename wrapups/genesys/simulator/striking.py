"""Lets a fault strike one exchange, before or after what was asked is done."""

import asyncio
import time
from collections.abc import Callable
from email.utils import formatdate

from wrapups.genesys.simulator.admission import MAX_BODY, refuse
from wrapups.genesys.simulator.call import Answer, Request
from wrapups.genesys.simulator.exchange import Exchange
from wrapups.genesys.simulator.faults import Fault
from wrapups.genesys.simulator.problems import Problem

Serve = Callable[[bool], Answer]
"""Does what was asked and returns the answer; True drops a write."""

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
DATE_AHEAD_S = 2


async def strike(fault: Fault, exchange: Exchange, serve: Serve) -> None:
    """Serve one exchange the way the fault has it."""
    refused = _refusal(fault, exchange.request)
    if fault.mode == "reset_before":
        await exchange.reset()
    elif refused is not None:
        await exchange.answer(refused)
    elif fault.mode == "late_apply":
        await asyncio.sleep(fault.seconds)
        await exchange.answer(serve(False))
    else:
        await _spoil(fault, exchange, serve(fault.mode == "accept_but_drop"))


def _refusal(fault: Fault, request: Request) -> Answer | None:
    """Return the answer of a fault that strikes before anything is done; None for the others."""
    match fault.mode:
        case "e500_before":
            return refuse(Problem("internal.server.error"), request)
        case "status":
            return _with_status(fault.status, request)
        case "redirect":
            return Answer(307, b"", (("Location", fault.location),))
        case "r429":
            refused = refuse(Problem("too.many.requests.retry.after", seconds=1), request)
            return refused._replace(headers=_retry_after(fault.retry_after))
    return None


async def _spoil(fault: Fault, exchange: Exchange, done: Answer) -> None:
    """Answer, or do not, after what was asked is done."""
    match fault.mode:
        case "hang_after":
            await asyncio.sleep(fault.seconds)
            await exchange.reset()
        case "reset_after":
            await exchange.reset()
        case "slow_drip":
            await exchange.drip(_padded(done), fault.seconds)
        case "half_close":
            await exchange.break_off(_padded(done))
        case _:
            await exchange.answer(_spoiled(fault, done, exchange.request))


def _spoiled(fault: Fault, done: Answer, request: Request) -> Answer:
    """Return the misleading answer to what is done; a dropped write's looks like any other."""
    match fault.mode:
        case "e500_after":
            return refuse(Problem("internal.server.error"), request)
        case "malformed":
            return done._replace(body=b'{"id": "' + done.body[: len(done.body) // 2])
        case "huge_body":
            return done._replace(body=b'"' + b"x" * fault.bytes + b'"')
    return done


def _padded(done: Answer) -> Answer:
    """Return an answer that has a body to be slow with, or to break off in."""
    return done if done.body else done._replace(body=b" " * 64)


def _with_status(status: int, request: Request) -> Answer:
    """Return the answer with this status: an error body where the API documents one, else a gateway's HTML."""
    if status not in STATUS_CODES:
        return Answer(status, GATEWAY_PAGE % status, content_type="text/html")
    return refuse(Problem(STATUS_CODES[status], type="Conversation", id="asked for", maximum=MAX_BODY), request)


def _retry_after(value: str | None) -> tuple[tuple[str, str], ...]:
    if value is None:
        return ()
    return (("Retry-After", formatdate(time.time() + DATE_AHEAD_S, usegmt=True) if value == "date" else value),)

"""The ASGI application: control requests, and API requests with whatever fault strikes them."""

import asyncio
import time

from wrapups.genesys.simulator.admission import serve
from wrapups.genesys.simulator.control import CONTROL, control
from wrapups.genesys.simulator.exchange import Exchange, Message, Receive, Send, read
from wrapups.genesys.simulator.operations import find
from wrapups.genesys.simulator.simulation import Simulation
from wrapups.genesys.simulator.streaming import stream
from wrapups.genesys.simulator.striking import strike

UNKNOWN = "unknown"
"""What statistics and faults call a request for something that is not served."""


class Application:
    """Serves one simulation; `scope["extensions"]["transport"]["connection"]` is what faults break."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve one HTTP request, or one WebSocket."""
        if scope["type"] == "websocket":
            await stream(self.simulation, scope, receive, send)
            return
        request = await read(scope, receive)
        self.simulation.catch_up()
        transport = scope["extensions"]["transport"]["connection"]
        if request.path.startswith(CONTROL):
            answer = control(self.simulation, request)
            await Exchange(request, send, transport, _uncounted).answer(answer)
        else:
            await self._serve(Exchange(request, send, transport, self.simulation.calls.answered))

    async def _serve(self, exchange: Exchange) -> None:
        """Serve one API request: counted, delayed by the latency, met by a fault or answered."""
        simulation, request = self.simulation, exchange.request
        found = find(request.method, request.path)
        operation = found[0].key if found else UNKNOWN
        simulation.calls.arrived(operation, request.bearer, time.time())
        if simulation.switches.latency_ms:
            await asyncio.sleep(simulation.switches.latency_ms / 1000)
        fault = simulation.faults.strike(operation)
        if fault is None:
            await exchange.answer(serve(simulation, request, found))
        else:
            await strike(fault, exchange, lambda dropped: serve(simulation, request, found, dropped=dropped))


def _uncounted(_status: int) -> None:
    """Count nothing: the control side is no part of what is simulated."""

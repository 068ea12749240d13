"""Runs the application under uvicorn: httptools for HTTP, uvloop for the loop, one process, one thread."""

import json
import socket
import sys
from contextlib import suppress

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from wrapups.genesys.simulator.application import Application
from wrapups.genesys.simulator.simulation import Simulation

KEEP_ALIVE_S = 75
"""Longer than a client keeps a connection, so that none is closed just as a request is on its way."""


class BreakableProtocol(HttpToolsProtocol):
    """Hands each request its connection, so that a fault can reset it or close it in the middle of an answer."""

    def on_message_begin(self) -> None:
        """Add the transport to the scope."""
        super().on_message_begin()
        self.scope["extensions"] = {"transport": {"connection": self.transport}}


class BreakableWebSocket(WebSocketsSansIOProtocol):
    """Hands each WebSocket its connection, so that it can be reset."""

    async def run_asgi(self) -> None:
        """Add the transport to the scope."""
        self.scope["extensions"] |= {"transport": {"connection": self.transport}}
        await super().run_asgi()


def run(simulation: Simulation, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; prints one JSON line with the address once it listens.

    Port 0 takes a free one. Raises OSError when the address is taken.
    """
    with socket.create_server((host, port), backlog=2048) as listener:
        address = f"http://{host}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            Application(simulation),
            http=BreakableProtocol,
            ws=BreakableWebSocket,
            ws_ping_interval=None,
            loop="uvloop" if sys.platform != "win32" else "asyncio",
            lifespan="off",
            proxy_headers=False,
            log_level="error",
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=1,
        )
        sys.stdout.write(json.dumps({"url": address}) + "\n")
        sys.stdout.flush()
        with suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listener])

"""A proxy that spoils what passes, between us and PostgreSQL or Valkey, with the toxics of Shopify's toxiproxy.

latency      `seconds` before each piece          slow_close   `seconds` before a connection is closed
down         nobody is there                      timeout      nothing passes; the connection stays
bandwidth    `bytes_per_s` at most                reset_peer   the connection is reset
slicer       pieces of `size` bytes                limit_data   closed after `size` bytes
"""

import asyncio
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TOXICS = ("latency", "down", "bandwidth", "slow_close", "timeout", "reset_peer", "slicer", "limit_data")
NO_LINGER = struct.pack("ii", 1, 0)
PIECE = 65_536
FOR_EVER_S = 3600.0


@dataclass(frozen=True)
class Toxic:
    """One toxic. It strikes everything, or with `when` only what a client sends that holds this.

    `lets_it_pass`: that piece still gets through, and then it strikes.
    """

    name: str
    seconds: float = 0.0
    size: int = PIECE
    bytes_per_s: int = 0
    when: bytes = b""
    lets_it_pass: bool = False

    def __post_init__(self) -> None:
        if self.name not in TOXICS:
            raise ValueError(f"There is no toxic {self.name!r}; there are {', '.join(TOXICS)}.")


class Cut(Exception):
    """A toxic ends this connection."""


class ToxicProxy:
    """Listens on a port of this machine and passes on to a socket's path or to a port, until `toxic` is set."""

    def __init__(self, upstream: Path | int) -> None:
        self.toxic: Toxic | None = None
        self.connections = 0
        self.port = 0
        self._upstream = upstream
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, ready: threading.Event, over: asyncio.Event) -> None:
        """Listen until `over`; then `port` is nobody's any more."""
        server = await asyncio.start_server(self._accepted, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        await over.wait()
        server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        try:
            await self._between(reader, writer)
            writer.close()
        except (Cut, OSError, asyncio.CancelledError):
            _reset(writer)
        finally:
            self._writers.discard(writer)

    async def _between(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on in both directions until either ends."""
        self._let_in()
        there, back = await self._connected()
        self._writers.add(back)
        pipes = [
            asyncio.create_task(self._pipe(reader, back, sent=True)),
            asyncio.create_task(self._pipe(there, writer, sent=False)),
        ]
        try:
            done, _ = await asyncio.wait(pipes, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in pipes:
                task.cancel()
            back.close()
            self._writers.discard(back)

    def _let_in(self) -> None:
        if self.toxic is not None and self.toxic.name == "down":
            raise Cut

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._upstream, Path):
            return await asyncio.open_unix_connection(str(self._upstream))
        return await asyncio.open_connection("127.0.0.1", self._upstream)

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, sent: bool) -> None:
        passed = 0
        while piece := await reader.read(PIECE):
            toxic = self.toxic
            if toxic is not None and toxic.when and not (sent and toxic.when in piece):
                toxic = None
            await self._pass_on(piece, toxic, writer, passed)
            passed += len(piece)
        if self.toxic is not None and self.toxic.name == "slow_close":
            await asyncio.sleep(self.toxic.seconds)

    async def _pass_on(self, piece: bytes, toxic: Toxic | None, writer: asyncio.StreamWriter, passed: int) -> None:
        if toxic is None or toxic.lets_it_pass:
            await _write(writer, piece, PIECE)
        if toxic is None:
            return
        if toxic.name in ("down", "reset_peer"):
            raise Cut
        await asyncio.sleep(_delay_s(toxic, len(piece)))
        if toxic.name == "limit_data":
            piece = piece[: max(0, toxic.size - passed)]
        await _write(writer, piece, toxic.size if toxic.name == "slicer" else PIECE)
        if toxic.name == "limit_data" and passed + len(piece) >= toxic.size:
            raise Cut


@contextmanager
def proxied(upstream: Path | int) -> Iterator[ToxicProxy]:
    """Run a proxy in a thread of its own for as long as the block lasts."""
    proxy = ToxicProxy(upstream)
    ready, over, loop = threading.Event(), asyncio.Event(), asyncio.new_event_loop()
    thread = threading.Thread(target=_run, args=(loop, proxy.serve(ready, over)), daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield proxy
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(10)


def _run(loop: asyncio.AbstractEventLoop, serving: Coroutine[Any, Any, None]) -> None:
    """Serve to the end, and let what is still passing something on come to its own."""
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(serving)


def _delay_s(toxic: Toxic, size: int) -> float:
    match toxic.name:
        case "timeout":
            return FOR_EVER_S
        case "latency":
            return toxic.seconds
        case "bandwidth":
            return size / toxic.bytes_per_s
    return 0.0


async def _write(writer: asyncio.StreamWriter, piece: bytes, size: int) -> None:
    for start in range(0, len(piece), size):
        writer.write(piece[start : start + size])
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    found = writer.get_extra_info("socket")
    if found is not None and found.fileno() >= 0:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
    writer.transport.abort()

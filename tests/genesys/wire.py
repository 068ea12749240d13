"""A server below HTTP: it answers with bytes as they are, for what no HTTP server would ever send."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Behaviour = Callable[["Exchange"], None]

NO_LINGER = struct.pack("ii", 1, 0)


@dataclass
class Exchange:
    """One request as it came, and the socket to answer on; `stopping` is set when the test is over."""

    sock: socket.socket
    request: bytes
    stopping: threading.Event

    @property
    def line(self) -> str:
        return self.request.partition(b"\r\n")[0].decode()

    @property
    def body(self) -> bytes:
        return self.request.partition(b"\r\n\r\n")[2]

    def reset(self) -> None:
        """Close with RST instead of FIN."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
        self.sock.close()


@dataclass
class Wire:
    """What the server saw. `answer` is what it does next, and may be changed between calls."""

    url: str
    answer: Behaviour
    requests: list[Exchange] = field(default_factory=list)
    connections: int = 0


def http(body: bytes = b"", *, status: str = "200 OK", headers: str = "") -> Behaviour:
    """Answer properly and keep the connection."""

    def answer(exchange: Exchange) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        exchange.sock.sendall(head.encode() + body)

    return answer


def raw(sent: bytes) -> Behaviour:
    """Send these bytes and close."""

    def answer(exchange: Exchange) -> None:
        exchange.sock.sendall(sent)
        exchange.sock.close()

    return answer


def drip(sent: bytes, *, pause_s: float = 0.05) -> Behaviour:
    """Send byte by byte, so that every single read succeeds."""

    def answer(exchange: Exchange) -> None:
        for byte in sent:
            exchange.sock.sendall(bytes([byte]))
            if exchange.stopping.wait(pause_s):
                return

    return answer


def hang(exchange: Exchange) -> None:
    """Take the request and never answer."""
    exchange.stopping.wait(30)


def reset(exchange: Exchange) -> None:
    """Take the request and reset the connection."""
    exchange.reset()


@contextmanager
def serving(answer: Behaviour, *, tls: ssl.SSLContext | None = None) -> Iterator[Wire]:
    """Serve on a free port of this machine until the block ends."""
    stopping = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        wire = Wire(f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}", answer)
        accepting = threading.Thread(target=_accept, args=(listener, wire, stopping, tls))
        accepting.start()
        try:
            yield wire
        finally:
            stopping.set()
            accepting.join()


def _accept(listener: socket.socket, wire: Wire, stopping: threading.Event, tls: ssl.SSLContext | None) -> None:
    threads = []
    while not stopping.is_set():
        with suppress(TimeoutError):
            sock, _ = listener.accept()
            wire.connections += 1
            threads.append(threading.Thread(target=_converse, args=(sock, wire, stopping, tls)))
            threads[-1].start()
    for thread in threads:
        thread.join()


def _converse(sock: socket.socket, wire: Wire, stopping: threading.Event, tls: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        sock.settimeout(5)
        if tls:
            sock = tls.wrap_socket(sock, server_side=True)
        while request := _request(sock, stopping):
            exchange = Exchange(sock, request, stopping)
            wire.requests.append(exchange)
            wire.answer(exchange)
    sock.close()


def _request(sock: socket.socket, stopping: threading.Event) -> bytes:
    """Return one whole request, or b"" when the other side has closed or the test is over."""
    received = b""
    sock.settimeout(0.1)
    while not _is_whole(received):
        try:
            part = sock.recv(65536)
        except TimeoutError:
            if stopping.is_set():
                return b""
            continue
        if not part:
            return b""
        received += part
    sock.settimeout(5)
    return received


def _is_whole(received: bytes) -> bool:
    head, end, body = received.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return bool(end) and len(body) >= sum(map(int, lengths))

"""Connections that keep one total deadline, know whether a byte has left, and go to no address they must not.

urllib3's timeouts hold for each read alone, so a server that sends one byte a second never meets them. Here
every read asks the exchange how long it may still take.
"""

import http.client
import io
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Thread
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError

from wrapups.outgoing.addresses import is_public


@dataclass(slots=True)
class Exchange:
    """One request and its answer: when it must be over (`time.monotonic`), which IP addresses it may connect to, and
    whether its first byte has left."""

    ends_at: float
    may_reach: Callable[[str], bool] = is_public
    sent: bool = False

    def left_s(self, at_most: float | None = None) -> float:
        """Return the seconds left, or raise TimeoutError if there are none."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline of the whole call is over")
        return left if at_most is None else min(left, at_most)


# urllib3 offers no way to hand something to the connection that a request will use.
current_exchange: ContextVar[Exchange] = ContextVar("current_exchange")


class PrivateAddress(NewConnectionError):
    """The host is at an address that this exchange must not connect to."""


class _DeadlineReader(io.RawIOBase):
    """The answer's bytes, each read limited to what is left of the exchange."""

    def __init__(self, sock: socket.socket, raw: io.RawIOBase) -> None:
        self._sock, self._raw = sock, raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(current_exchange.get().left_s())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _DeadlineResponse(http.client.HTTPResponse):
    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp = io.BufferedReader(_DeadlineReader(sock, self.fp.detach()))


class _Bounded(HTTPConnection):
    response_class = _DeadlineResponse

    def _new_conn(self) -> socket.socket:
        """Connect to the first address that answers; looking them up and trying them have the connect timeout.

        The name is looked up once, and the connection goes to an address that was judged: a name that is somebody
        else's a moment later leads nowhere else. One address that may not be reached spoils the whole name.
        """
        exchange = current_exchange.get()
        connecting = Exchange(time.monotonic() + exchange.left_s(at_most=self.timeout))
        try:
            found = _look_up(self.host, self.port, within_s=connecting.left_s())
        except (socket.gaierror, UnicodeError) as error:
            raise NameResolutionError(self.host, self, socket.gaierror(str(error))) from error
        if not all(exchange.may_reach(str(address[0])) for *_, address in found):
            raise PrivateAddress(self, f"{self.host} is at a private address")
        failure: Exception | None = None
        for family, kind, protocol, _, address in found:
            sock = socket.socket(family, kind, protocol)
            try:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock.settimeout(connecting.left_s())
                sock.connect(address)
            except OSError as error:
                failure = error
                sock.close()
            else:
                return sock
        raise NewConnectionError(self, f"No address of {self.host} answered") from failure

    def send(self, data: Any) -> None:
        """Send, and remember that something has left; whatever fails from here on is unclear."""
        if self.sock is None:
            self.connect()
        exchange = current_exchange.get()
        self.sock.settimeout(exchange.left_s())
        exchange.sent = True
        super().send(data)


class _BoundedTls(_Bounded, HTTPSConnection):
    """The same over TLS. The handshake is one read to Python and has what is left of the connect timeout."""


def _look_up(host: str, port: int, *, within_s: float) -> list[Any]:
    """Return what the resolver knows of a host, or raise gaierror, UnicodeError, or TimeoutError.

    The operating system gives no way to interrupt it, so when time is up it is left behind in a thread of its own.
    """
    answer: Future[list[Any]] = Future()

    def ask() -> None:
        try:
            answer.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.set_exception(error)

    Thread(target=ask, name=f"look up {host}", daemon=True).start()
    return answer.result(within_s)


def plain_socket(
    host: str, port: int, *, within_s: float, may_reach: Callable[[str], bool] = is_public
) -> socket.socket:
    """Return a TCP connection to a host, made as all others are: looked up once, judged, and within the time.

    Raises TimeoutError, or what urllib3 raises where it cannot connect.
    """
    before = current_exchange.set(Exchange(time.monotonic() + within_s, may_reach))
    try:
        connection = _Bounded(host, port, timeout=within_s)
        connection.connect()
        return connection.sock
    finally:
        current_exchange.reset(before)


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Bounded


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _BoundedTls


def pools(*, connections_per_host: int, hosts: int = 2) -> urllib3.PoolManager:
    """Return pools of such connections: certificates verified against the machine's store, no proxy."""
    manager = urllib3.PoolManager(num_pools=hosts, maxsize=connections_per_host, cert_reqs="CERT_REQUIRED")
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return manager

"""Connections that keep one total deadline, know whether a byte has left, and go to no address they must not.

urllib3's timeouts hold for each read alone, so a server that sends one byte a second never meets them. Here
every read asks the exchange how long it may still take.
"""

import http.client
import io
import socket
import time
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError

from wrapups.genesys.addresses import is_public


@dataclass(slots=True)
class Exchange:
    """One request and its answer: when it must be over (`time.monotonic`), and whether its first byte has left."""

    ends_at: float
    private_addresses: bool = False
    sent: bool = False

    def left_s(self, at_most: float | None = None) -> float:
        """Return the seconds left, or raise TimeoutError if there are none."""
        left = self.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline of the whole call is over")
        return left if at_most is None else min(left, at_most)


# urllib3 offers no way to hand something to the connection that a request will use.
current_exchange: ContextVar[Exchange] = ContextVar("current_exchange")


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
        """Connect to the first address that answers; all of them together have the connect timeout."""
        exchange = current_exchange.get()
        connecting = Exchange(time.monotonic() + exchange.left_s(at_most=self.timeout))
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        failure: Exception | None = None
        for family, kind, protocol, _, address in found:
            if not exchange.private_addresses and not is_public(str(address[0])):
                raise NewConnectionError(self, f"{self.host} is at a private address")
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


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Bounded


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _BoundedTls


def pools(*, connections_per_host: int) -> urllib3.PoolManager:
    """Return pools of such connections: certificates verified against the machine's store, no proxy."""
    manager = urllib3.PoolManager(num_pools=2, maxsize=connections_per_host, cert_reqs="CERT_REQUIRED")
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return manager

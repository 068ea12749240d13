"""The socket of a notification channel: to Genesys' own host only, bounded in time and size, through no proxy."""

import socket
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import urllib3
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect

from wrapups.domain.notifications import ChannelLost, Heard
from wrapups.genesys.addresses import require_api_url
from wrapups.genesys.errors import unreadable
from wrapups.genesys.notifications import heard
from wrapups.outgoing.addresses import is_loopback, is_public
from wrapups.outgoing.connections import plain_socket

LONGEST_MESSAGE = 1024 * 1024
"""An event carries a whole conversation, attributes included; Genesys documents no bound."""
CLOSE_PATIENCE_S = 2.0


class ChannelSocket:
    """An open socket (`wrapups.domain.notifications.Stream`). Used by one thread."""

    def __init__(self, connection: ClientConnection, closing: ExitStack) -> None:
        self._connection = connection
        self._closing = closing

    def receive(self, *, timeout_s: float) -> Heard | None:
        """Return the next message, or None where there was none in time.

        Raises ChannelLost once the socket is gone, Unclear for a message that makes no sense.
        """
        try:
            return heard(self._connection.recv(timeout=timeout_s))
        except TimeoutError:
            return None
        except ConnectionClosed as error:
            raise ChannelLost(f"The socket was closed ({_code(error)}).") from None

    def close(self) -> None:
        """Close the socket; doing it twice does no harm."""
        self._closing.close()


def open_channel_socket(connect_uri: str, *, api_url: str, private_addresses: bool, timeout_s: float) -> ChannelSocket:
    """Return the open socket of a channel.

    Genesys names the address, and an answer must not become a way elsewhere: it has to be a host of the API's own
    domain. The library's keepalive stays off, since it is not documented that Genesys answers it; its heartbeats are
    listened for instead. Raises ChannelLost where it does not open, Unclear for an address that is not Genesys'.
    """
    own = require_api_url(api_url)
    host, port, secure = _place(connect_uri, api_url, own=own)
    reach = is_loopback if own else (_anywhere if private_addresses else is_public)
    try:
        sock = plain_socket(host, port, within_s=timeout_s, may_reach=reach)
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ChannelLost(f"The host of the notifications cannot be reached ({type(error).__name__}).") from None
    try:
        return _shaken_hands(connect_uri, sock, host if secure else None, timeout_s)
    except (WebSocketException, OSError) as error:
        with suppress(OSError):
            sock.close()
        raise ChannelLost(f"The channel's socket did not open ({type(error).__name__}).") from None


def _shaken_hands(connect_uri: str, sock: socket.socket, tls_name: str | None, timeout_s: float) -> ChannelSocket:
    closing = ExitStack()
    connection = closing.enter_context(
        connect(
            connect_uri,
            sock=sock,
            server_hostname=tls_name,
            open_timeout=timeout_s,
            close_timeout=CLOSE_PATIENCE_S,
            ping_interval=None,
            max_size=LONGEST_MESSAGE,
            proxy=None,
            user_agent_header="wrapups",
        )
    )
    return ChannelSocket(connection, closing)


def _place(connect_uri: str, api_url: str, *, own: bool) -> tuple[str, int, bool]:
    """Return host, port and whether TLS is spoken, of an address that belongs to the API's own domain."""
    uri, api_host = urlsplit(connect_uri), urlsplit(api_url).hostname or ""
    try:
        host, port = uri.hostname or "", uri.port
    except ValueError:
        host, port = "", None
    domain = api_host.removeprefix("api.")
    if own and uri.scheme == "ws" and host == api_host:
        return host, port or 80, False
    if uri.scheme == "wss" and host.endswith(f".{domain}") and not uri.username:
        return host, port or 443, True
    raise unreadable("it names an address for notifications that is not its own")


def _anywhere(_address: str) -> bool:
    return True


def _code(error: ConnectionClosed) -> str:
    return str(error.rcvd.code) if error.rcvd else "without a word"

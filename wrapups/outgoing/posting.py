"""The door to receivers of webhooks: one POST, one outcome, in bounded time and memory; never a second try."""

import ssl
import time
from collections.abc import Mapping
from datetime import UTC, datetime

import urllib3
from urllib3.exceptions import HTTPError, NameResolutionError, SSLError
from urllib3.exceptions import TimeoutError as UrllibTimeout

from wrapups.domain.notices import Outcome
from wrapups.domain.receivers import BadReceiver, require_receiver
from wrapups.domain.waiting import seconds_asked
from wrapups.outgoing.addresses import is_loopback, is_public
from wrapups.outgoing.connections import Exchange, PrivateAddress, current_exchange, pools

DEADLINE_S = 10.0
CONNECT_TIMEOUT_S = 5.0
HOSTS = 16
REST_BYTES = 16 * 1024
REST_S = 1.0
"""What of an answer's body is read, and for how long, so that the connection may serve again. None of it is kept."""


class Courier:
    """Posts to addresses that people have typed; safe to share between threads.

    The name is looked up once and every address behind it must be public: the connection goes to that very address,
    with the name in TLS and in the Host header. No redirect is followed, no proxy of the environment is used, and the
    deadline holds from the look-up to the head of the answer. `this_machine` opens the way to loopback, for a laptop.
    """

    def __init__(self, *, this_machine: bool = False, deadline_s: float = DEADLINE_S) -> None:
        self._this_machine = this_machine
        self._deadline_s = deadline_s
        self._timeout = urllib3.Timeout(connect=min(CONNECT_TIMEOUT_S, deadline_s), read=deadline_s)
        self._pools = pools(connections_per_host=2, hosts=HOSTS)

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Return how it was taken. Raises nothing that a receiver, a resolver or a typed address can cause."""
        exchange = Exchange(time.monotonic() + self._deadline_s, self._may_reach)
        before = current_exchange.set(exchange)
        try:
            require_receiver(url, this_machine=self._this_machine)
            return self._exchange(url, body, {**headers, "Accept-Encoding": "identity"}, exchange)
        except BadReceiver as refused:
            return Outcome(problem=f"Its address is not one we tell. {refused}"[:300])
        except (HTTPError, OSError) as failure:
            return Outcome(problem=self._why(failure, sent=exchange.sent))
        finally:
            current_exchange.reset(before)

    def _exchange(self, url: str, body: bytes, headers: dict[str, str], exchange: Exchange) -> Outcome:
        response = self._pools.urlopen(
            "POST",
            url,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=self._timeout,
            preload_content=False,
            decode_content=False,
        )
        _let_go(response, exchange)
        asked = seconds_asked(response.headers.get("Retry-After", ""), now=datetime.now(UTC))
        return Outcome(http_status=response.status, asked_s=asked)

    def _may_reach(self, address: str) -> bool:
        return is_public(address) or (self._this_machine and is_loopback(address))

    def _why(self, failure: Exception, *, sent: bool) -> str:
        """Return what went wrong in our own words: urllib3's carry addresses, and a receiver's could carry anything."""
        match failure:
            case PrivateAddress():
                return "Its host is at a private address, which we do not call."
            case NameResolutionError():
                return "Its host name was not found."
            case SSLError() | ssl.SSLError():
                return "TLS failed: perhaps its certificate is not for this host, or has expired."
            case UrllibTimeout() | TimeoutError() if sent:
                return f"No answer came within {self._deadline_s:g} s."
            case _ if sent:
                return "The connection ended before an answer came."
            case _:
                return "No connection could be made."


def _let_go(response: urllib3.BaseHTTPResponse, exchange: Exchange) -> None:
    """Read a short rest, so that the connection may serve again; leave a long or slow one where it is."""
    exchange.ends_at = min(exchange.ends_at, time.monotonic() + REST_S)
    try:
        whole = len(response.read(REST_BYTES + 1)) <= REST_BYTES
    except (HTTPError, OSError):
        whole = False
    if not whole:
        response.close()

"""One HTTP request, one answer, in bounded time and memory; never a second try."""

import time
from collections.abc import Mapping

import urllib3

from wrapups.genesys import errors
from wrapups.genesys.errors import Answer
from wrapups.outgoing.addresses import is_public
from wrapups.outgoing.connections import Exchange, current_exchange, pools

BODY_LIMIT_BYTES = 8 * 1024 * 1024
"""Six times a page of 100 real conversations (1.3 MB): a page that were refused would stop discovery."""
CHUNK_BYTES = 64 * 1024


class BoundedHttp:
    """Sends requests over its own pool of connections; safe to share between threads.

    `deadline_s` holds for the whole call: looking up, connecting, sending, and every byte of the answer.
    No redirect is followed and no proxy of the environment is used.
    """

    def __init__(
        self,
        *,
        deadline_s: float,
        connect_timeout_s: float,
        private_addresses: bool = False,
        connections_per_host: int = 8,
    ) -> None:
        self._deadline_s = deadline_s
        self._timeout = urllib3.Timeout(connect=connect_timeout_s, read=deadline_s)
        self._may_reach = _anywhere if private_addresses else is_public
        self._pools = pools(connections_per_host=connections_per_host)

    def send(self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None, doing: str) -> Answer:
        """Return the answer, whatever its status.

        Raises Unsent where the first byte never left, Unclear where it did and no complete answer came.
        """
        exchange = Exchange(time.monotonic() + self._deadline_s, self._may_reach)
        before = current_exchange.set(exchange)
        try:
            return self._exchange(method, url, {**headers, "Accept-Encoding": "identity"}, body)
        except (urllib3.exceptions.HTTPError, OSError) as failure:
            raise errors.no_answer(failure, sent=exchange.sent, doing=doing) from failure
        finally:
            current_exchange.reset(before)

    def _exchange(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Answer:
        response = self._pools.urlopen(
            method,
            url,
            body=body,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=self._timeout,
            preload_content=False,
            decode_content=False,
        )
        try:
            return Answer(response.status, _read(response), response.headers, response.reason or "")
        except BaseException:
            response.close()  # what is left of this answer must not meet the next request
            raise


def _anywhere(_address: str) -> bool:
    return True


def _read(response: urllib3.BaseHTTPResponse) -> bytes:
    """Return the whole body. Identity encoding only: a compressed bomb has no way in."""
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise errors.unreadable("it is compressed, which was not asked for", status=response.status)
    parts: list[bytes] = []
    size = 0
    while part := response.read(CHUNK_BYTES):
        size += len(part)
        if size > BODY_LIMIT_BYTES:
            raise errors.unreadable("it is larger than 8 MiB; ask for smaller pages", status=response.status)
        parts.append(part)
    return b"".join(parts)

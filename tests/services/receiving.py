"""A receiver of webhooks as its owner would write one: checks the signature over the raw bytes, and remembers ids."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.genesys import wire
from wrapups.domain import signing


@dataclass
class Receiver:
    """What a receiver got. `server.answer` is what it does next, and may be changed between posts."""

    server: wire.Wire
    secrets: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.server.url}/wrapups"

    @property
    def documents(self) -> list[dict[str, Any]]:
        """Every body, in the order of arrival."""
        return [json.loads(each.body) for each in self.server.requests]

    @property
    def ids(self) -> list[str]:
        """The event id in the header of every post."""
        return [header(each, "Wrapups-Event-Id") for each in self.server.requests]

    def proved(self, *, by: str) -> list[bool]:
        """Whether each post was signed with this secret."""
        return [_is_signed(each, by) for each in self.server.requests]


@contextmanager
def receiver(answer: wire.Behaviour | None = None) -> Iterator[Receiver]:
    """Receive on a free port of this machine until the block ends."""
    with wire.serving(answer or wire.http()) as server:
        yield Receiver(server)


def header(exchange: wire.Exchange, name: str) -> str:
    """Return one header of a post."""
    head = exchange.request.partition(b"\r\n\r\n")[0].decode()
    values = [line.partition(":")[2].strip() for line in head.split("\r\n") if line.lower().startswith(name.lower())]
    return values[0] if values else ""


def _is_signed(exchange: wire.Exchange, secret: str) -> bool:
    try:
        signing.check(header(exchange, "Wrapups-Signature"), exchange.body, secrets=[secret], now=datetime.now(UTC))
    except signing.BadSignature:
        return False
    return True

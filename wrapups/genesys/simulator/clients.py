"""OAuth clients, their grants and their tokens: who asks, and what they may do where."""

import secrets
from collections import deque
from dataclasses import dataclass, field
from typing import NamedTuple

from wrapups.genesys.simulator.clock import Clock
from wrapups.genesys.simulator.operations import OPERATIONS, Operation
from wrapups.genesys.simulator.problems import Problem

EVERYWHERE = "*"
DEFAULT_CLIENT_ID = "7c3a5e0e-0000-4000-8000-000000000001"
DEFAULT_CLIENT_SECRET = "simulator-only"  # noqa: S105 - opens nothing but the simulator
SERVED = sorted({permission for operation in OPERATIONS.values() for permission in operation.permissions})
MINIMUM = (
    "analytics:conversationDetail:view",
    "conversation:communication:view",
    "conversation:participant:wrapup",
    "routing:queue:view",
    "routing:wrapupCode:view",
)
"""The role a service needs: what a new client is granted everywhere."""


@dataclass(slots=True)
class Client:
    """An OAuth client; `grants` names the divisions of each permission, EVERYWHERE for all of them."""

    id: str
    secret: str
    grants: dict[str, set[str]] = field(default_factory=lambda: {name: {EVERYWHERE} for name in MINIMUM})

    def admit(self, operation: Operation) -> None:
        """Raise the 403 the operation answers when its permissions are not held in any division."""
        held = [bool(self.grants.get(permission)) for permission in operation.permissions]
        if operation.rule == "ANY" and not any(held):
            raise Problem("missing.any.permissions", permissions=", ".join(operation.permissions))
        if operation.rule == "ALL" and not all(held):
            missing = [name for name, has in zip(operation.permissions, held, strict=True) if not has]
            raise Problem("missing.permissions", permissions=", ".join(missing))

    def require(self, permission: str) -> None:
        """Raise 403 unless this one permission is held somewhere."""
        if not self.grants.get(permission):
            raise Problem("missing.any.permissions", permissions=permission)

    def reach(self, permissions: tuple[str, ...]) -> set[str] | None:
        """Return the divisions in which any of the permissions is held; None stands for all of them."""
        reached = set().union(*(self.grants.get(permission, set()) for permission in permissions))
        return None if not permissions or EVERYWHERE in reached else reached

    def reaches(self, permissions: tuple[str, ...], division_ids: list[str]) -> bool:
        """Return whether any of the permissions is held in any of these divisions."""
        return covers(self.reach(permissions), division_ids)


def covers(reach: set[str] | None, division_ids: list[str]) -> bool:
    """Return whether something of these divisions is within reach; what has no division is within everybody's."""
    return reach is None or not division_ids or not reach.isdisjoint(division_ids)


class Token(NamedTuple):
    """A token in force until `expires_at`, in seconds after 1970 of the simulated clock."""

    client: Client
    expires_at: float


class Clients:
    """The clients and the tokens they were given."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.by_id: dict[str, Client] = {}
        self.tokens: dict[str, Token] = {}
        self.asked: dict[str, deque[float]] = {}
        self.reset()

    def reset(self) -> None:
        """Go back to the one default client with the minimum role; tokens given stay in force."""
        self.by_id.setdefault(DEFAULT_CLIENT_ID, Client(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET))
        self.by_id = {DEFAULT_CLIENT_ID: self.by_id[DEFAULT_CLIENT_ID]}
        fresh = Client(DEFAULT_CLIENT_ID, DEFAULT_CLIENT_SECRET)
        client = self.by_id[DEFAULT_CLIENT_ID]
        client.secret, client.grants = fresh.secret, fresh.grants
        self.asked.clear()

    def issue(self, client_id: str, secret: str, *, lifetime_s: int, rate_per_minute: int) -> str:
        """Return a new token.

        Raises LookupError for an unknown client or a wrong secret, OverflowError when the client asks too often.
        """
        client = self.by_id.get(client_id)
        if client is None or not secrets.compare_digest(client.secret.encode(), secret.encode()):
            raise LookupError("client not found or secret wrong")
        now = self.clock.seconds()
        asked = self.asked.setdefault(client_id, deque())
        while asked and asked[0] <= now - 60:
            asked.popleft()
        if len(asked) >= rate_per_minute:
            raise OverflowError("rate limit exceeded")
        asked.append(now)
        token = secrets.token_urlsafe(48)
        self.tokens[token] = Token(client, now + lifetime_s)
        return token

    def bearing(self, value: str) -> Client:
        """Return the client a token was given to; raises the 401 that none, or a bad one, gets."""
        if not value:
            raise Problem("authentication.required")
        token = self.tokens.get(value)
        if token is None or token.expires_at <= self.clock.seconds():
            raise Problem("bad.credentials")
        return token.client

    def expire_tokens(self) -> int:
        """End every token now and return how many there were."""
        count = len(self.tokens)
        self.tokens.clear()
        return count

"""Keys of other programs: making one, knowing one again, counting its calls, revoking it.

A key reads `wu_<prefix>_<secret>`. The prefix finds the row and is no secret; of the secret, 256 random bits, only the
SHA-256 is kept. A slow hash would protect what people choose; nobody guesses 256 bits.
"""

import hashlib
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.db import connection

from wrapups.domain.scopes import Scope
from wrapups.models import ApiKey, EventSource, Organization
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, acting

PREFIX_BYTES, SECRET_BYTES = 6, 32
FORM = re.compile(rf"wu_([0-9a-f]{{{2 * PREFIX_BYTES}}})_([0-9a-f]{{{2 * SECRET_BYTES}}})")
UNKNOWN = hashlib.sha256(b"").hexdigest()
"""Compared with where no row has the prefix, so that both refusals take the same way."""


class NotAKey(ValueError):
    """The key is unknown, revoked or expired. Which of these is for its owner to look up, not for whoever sent it."""


class NameTaken(ValueError):
    """Another key, or a source of events, of the organization has this name. The text is for the person."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, and the one time that it can be read."""

    row: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """One call of a key: whether it may go on, how many more may come at once, and when the next one may."""

    granted: bool
    per_minute: int
    left: int
    wait_s: float
    """Until there is one more call; 0 where there is one now."""

    @property
    def burst(self) -> int:
        """How many calls may come at once."""
        return burst_of(self.per_minute)

    @property
    def window_s(self) -> int:
        """In how many seconds so many calls come together at the even pace."""
        return ceil(self.burst * 60 / self.per_minute)


def burst_of(calls_per_minute: int) -> int:
    """Return how many calls may come at once, of so many a minute: a tenth, at least one."""
    return max(1, calls_per_minute // 10)


def add_key(
    organization: Organization,
    *,
    name: str,
    scopes: Collection[Scope],
    calls_per_minute: int,
    expires_at: datetime | None,
    actor: Actor,
) -> NewKey:
    """Return the new key with its secret, which nothing can show again. Raises NameTaken; also by a revoked key."""
    prefix, secret = secrets.token_hex(PREFIX_BYTES), secrets.token_hex(SECRET_BYTES)
    with acting(actor, "add an API key", organization=organization):
        if EventSource.everywhere.of(organization).filter(name=name).exists():
            raise NameTaken(f"There is a source of events called {name}; what it sends would be taken for this key's.")
        row, created = ApiKey.everywhere.get_or_create(
            organization=organization,
            name=name,
            defaults={
                "prefix": prefix,
                "digest": _digest(secret),
                "scopes": sorted(scopes),
                "calls_per_minute": calls_per_minute,
                "allowance": burst_of(calls_per_minute),
                "expires_at": expires_at,
                "created_by": actor.person,
            },
        )
        if not created:
            raise NameTaken(f"There is a key called {name} already; its dispositions would be taken for this one's.")
    return NewKey(row, f"wu_{prefix}_{secret}")


def revoke(key: ApiKey, *, actor: Actor) -> bool:
    """Let the key open nothing from now on; return False where it already did not. It cannot be taken back."""
    with acting(actor, "revoke an API key", organization=key.organization):
        rows = ApiKey.everywhere.filter(pk=key.pk, revoked_at=None)
        return bool(rows.update(revoked_at=AppNow()))


def known(text: str) -> ApiKey:
    """Return the row, with its organization, of the key that somebody sent. Raises NotAKey, which never shows it."""
    form = FORM.fullmatch(text)
    prefix, secret = form.groups() if form else ("", "")
    rows = ApiKey.everywhere.filter(prefix=prefix).select_related("organization").annotate(now=AppNow())
    row = rows.first() if form else None
    matches = secrets.compare_digest(_digest(secret), row.digest if row else UNKNOWN)
    if row is None or not matches or not is_good(row, row.now):
        raise NotAKey("This key opens nothing.")
    found: ApiKey = row
    return found


def take_call(key: ApiKey) -> Allowance:
    """Take one call from the key's bucket, and note that it is in use: one UPDATE, on the database's clock.

    The bucket holds a tenth of a minute's calls and refills evenly: no minute has more than 1.1 times as many.
    """
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [key.pk])
        granted, level = cursor.fetchone()
    wait_s = max(0.0, (1 - level) * 60 / key.calls_per_minute)
    return Allowance(granted, key.calls_per_minute, max(0, int(level)), wait_s)


_TAKE = """
    WITH bucket AS (
        SELECT id, LEAST(GREATEST(1, calls_per_minute / 10),
                         allowance + GREATEST(0, EXTRACT(EPOCH FROM app_now() - allowance_at))
                                     * calls_per_minute / 60.0) AS level
          FROM wrapups_apikey WHERE id = %s FOR UPDATE
    )
    UPDATE wrapups_apikey AS key
       SET allowance = bucket.level - CASE WHEN bucket.level >= 1 THEN 1 ELSE 0 END,
           allowance_at = GREATEST(key.allowance_at, app_now()),
           last_used_at = app_now()
      FROM bucket
     WHERE key.id = bucket.id
 RETURNING bucket.level >= 1, key.allowance
"""


def is_good(key: ApiKey, now: datetime) -> bool:
    """Return whether the key opens anything at this time."""
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > now)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()

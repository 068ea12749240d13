"""Doing a request once, however often it is sent: the contract of Stripe's `Idempotency-Key`, kept for 24 hours.

What was done and what was answered are committed together, so a repetition finds both or neither. The first request
holds a lock until then and leaves nothing behind when it dies, so nothing ever has to be taken over or cleaned up.
Source: https://docs.stripe.com/api/idempotent_requests
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from wrapups.models import ApiKey, IdempotentAnswer
from wrapups.models.clock import AppNow, Seconds

KEPT_S = 24 * 3600
"""`wrapups.services.tidying` removes older ones."""


class StillAtWork(ValueError):
    """Another request with the same key has not been answered yet."""


class AnotherRequest(ValueError):
    """The key was used for another request in the last 24 hours."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered: the HTTP status and the JSON. `replayed` where it is an earlier answer again."""

    status: int
    body: dict[str, Any]
    replayed: bool = False


def once(api_key: ApiKey, idempotency_key: str, digest: str, act: Callable[[], Answer]) -> Answer:
    """Return what `act` answers, or answered before under this key; it runs in a transaction of this function's.

    `digest` tells requests apart: SHA-256 of method, path and body. Whatever `act` returns is kept, refusals too;
    what it raises undoes everything, and the key may be used again. Raises StillAtWork and AnotherRequest.
    """
    with transaction.atomic():
        if not _alone(api_key, idempotency_key):
            raise StillAtWork("The first request with this key is still at work. Send it again in a second.")
        mine = IdempotentAnswer.everywhere.filter(api_key=api_key, idempotency_key=idempotency_key)
        earlier = mine.filter(created_at__gt=AppNow() - Seconds(KEPT_S)).first()
        if earlier is None:
            return _first(api_key, idempotency_key, digest, act)
        if earlier.digest != digest:
            raise AnotherRequest("This key was used for another request. Take a new key for each request.")
        return Answer(earlier.status, earlier.answer, replayed=True)


def _first(api_key: ApiKey, idempotency_key: str, digest: str, act: Callable[[], Answer]) -> Answer:
    answer = act()
    IdempotentAnswer.everywhere.update_or_create(
        api_key=api_key,
        idempotency_key=idempotency_key,
        defaults={
            "organization_id": api_key.organization_id,
            "digest": digest,
            "status": answer.status,
            "answer": answer.body,
            "created_at": AppNow(),
        },
    )
    return answer


def _alone(api_key: ApiKey, idempotency_key: str) -> bool:
    """Return whether no other transaction is at work under this key; none will be until ours ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, %s))", [f"once:{idempotency_key}", api_key.pk]
        )
        (alone,) = cursor.fetchone()
    return bool(alone)

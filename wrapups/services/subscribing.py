"""Who is told by webhook, as a person arranges it: add, change, rotate the secret, pause, test, tell again, remove."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from wrapups.domain.notices import ALERT, EVENTS, GIVE_UP_AFTER_S, TEST
from wrapups.domain.receivers import BadReceiver, require_receiver
from wrapups.models import Notice, Organization, Subscription
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.auditing import Actor, acting
from wrapups.services.refused import Refused

MOST = 20
MOST_AT_ONCE = 10_000
WELL: dict[str, Any] = {"failures": 0, "failing_since": None, "rest_until": None}


class CannotSubscribe(Refused):
    """This cannot be arranged; the text says why, for the person. `field` is what to mend, empty where it is none."""


def subscribe(
    organization: Organization, *, name: str, url: str, events: Sequence[str], actor: Actor
) -> tuple[Subscription, str]:
    """Return the new subscription and its secret in the clear, for this once. Raises CannotSubscribe."""
    _check(url, events)
    if Subscription.everywhere.of(organization).filter(removed_at=None).count() >= MOST:
        raise CannotSubscribe(f"An organization has at most {MOST} webhooks. Remove one first.")
    secret = _new_secret()
    subscription = Subscription(organization=organization, name=name, url=url, events=list(events), key=uuid4().hex)
    subscription.replace_secret(secret)
    with _unique_name(), acting(actor, "add a webhook", organization=organization):
        subscription.save()
    return subscription, secret


def change(subscription: Subscription, *, name: str, url: str, events: Sequence[str], actor: Actor) -> None:
    """Change name, address and events. A new address begins in good health, also where the old one was held."""
    _check(url, events)
    columns: dict[str, Any] = {"name": name, "url": url, "events": list(events)}
    if url != subscription.url:
        columns |= {"held_because": "", **WELL}
    with _unique_name(), acting(actor, "change a webhook", organization=subscription.organization):
        _update(subscription, **columns)


def rotate_secret(subscription: Subscription, *, made_at: datetime | None, actor: Actor) -> str:
    """Return a new secret in the clear, for this once. The present one signs as well until it is dropped.

    `made_at` is when the one on the person's screen was made: a form that is sent twice rotates once. Raises
    CannotSubscribe where it is another by now.
    """
    secret = _new_secret()
    with acting(actor, "rotate the secret of a webhook", organization=subscription.organization):
        row = Subscription.everywhere.select_for_update().get(pk=subscription.pk, removed_at=None)
        if row.secret_made_at != made_at:
            raise CannotSubscribe("Its secret has been rotated meanwhile. If nobody has the new one, rotate it again.")
        row.replace_secret(secret)
        columns = {"secret_sealed": row.secret_sealed, "old_secret_sealed": row.old_secret_sealed}
        _update(subscription, secret_made_at=AppNow(), **columns)
    return secret


def drop_old_secret(subscription: Subscription, *, actor: Actor) -> None:
    """Sign with the present secret alone from now on."""
    with acting(actor, "drop the old secret of a webhook", organization=subscription.organization):
        _update(subscription, old_secret_sealed="")


def pause(subscription: Subscription, *, actor: Actor) -> None:
    """Tell it nothing for now. What happens meanwhile waits for a day and is then given up."""
    with acting(actor, "pause a webhook", organization=subscription.organization):
        _update(subscription, enabled=False)


def resume(subscription: Subscription, *, actor: Actor) -> None:
    """Tell it again, whether a person or its own failing had stopped that; what waits is due at once."""
    with acting(actor, "resume a webhook", organization=subscription.organization):
        _update(subscription, enabled=True, held_because="", **WELL)
        waiting = Notice.everywhere.filter(subscription=subscription, state=Notice.State.WAITING)
        waiting.filter(due_at__gt=AppNow()).update(due_at=AppNow())


def remove(subscription: Subscription, *, actor: Actor) -> None:
    """Tell it nothing any more. Its secrets are forgotten; what it was told stays on record."""
    with acting(actor, "remove a webhook", organization=subscription.organization):
        _update(subscription, removed_at=AppNow(), enabled=False, secret_sealed="", old_secret_sealed="")


def send_test(subscription: Subscription, *, actor: Actor) -> Notice:
    """Return a notice that only says it is a test, and goes the way of all others. Raises CannotSubscribe."""
    if not subscription.enabled or subscription.held_because:
        raise CannotSubscribe("It is not told anything at present. Resume it first.")
    with acting(actor, "send a test to a webhook", organization=subscription.organization):
        Subscription.everywhere.select_for_update(no_key=True).get(pk=subscription.pk)
        tests = Notice.everywhere.filter(subscription=subscription, event=TEST)
        if tests.filter(state=Notice.State.WAITING).exists():
            raise CannotSubscribe("A test is still under way. See how it goes.")
        notice: Notice = Notice.everywhere.create(
            organization_id=subscription.organization_id,
            subscription=subscription,
            event=TEST,
            event_id=str(uuid4()),
            payload={"organization_id": subscription.organization.genesys_id},
        )
    return notice


def tell_again(notice: Notice, *, actor: Actor) -> None:
    """Tell it once more, under the same event id, for another day. Raises CannotSubscribe for one that still waits."""
    with acting(actor, "tell a webhook again", organization=notice.organization):
        ended = Notice.everywhere.filter(pk=notice.pk, subscription__removed_at=None)
        if not _again(ended.exclude(state=Notice.State.WAITING)):
            raise CannotSubscribe("It waits to be told already, or its webhook was removed.")


def tell_given_up_again(subscription: Subscription, *, up_to: int, actor: Actor) -> int:
    """Tell again what was given up, as it stood when the person looked: nothing newer than the notice `up_to`.

    Return how many; the oldest 10,000 at a time.
    """
    with acting(actor, "tell a webhook again what was given up", organization=subscription.organization):
        given_up = Notice.everywhere.filter(
            subscription=subscription, subscription__removed_at=None, state=Notice.State.GIVEN_UP, pk__lte=up_to
        )
        oldest = list(given_up.order_by("pk").values_list("pk", flat=True)[:MOST_AT_ONCE])
        return _again(Notice.everywhere.filter(pk__in=oldest, state=Notice.State.GIVEN_UP))


def _again(notices: Any) -> int:
    changes: dict[str, Any] = {"state": Notice.State.WAITING, "tries": 0, "due_at": AppNow(), "finished_at": None}
    told: int = notices.update(give_up_at=AppNow() + Seconds(GIVE_UP_AFTER_S), problem="", **changes)
    return told


def _check(url: str, events: Sequence[str]) -> None:
    try:
        require_receiver(url, this_machine=settings.LOOPBACK_RECEIVERS)
    except BadReceiver as bad:
        raise CannotSubscribe(str(bad), "url") from None
    if not events or not set(events) <= {ALERT, *EVENTS}:
        raise CannotSubscribe("Choose at least one of the events.", "events")


@contextmanager
def _unique_name() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise CannotSubscribe("Another webhook has this name.", "name") from None


def _update(subscription: Subscription, **columns: Any) -> None:
    Subscription.everywhere.filter(pk=subscription.pk, removed_at=None).update(**columns)
    subscription.refresh_from_db()


def _new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"

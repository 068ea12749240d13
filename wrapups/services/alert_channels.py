"""Where alerts go, as a person arranges it: add, change, mute, send a test, remove."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from wrapups.domain.alerting import Condition
from wrapups.domain.notices import ALERT
from wrapups.domain.receivers import BadReceiver, require_receiver
from wrapups.models import AlertChannel, AlertDelivery, Organization, Subscription
from wrapups.models.clock import AppNow, Seconds
from wrapups.services import mailing
from wrapups.services.auditing import Actor, acting
from wrapups.services.refused import Refused

MOST = 20
MOST_ADDRESSES = 10
LONGEST_MUTE_H = 168
NO_SERVER = "No mail server is set, so alerts cannot go by e-mail. Whoever runs this sets EMAIL_URL."
Kind, What, State = AlertChannel.Kind, AlertDelivery.What, AlertDelivery.State


class CannotArrange(Refused):
    """This cannot be arranged; the text says why, for the person. `field` is what to mend, empty where it is none."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A channel as a person wants it. `slack_url` is empty where the one there is stays."""

    name: str
    kind: AlertChannel.Kind
    conditions: Sequence[str]
    addresses: Sequence[str] = ()
    slack_url: str = ""
    subscription: Subscription | None = None
    quiet_from: time | None = None
    quiet_until: time | None = None
    quiet_days: Sequence[int] = ()


def add(organization: Organization, wanted: Wanted, *, actor: Actor) -> AlertChannel:
    """Return a new channel, which is told of what begins from now on. Raises CannotArrange."""
    if AlertChannel.everywhere.of(organization).filter(removed_at=None).count() >= MOST:
        raise CannotArrange(f"An organization has at most {MOST} channels. Remove one first.")
    channel = AlertChannel(organization=organization, kind=wanted.kind, key=uuid4().hex)
    _set(channel, wanted)
    with _unique_name(), acting(actor, "add an alert channel", organization=organization):
        channel.save()
    return channel


def change(channel: AlertChannel, wanted: Wanted, *, actor: Actor) -> None:
    """Change everything of a channel but its kind. Raises CannotArrange."""
    _set(channel, wanted)
    with _unique_name(), acting(actor, "change an alert channel", organization=channel.organization):
        channel.save()


def mute(channel: AlertChannel, *, hours: int, actor: Actor) -> None:
    """Tell it nothing for so many hours, nothing urgent either; 0 ends that. Raises CannotArrange."""
    if not 0 <= hours <= LONGEST_MUTE_H:
        raise CannotArrange(f"Choose a whole number of hours up to {LONGEST_MUTE_H}.")
    until = AppNow() + Seconds(hours * 3600) if hours else None
    with acting(
        actor,
        "mute an alert channel" if hours else "end the mute of an alert channel",
        organization=channel.organization,
    ):
        AlertChannel.everywhere.filter(pk=channel.pk, removed_at=None).update(muted_until=until)


def send_test(channel: AlertChannel, *, actor: Actor) -> AlertDelivery:
    """Return a telling that only says it is a test, and goes the way of all others. Raises CannotArrange."""
    with acting(actor, "send a test to an alert channel", organization=channel.organization):
        AlertChannel.everywhere.select_for_update(no_key=True).get(pk=channel.pk, removed_at=None)
        tests = AlertDelivery.everywhere.filter(channel=channel, what=What.TEST, state=State.WAITING)
        if tests.exists():
            raise CannotArrange("A test is still under way. See below how it goes.")
        telling: AlertDelivery = AlertDelivery.everywhere.create(
            organization_id=channel.organization_id, channel=channel, what=What.TEST
        )
    return telling


def remove(channel: AlertChannel, *, actor: Actor) -> None:
    """Tell it nothing any more. Its secret is forgotten; what it was told stays on record."""
    with acting(actor, "remove an alert channel", organization=channel.organization):
        gone = AlertChannel.everywhere.filter(pk=channel.pk, removed_at=None)
        gone.update(removed_at=AppNow(), secret_sealed="", host="")
        waiting = AlertDelivery.everywhere.filter(channel=channel, state=State.WAITING)
        waiting.update(state=State.CANCELLED, problem="The channel was removed.", finished_at=AppNow())


def _set(channel: AlertChannel, wanted: Wanted) -> None:
    """Take over what is wanted, if it can be. Saves nothing. Raises CannotArrange."""
    if not wanted.conditions or not set(wanted.conditions) <= set(Condition):
        raise CannotArrange("Choose at least one alert.", "conditions")
    if (wanted.quiet_from is None) != (wanted.quiet_until is None):
        raise CannotArrange("Quiet hours have a beginning and an end, or neither.", "quiet_until")
    if wanted.quiet_from is not None and wanted.quiet_from == wanted.quiet_until:
        raise CannotArrange("Quiet hours end when they begin. Choose another end, or whole days below.", "quiet_until")
    _SET[Kind(channel.kind)](channel, wanted)
    columns: dict[str, Any] = {"name": wanted.name, "conditions": list(wanted.conditions)}
    columns |= {"quiet_from": wanted.quiet_from, "quiet_until": wanted.quiet_until}
    for name, value in (columns | {"quiet_days": sorted(wanted.quiet_days)}).items():
        setattr(channel, name, value)


def _set_addresses(channel: AlertChannel, wanted: Wanted) -> None:
    if not mailing.can_send():
        raise CannotArrange(NO_SERVER, "kind")
    if not 1 <= len(wanted.addresses) <= MOST_ADDRESSES:
        raise CannotArrange(f"Enter one to {MOST_ADDRESSES} addresses.", "addresses")
    channel.addresses = list(wanted.addresses)


def _set_slack(channel: AlertChannel, wanted: Wanted) -> None:
    if not wanted.slack_url:
        if not channel.secret_sealed:
            raise CannotArrange("Enter the address that Slack made for the incoming webhook.", "slack_url")
        return
    try:
        require_receiver(wanted.slack_url, this_machine=settings.LOOPBACK_RECEIVERS)
    except BadReceiver as bad:
        raise CannotArrange(str(bad), "slack_url") from None
    channel.secret = wanted.slack_url
    channel.host = urlsplit(wanted.slack_url).hostname or ""


def _set_webhook(channel: AlertChannel, wanted: Wanted) -> None:
    if wanted.subscription is None or ALERT not in wanted.subscription.events:
        raise CannotArrange("Choose a webhook that wants to hear of alerts.", "subscription")
    channel.subscription = wanted.subscription


_SET = {Kind.EMAIL: _set_addresses, Kind.SLACK: _set_slack, Kind.WEBHOOK: _set_webhook}


@contextmanager
def _unique_name() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise CannotArrange("Another channel has this name.", "name") from None

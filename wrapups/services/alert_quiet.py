"""When a channel is left alone: in its quiet hours, but for what is urgent, and while a person has muted it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from wrapups.domain.hours import QuietHours
from wrapups.models import AlertChannel


def quiet_hours_of(channel: AlertChannel) -> QuietHours:
    """Return a channel's quiet hours, by the organization's clock."""
    zone = ZoneInfo(channel.organization.time_zone)
    return QuietHours(channel.quiet_from, channel.quiet_until, frozenset(channel.quiet_days), zone)


def is_muted(channel: AlertChannel, now: datetime) -> bool:
    """Return whether a person wants this channel told nothing at all at the moment."""
    return channel.muted_until is not None and channel.muted_until > now


def is_quiet(channel: AlertChannel, now: datetime, *, urgent: bool) -> bool:
    """Return whether a channel is to be left alone now with what is, or is not, urgent."""
    return is_muted(channel, now) or (not urgent and quiet_hours_of(channel).cover(now))

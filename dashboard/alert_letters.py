"""Alerts as letters, posts to Slack and documents for programs: what is the matter, since when, and where to look.

Nothing about any customer is in them, and nothing that opens a door.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from dashboard.letters import absolute
from wrapups.domain.alert_sentences import headline, lasted, what_to_do
from wrapups.domain.alerting import Condition
from wrapups.models import AlertChannel, AlertDelivery, AlertEvent
from wrapups.services.alert_doors import Message

What = AlertDelivery.What
ABOUT_SUBJECT: Mapping[Condition, str] = {
    Condition.NO_EVENTS: "source-detail",
    Condition.WEBHOOK_HELD: "subscription-detail",
    Condition.FAILURE_GROUP: "failure-group",
}
PAGES: Mapping[Condition, str] = {
    Condition.SILENT: "control-room",
    Condition.REFUSED: "organization",
    Condition.HELD: "control-room",
    Condition.BREAKER: "control-room",
    Condition.OVERDUE: "control-room",
    Condition.FAILURES: "failure-groups",
    Condition.FAILED_SHARE: "failure-groups",
    Condition.TOO_LATE: "failure-groups",
    Condition.CATALOGUE: "catalogue-codes",
}
SOONEST_FIRST = "?order=left"
TAKEN = "Taken"
"""What is over for those who were told, since somebody sees to it: it still stands."""


@dataclass(frozen=True, slots=True)
class Line:
    """One telling in words. `at` is by the organization's clock."""

    mark: str
    text: str
    advice: str
    at: datetime
    lasted: str
    address: str

    @property
    def when(self) -> str:
        """Since when it is so, or for how long it was."""
        at = f"{self.at:%d %b %H:%M}"
        if not self.lasted:
            return f"Since {at}"
        return f"{'Taken after' if self.mark == TAKEN else 'It lasted'} {self.lasted}, since {at}"


def page_of(event: AlertEvent) -> str:
    """Return the path of the page that shows what an event is about."""
    condition = Condition(event.condition)
    if condition in ABOUT_SUBJECT:
        return reverse(ABOUT_SUBJECT[condition], args=[int(event.subject)])
    return reverse(PAGES[condition]) + (SOONEST_FIRST if condition is Condition.TOO_LATE else "")


def said_of(event: AlertEvent) -> str:
    """Return what an event says, in one line."""
    return headline(Condition(event.condition), event.subject, event.facts)


def message(channel: AlertChannel, tellings: Sequence[AlertDelivery]) -> Message:
    """Return what a channel is told at once: one thing, or a digest of several."""
    zone = ZoneInfo(channel.organization.time_zone)
    lines = [_line(telling, zone) for telling in tellings]
    subject = f"{_subject(lines)} · {channel.organization.name}"
    context = {
        "subject": subject,
        "lines": lines,
        "channel": channel,
        "organization": channel.organization,
        "zone": zone.key.replace("_", " "),
        "channel_address": absolute(reverse("alert-list")),
        "server": urlsplit(settings.PUBLIC_URL).hostname,
    }
    return Message(
        subject=" ".join(subject.split())[:200],
        text=render_to_string("alerts/letter.txt", context),
        html=render_to_string("alerts/letter.html", context),
        slack="\n".join([f"*{_plain(channel.organization.name)}*", *map(_slack, lines)]),
    )


def document(telling: AlertDelivery) -> dict[str, Any]:
    """Return what a program is told of an event, or that this is a test."""
    said: dict[str, Any] = {"organization_id": telling.channel.organization.genesys_id, "state": telling.what}
    event = telling.event
    if event is None:
        return said
    return said | {
        "condition": event.condition,
        "subject": event.subject,
        "urgent": event.urgent,
        "text": said_of(event),
        "facts": event.facts,
        "began_at": event.opened_at.isoformat(),
        "over_at": event.finished_at.isoformat() if event.finished_at else None,
        "url": absolute(page_of(event)),
    }


def _line(telling: AlertDelivery, zone: ZoneInfo) -> Line:
    event = telling.event
    if event is None:
        asked = "This is a test: alerts of this channel arrive here"
        address = absolute(reverse("alert-list"))
        return Line("Test", asked, "Nothing is to be done.", telling.created_at.astimezone(zone), "", address)
    over = telling.what == What.OVER and event.finished_at is not None
    return Line(
        mark=_mark(event, over=over),
        text=said_of(event),
        advice=str(event.facts.get("ended", "")) if over else what_to_do(Condition(event.condition), event.facts),
        at=event.opened_at.astimezone(zone),
        lasted=lasted((event.finished_at - event.opened_at).total_seconds()) if over and event.finished_at else "",
        address=absolute(page_of(event)),
    )


def _mark(event: AlertEvent, *, over: bool) -> str:
    if not over:
        return "Alert"
    return TAKEN if event.facts.get("taken") else "Over"


def _subject(lines: Sequence[Line]) -> str:
    if len(lines) == 1:
        return f"{lines[0].mark}: {lines[0].text}"
    over = sum(line.mark in ("Over", TAKEN) for line in lines)
    alerts = len(lines) - over
    counted = [f"{alerts} alert{'s' if alerts > 1 else ''}" if alerts else "", f"{over} over" if over else ""]
    return ", ".join(filter(None, counted))


def _slack(line: Line) -> str:
    said = f"*{line.mark}:* {_plain(line.text)}. {_plain(line.when)}. {_plain(line.advice)}".rstrip()
    return f"{said} <{line.address}|See it>"


def _plain(text: str) -> str:
    """Return text as Slack shows it: its three signs that mean something are written out.

    Source: https://api.slack.com/reference/surfaces/formatting#escaping
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

"""The doors by which alerts reach people: e-mail, and posts to Slack. What went wrong is said in our own words."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from wrapups.domain.notices import Outcome
from wrapups.models import AlertChannel
from wrapups.models.sealing import SealBroken
from wrapups.services import mailing

logger = logging.getLogger(__name__)

Kind = AlertChannel.Kind


@dataclass(frozen=True, slots=True)
class Message:
    """What one channel is told at once: as a letter's subject, text and HTML, and as Slack's text."""

    subject: str
    text: str
    html: str
    slack: str


class Courier(Protocol):
    """What telling needs of the door to receivers."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Outcome: ...


def send(channel: AlertChannel, message: Message, *, courier: Courier) -> Outcome:
    """Send a message to a channel by e-mail or to Slack, and return how it was taken; a letter taken counts as 200."""
    return _DOORS[Kind(channel.kind)](channel, message, courier)


def _mail(channel: AlertChannel, message: Message, _courier: Courier) -> Outcome:
    if not mailing.can_send():
        return Outcome(problem="No mail server is set. Whoever runs this sets EMAIL_URL.")
    try:
        mailing.post(message.subject, message.text, message.html, to=channel.addresses, headers={})
    except mailing.NOT_TAKEN as error:
        logger.warning("An alert to channel %s was not sent: %s", channel.pk, type(error).__name__)
        return Outcome(problem=mailing.in_words(error))
    return Outcome(http_status=200)


def _post_to_slack(channel: AlertChannel, message: Message, courier: Courier) -> Outcome:
    try:
        url = channel.secret
    except SealBroken as broken:
        logger.warning("Channel %s is not told: %s", channel.pk, broken)
        return Outcome(problem="Its address does not open with the present keys. Enter it again.")
    body = json.dumps({"text": message.slack}).encode()
    return courier.post(url, body, {"Content-Type": "application/json", "User-Agent": "wrapups-alerts/1"})


_DOORS: Mapping[AlertChannel.Kind, Callable[[AlertChannel, Message, Courier], Outcome]] = {
    Kind.EMAIL: _mail,
    Kind.SLACK: _post_to_slack,
}

"""Listening to Genesys' notifications, so that endings are known in seconds. Nothing relies on it.

What is missed, because a socket was lost or nobody listened, is found by discovery; what is heard twice is counted and
harmless. So there is no memory here that has to survive, and a listener that fails simply begins anew.
"""

import logging
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from django.db import OperationalError, close_old_connections, connection

from wrapups.domain.envelopes import Envelope, Kind, render
from wrapups.domain.errors import GenesysError, Unclear
from wrapups.domain.notifications import (
    MOST_TOPICS,
    Channel,
    ChannelLost,
    Ending,
    Heard,
    Stream,
    TopicRefused,
    pause_s,
    queue_topic,
    subscribe_again_s,
)
from wrapups.models import EventSource, Queue
from wrapups.models.clock import AppNow, app_now
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.receiving import AnotherBody, receive

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")

CALL_PATIENCE_S = 10
RECEIVE_S = 0.5
"""How soon a listener that hears nothing notices that it is to stop, or to subscribe again."""
SILENCE_S = 90
"""After so long without even a heartbeat, which comes every 30 seconds, a socket counts as lost."""
NOTED_EVERY_S = 5
"""How exactly it is known when a listener last heard anything."""
REMEMBERED = 10_000
"""An ending is told again with every later change of its conversation; so many are known to have been passed on."""


class Line(Protocol):
    """What listening needs of the gateway: one call each, and the socket."""

    def open_channel(self) -> Channel: ...
    def subscribe(self, channel_id: str, topics: Sequence[str]) -> tuple[TopicRefused, ...]: ...
    def listen(self, channel: Channel) -> Stream: ...


class CannotListen(RuntimeError):
    """There is nothing to listen to, or no call left to begin with; the text is for the sources page."""


def sources_heard(slug: str = "") -> list[EventSource]:
    """Return the listeners that are switched on, with their organizations; of one organization where it is named."""
    rows = EventSource.everywhere.filter(kind=EventSource.Kind.LISTENER, enabled=True).select_related("organization")
    return list((rows.filter(organization__slug=slug) if slug else rows).order_by("pk"))


def channels_needed(source: EventSource) -> int:
    """Return how many channels the queues of a listener's organization need: one for each thousand, at least one."""
    return max(1, -(-Queue.everywhere.of(source.organization).filter(gone_at=None).count() // MOST_TOPICS))


class Listener:
    """Listens on one channel to one thousand of an organization's queues (`part` counts the thousands from 0)."""

    def __init__(
        self, source: EventSource, *, gateway: Line, part: int = 0, chance: Callable[[], float] = random.random
    ) -> None:
        self._source, self._gateway, self._part, self._chance = source, gateway, part, chance
        self._stop = threading.Event()
        self._told: OrderedDict[str, None] = OrderedDict()
        self._failures = 0
        self._noted_at = 0.0
        self._again_s = self._subscribe_at = 0.0
        self._lacking = ""

    def stop(self) -> None:
        """Finish what is being heard, and return from `run`."""
        self._stop.set()

    def run(self) -> None:
        """Listen until stopped: on a new channel whenever one is lost, after a pause that grows with each failure."""
        try:
            while not self._stop.is_set():
                self._round()
                self._stop.wait(pause_s(self._failures, jitter=self._chance()))
        finally:
            connection.close()

    def _round(self) -> None:
        """Listen on one channel for as long as it goes well; whatever ends it is noted, and begun anew after."""
        close_old_connections()
        self._failures += 1
        try:
            if trouble := self._trouble():
                logger.warning("The listener of organization %s begins anew: %s", self._source.organization_id, trouble)
                EventSource.everywhere.filter(pk=self._source.pk).update(trouble=trouble[:300])
        except OperationalError:
            logger.exception("The listener of organization %s: the database failed.", self._source.organization_id)

    def _trouble(self) -> str:
        """Listen on one channel and return what ended it; empty where nothing went wrong."""
        try:
            self._listen()
        except (ChannelLost, CannotListen, GenesysError) as error:
            return str(error)
        return ""

    def _listen(self) -> None:
        channel = self._opened()
        self._subscribe(channel)
        stream = self._gateway.listen(channel)
        try:
            self._hear_out(stream, channel)
        finally:
            stream.close()

    def _hear_out(self, stream: Stream, channel: Channel) -> None:
        """Pass on what is heard until told to stop, or that the socket is about to close. Raises ChannelLost."""
        heard_at = time.monotonic()
        while not self._stop.is_set():
            if time.monotonic() >= self._subscribe_at:
                self._subscribe(channel)
            heard = self._next(stream)
            if heard is not None:
                heard_at, self._failures = time.monotonic(), 0
                self._take_in(heard)
                if heard.closing:
                    return
            elif time.monotonic() - heard_at > SILENCE_S:
                raise ChannelLost(f"Nothing was heard for {SILENCE_S} seconds, not even a heartbeat.")

    def _next(self, stream: Stream) -> Heard | None:
        """Return the next message. One that makes no sense is a sign of life; what it told is left to discovery."""
        try:
            return stream.receive(timeout_s=RECEIVE_S)
        except Unclear as error:
            logger.warning("A notification made no sense: %s", error)
            return Heard()

    def _take_in(self, heard: Heard) -> None:
        close_old_connections()
        for ending in heard.endings:
            if ending.communication_id not in self._told:
                self._pass_on(ending)
                self._told[ending.communication_id] = None
        while len(self._told) > REMEMBERED:
            self._told.popitem(last=False)
        if time.monotonic() - self._noted_at >= NOTED_EVERY_S:
            self._noted_at = time.monotonic()
            EventSource.everywhere.filter(pk=self._source.pk).update(heard_at=AppNow(), trouble=self._lacking)

    def _pass_on(self, ending: Ending) -> None:
        """Have an ending taken in, by a name that every listener gives it."""
        name = f"ended {ending.conversation_id} {ending.communication_id}"
        envelope = Envelope(name, ending.conversation_id, ending.ended_at, Kind.ENDED)
        try:
            receive(self._source, raw=render(envelope))
        except AnotherBody:
            logger.warning("Genesys Cloud told another time of an ending that was known: %s", name)

    def _opened(self) -> Channel:
        self._take_call("opening a channel")
        channel = self._gateway_said(self._gateway.open_channel)
        life_s = (channel.expires_at - app_now()).total_seconds() if channel.expires_at else None
        self._again_s = subscribe_again_s(life_s)
        return channel

    def _subscribe(self, channel: Channel) -> None:
        """Subscribe to this part's queues as they are now, which renews the channel."""
        queues = Queue.everywhere.of(self._source.organization).filter(gone_at=None).order_by("pk")
        begin = self._part * MOST_TOPICS
        topics = [
            queue_topic(each) for each in queues.values_list("genesys_id", flat=True)[begin : begin + MOST_TOPICS]
        ]
        if not topics:
            raise CannotListen("No queue is known yet. Wait until the catalogue has been read.")
        self._take_call("subscribing to notifications")
        refused = self._gateway_said(lambda: self._gateway.subscribe(channel.id, topics))
        self._lacking = _in_words(refused, of=len(topics))
        self._subscribe_at = time.monotonic() + self._again_s

    def _take_call(self, what_for: str) -> None:
        if not wait_for_call(self._source.organization_id, at_most_s=CALL_PATIENCE_S):
            raise CannotListen(f"The call budget leaves nothing for {what_for} now.")

    def _gateway_said(self, ask: Callable[[], Answer]) -> Answer:
        """Return what a call answers, and let the budget learn how it ended."""
        try:
            answer = ask()
        except GenesysError as error:
            learn(self._source.organization_id, error)
            raise
        learn(self._source.organization_id, None)
        return answer


def _in_words(refused: Sequence[TopicRefused], *, of: int) -> str:
    """Return which queues cannot be heard, and why, for the sources page; empty where all can."""
    if not refused:
        return ""
    reasons = ", ".join(sorted({each.reason for each in refused})[:3])
    return f"{len(refused)} of {of} queues are not told to our client: {reasons}."[:300]

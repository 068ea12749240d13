"""`manage.py listen`: hears of endings as they happen. Optional; without it discovery finds everything, only later."""

import logging
import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import OperationalError, close_old_connections

from wrapups.models import Heartbeat, Organization
from wrapups.services.beating import Pulse
from wrapups.services.listening import Listener, channels_needed, sources_heard
from wrapups.tasks import gateway_to

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 5.0
LEAVE_WITHIN_S = 15.0
"""How long listeners have to finish what they are at: the longest wait for a call, and closing a socket."""

Place = tuple[int, int, tuple[str, str, str]]
"""A listener's source, which thousand of its queues, and the organization's client: another one is another listener."""


class Command(BaseCommand):
    help = "Listen to Genesys' notifications for each organization whose sources have a listener, until stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organization", default="", metavar="SLUG", help="only this one (default: all)")

    def handle(self, *, organization: str, **options: Any) -> None:
        if organization:
            Organization.objects.get(slug=organization)
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        listeners = Listeners(organization)
        while not stop.is_set():
            listeners.look()
            stop.wait(LOOK_EVERY_S)
        listeners.leave()


class Listeners:
    """A thread for each channel that is needed now: begun when a listener is added, ended when it is switched off."""

    def __init__(self, slug: str = "") -> None:
        self._slug = slug
        self._running: dict[Place, tuple[Listener, threading.Thread]] = {}
        self._pulse = Pulse(Heartbeat.Kind.LISTENER)

    def look(self) -> None:
        """Begin and end listeners so that those run that should, and one that died begins again; show that it is so."""
        close_old_connections()
        try:
            self._change()
            self._pulse.beat()
        except OperationalError:
            logger.exception("The database did not answer; looking again in %s s.", LOOK_EVERY_S)

    def leave(self) -> None:
        """Stop all and wait for them, as long as is reasonable."""
        for listener, _ in self._running.values():
            listener.stop()
        for _, thread in self._running.values():
            thread.join(LEAVE_WITHIN_S)

    def _change(self) -> None:
        wanted: set[Place] = set()
        for source in sources_heard(self._slug):
            owner = source.organization
            client = (owner.api_url, owner.client_id, owner.client_secret_sealed)
            for part in range(channels_needed(source)):
                place = (source.pk, part, client)
                wanted.add(place)
                if place not in self._running or not self._running[place][1].is_alive():
                    self._begin(place, Listener(source, gateway=gateway_to(owner), part=part))
        for place in self._running.keys() - wanted:
            self._running.pop(place)[0].stop()

    def _begin(self, place: Place, listener: Listener) -> None:
        thread = threading.Thread(target=listener.run, name=f"listen {place[0]}.{place[1]}", daemon=True)
        self._running[place] = (listener, thread)
        thread.start()

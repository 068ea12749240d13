"""`manage.py showcase_crm`: plays the outside system of the demo, which says how each case ended."""

import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.management.showcase import crm
from wrapups.management.showcase.seeding import SLUG
from wrapups.models import Organization

logger = logging.getLogger(__name__)
EVERY_S = 3.0


class Command(BaseCommand):
    help = "Say of each conversation that ended in the simulator what its CRM case says, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        [url] = settings.ALLOWED_GENESYS_HOSTS
        organization = Organization.objects.get(slug=SLUG)
        told: set[str] = set()
        while not stop.wait(EVERY_S):
            try:
                crm.tell(organization, SimulatorControl(url), told=told)
            except OSError as error:
                logger.warning("The simulator did not answer: %s", type(error).__name__)

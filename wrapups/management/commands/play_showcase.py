"""`manage.py play_showcase`: plays what is outside of the demo: the CRM that says how each case ended, and mishaps."""

import logging
import signal
import threading
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.management.showcase import crm, mishaps
from wrapups.management.showcase.seeding import SLUG
from wrapups.models import Organization

logger = logging.getLogger(__name__)
EVERY_S = 3.0
MISHAPS_AFTER_S = 60.0
"""First everything goes well, for long enough to be seen."""


class Command(BaseCommand):
    help = "Say of each conversation that ended in the simulator what its CRM case says; let some things go wrong."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        [url] = settings.ALLOWED_GENESYS_HOSTS
        simulator, organization = SimulatorControl(url), Organization.objects.get(slug=SLUG)
        told: set[str] = set()
        still_well_until: float | None = time.monotonic() + MISHAPS_AFTER_S
        while not stop.wait(EVERY_S):
            try:
                crm.tell(organization, simulator, told=told)
                if still_well_until is not None and time.monotonic() >= still_well_until:
                    mishaps.let_happen(simulator)
                    still_well_until = None
            except OSError as error:
                logger.warning("The simulator did not answer: %s", type(error).__name__)

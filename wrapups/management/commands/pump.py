"""`manage.py pump`: the small scheduler process."""

import signal
from typing import Any

from django.core.management.base import BaseCommand

from wrapups.pump import Pump


class Command(BaseCommand):
    help = "Ring workers when there is something to do, and do it here when they do not hear. Run one, or two."

    def handle(self, *args: Any, **options: Any) -> None:
        pump = Pump()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: pump.stop())
        pump.run()

"""`manage.py demo`: the whole product on this machine, with a simulated Genesys Cloud."""

import os
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from dashboard.demo.claiming import AlreadyRunning
from dashboard.demo.running import Demo
from dashboard.embedded.places import private_folder


class Command(BaseCommand):
    help = "Run web, worker, pump and a simulated Genesys Cloud together, on services of their own. Ctrl-C stops them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8765, help="of the dashboard (default: %(default)s)")
        parser.add_argument("--simulator-port", type=int, default=8766, help="(default: %(default)s)")
        action = parser.add_mutually_exclusive_group()
        action.add_argument("--reset", action="store_true", help="start without what earlier runs have kept")
        action.add_argument("--stop", action="store_true", help="stop a run, or what a killed one left behind")

    def handle(self, *, port: int, simulator_port: int, reset: bool, stop: bool, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is for a laptop: run it without DEBUG=false.")
        folder = private_folder(settings.VAR_DIR, mode=0o711)
        demo = Demo(folder, web_port=port, simulator_port=simulator_port, say=self._say)
        if stop:
            return self._say("The demo has stopped." if demo.stop() else "No demo was running.")
        # Until the processes run, being told to stop is like Ctrl-C.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        # Closing the terminal's window means the same.
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        try:
            if reset:
                demo.forget()
            status = demo.run()
        except (AlreadyRunning, OSError, RuntimeError) as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            status = 0
        if status:
            raise SystemExit(status)
        self._say("Stopped; the data stays.")
        return None

    def _say(self, words: str) -> None:
        self.stdout.write(words)
        self.stdout.flush()

"""`manage.py chaos`: deliver under a nemesis, as one JSON line."""

import json
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser


class Command(BaseCommand):
    help = "Kill, freeze and starve the product while it works, and compare with the witness what came of it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1, help="chooses every blow (default: %(default)s)")
        parser.add_argument("--rows", type=int, default=60, help="assignments to deliver (default: %(default)s)")
        parser.add_argument("--duration", type=float, default=20, help="seconds of faults (default: %(default)s)")
        parser.add_argument(
            "--backlog",
            choices=("deep", "empty"),
            default="deep",
            help="all rows at first, or trickling in, since a backlog hides errors of timing (default: %(default)s)",
        )

    def handle(self, *, seed: int, rows: int, duration: float, backlog: str, **options: Any) -> None:
        from dashboard.chaos.figures import passed
        from dashboard.chaos.running import Chaos

        if rows < 1 or duration <= 0:
            raise CommandError("Give at least one row and some seconds: --rows 60 --duration 20.")
        # Whoever ends the run ends everything it started, too.
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            line = Chaos(seed, rows, duration, deep=backlog == "deep").run()
        except (OSError, RuntimeError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(json.dumps(line))
        if not passed(line):
            raise SystemExit(1)

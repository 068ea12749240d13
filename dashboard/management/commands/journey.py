"""`manage.py journey`: the main job once, as one JSON line."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

SAMPLE = settings.BASE_DIR.parent / "shared" / "genesys" / "sample-conversation-details.json"


class Command(BaseCommand):
    help = "Load a simulated Genesys Cloud, let rules, worker and pump do their job, and compare what came of it."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--conversations", type=int, default=60, help="to generate (default: %(default)s)")
        parser.add_argument("--load", type=Path, action="append", help="file of analytics JSON; may be repeated")
        parser.add_argument("--speed", type=float, default=1.0, help="times Genesys' call limit (default: %(default)s)")
        parser.add_argument("--at-most", type=float, default=900, help="seconds it may take (default: %(default)s)")

    def handle(
        self, *, conversations: int, load: list[Path] | None, speed: float, at_most: float, **options: Any
    ) -> None:
        from dashboard.journey import Journey

        files = load if load is not None else [SAMPLE] if SAMPLE.exists() else []
        try:
            line = Journey(conversations, files, speed, at_most).run()
        except (OSError, RuntimeError) as error:
            raise CommandError(str(error)) from error
        if load is None and not files:
            line["sample"] = "not present"
        self.stdout.write(json.dumps(line))
        if line["wrong"] or line["failed"] or line["rate_limited"]:
            raise SystemExit(1)

"""`manage.py alive`: what a process manager asks about a process without pages, on the machine where it runs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from wrapups.models import Heartbeat
from wrapups.services import beating


class Command(BaseCommand):
    help = (
        "Say whether a worker, a pump or a listener on this machine goes round. "
        f"Exits with 0 where one has shown so in the last {beating.SILENT_AFTER_S} s, else with 1 and why not."
    )
    requires_system_checks: list[str] = []  # asked twice a minute

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("kind", choices=Heartbeat.Kind.values)

    def handle(self, *args: Any, kind: str, **options: Any) -> None:
        try:
            alive = beating.beats_here(Heartbeat.Kind(kind))
        except DatabaseError as error:
            raise CommandError(f"The database does not answer, so nobody knows: {type(error).__name__}.") from error
        if not alive:
            here, lately = beating.this_host(), beating.SILENT_AFTER_S
            raise CommandError(f"No {kind} on {here} has shown a sign of life for {lately} s. Restart it.")
        self.stdout.write(f"The {kind} is alive.")

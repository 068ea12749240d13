"""`manage.py seed_demo`: the showcase's organization, people and rules; prints how to sign in."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running
from wrapups.management.showcase import password, seeding
from wrapups.models.organizations import CALLS_PER_MINUTE


class Command(BaseCommand):
    help = "Connect a simulated Genesys Cloud and publish first rules. Doing it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--running", action="store_true", help="the simulator runs already; else one is borrowed")
        parser.add_argument(
            "--seed", type=int, default=1, help="of the simulated contact centre (default: %(default)s)"
        )
        parser.add_argument("--speed", type=float, default=1.0, help="divides every delay (default: %(default)s)")

    def handle(self, *, running: bool, seed: int, speed: float, **options: Any) -> None:
        if len(settings.ALLOWED_GENESYS_HOSTS) != 1:
            raise CommandError("Set ALLOWED_GENESYS_HOSTS to the simulator's address, such as http://127.0.0.1:8766.")
        [url] = settings.ALLOWED_GENESYS_HOSTS
        if running:
            self._seed(SimulatorControl(url), speed)
        else:
            self._seed_borrowed(url, seed, speed)

    def _seed_borrowed(self, url: str, seed: int, speed: float) -> None:
        """The catalogue depends on the seed alone, so a simulator of the moment at the same address will do."""
        with running(seed=seed, port=urlsplit(url).port or 80) as simulator:
            self._seed(simulator, speed)

    def _seed(self, simulator: SimulatorControl, speed: float) -> None:
        word = password.kept_in(settings.VAR_DIR)
        seeding.seed(
            simulator,
            password=word,
            grace_s=round(20 / speed),
            settle_s=round(10 / speed),
            calls_per_minute=round(CALLS_PER_MINUTE * speed),
        )
        for sign_in in seeding.sign_ins(word):
            self.stdout.write(f"  {sign_in.role.value:<12} {sign_in.username:<6} {sign_in.password}")

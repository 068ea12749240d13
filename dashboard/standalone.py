"""Worker and pump on services of their own, for as long as a block lasts: what the journey and a benchmark stand on."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg.conninfo import conninfo_to_dict

from dashboard.demo import processes
from dashboard.embedded import services
from dashboard.embedded.places import Places


@contextmanager
def own_services(*, durable: bool = False) -> Iterator[Mapping[str, str]]:
    """Run PostgreSQL and Valkey in a folder that goes away, and yield the settings of worker and pump on them.

    This process uses the new database too, with every table in place. `durable` is for a database that is to crash.
    """
    with tempfile.TemporaryDirectory(prefix="wrapups-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        with services.running(folder, durable=durable) as places:
            use(places)
            call_command("migrate", verbosity=0)
            yield _environment(folder, places)


@contextmanager
def working(environment: Mapping[str, str]) -> Iterator[Sequence["subprocess.Popen[bytes]"]]:
    """Run a worker and a pump, in this order; both stop at the end, and what they say goes to stderr."""
    started = [
        subprocess.Popen(process.command, env={**environment, "PROCESS_KIND": process.kind}, stdout=2)
        for process in (processes.worker(), processes.pump())
    ]
    try:
        yield started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(timeout=60)


@dataclass(frozen=True)
class Patience:
    """Waits for the team's work, but not for ever, and not for a team that is gone."""

    team: Sequence["subprocess.Popen[bytes]"]
    until: float
    pause_s: float = 0.5

    def wait(self, what: str) -> None:
        """Wait a moment. Raises TimeoutError, saying what did not happen, or RuntimeError where a process has ended."""
        if any(process.poll() is not None for process in self.team):
            raise RuntimeError("The worker or the pump has ended; what it said stands above.")
        if time.monotonic() > self.until:
            raise TimeoutError(f"It did not end in time: {what}.")
        time.sleep(self.pause_s)


def _environment(folder: Path, places: Places) -> Mapping[str, str]:
    return {
        **os.environ,
        "VAR_DIR": str(folder),
        "DATABASE_URL": places.database_url,
        "REDIS_URL": places.redis_url,
        "SECRET_KEY": settings.SECRET_KEY,
        "FIELD_KEYS": ",".join(settings.FIELD_KEYS),
    }


def use(places: Places) -> None:
    """Point this process at the database there."""
    parts = conninfo_to_dict(places.database_url)
    connection.close()
    connection.settings_dict.update(HOST=parts["host"], NAME=parts["dbname"], USER=parts["user"], PORT="", PASSWORD="")

"""Where the rows are kept between runs, and the PostgreSQL they are in: set as production advises, cold on request."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from benchmarks import _search_loading
from dashboard import standalone
from dashboard.embedded import postgres
from dashboard.embedded.places import Places, places_in, private_folder

FOR_PLANS: Mapping[str, str] = {
    "effective_cache_size": "12GB",
    "work_mem": "32MB",
    "random_page_cost": "1.1",
    "jit": "off",
}
ADVISED: Mapping[str, str] = {"shared_buffers": "4GB", **FOR_PLANS}
"""What docs/operations.md advises for a database of this size; the first of these decide about plans."""
FOR_LOADING: Mapping[str, str] = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
}
WHAT_IS_LOADED = ("_search_centre.py", "_search_profiles.py", "_search_rows.py", "_search_values.py")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A database with so many assignments, and the seconds of loading by kind: of all steps, two of them at a time."""

    places: Places
    rows: int
    seconds: Mapping[str, float]

    def cool(self) -> None:
        """Stop PostgreSQL, have the machine forget what it had read of its files, and start it again."""
        connection.close()
        postgres.stop(self.places)
        for file in self.places.postgres.joinpath("base").rglob("*"):
            if file.is_file():
                _forget(file)
        postgres.start(self.places, durable=False)
        connection.ensure_connection()


@contextmanager
def loaded(rows: int, *, seed: int) -> Iterator[Loaded]:
    """Run PostgreSQL on a folder with so many assignments, loading them first where no earlier run has.

    The folder is named after what is loaded, and stays; a load that was cut short goes on. Migrations that came since
    are applied, as to any database.
    """
    places = places_in(Path(settings.VAR_DIR) / f"bench-search-{rows}-{_version()}")
    told = places.folder / "loaded.json"
    private_folder(places.folder, mode=0o711)
    standalone.use(places)
    postgres.start(places, durable=False)
    try:
        if not told.exists():
            _set(places)
        call_command("migrate", verbosity=0)
        if not told.exists():
            told.write_text(json.dumps(_search_loading.load(rows, seed)))
        yield Loaded(places, rows, json.loads(told.read_text()))
    finally:
        connection.close()
        postgres.stop(places)


def _forget(file: Path) -> None:
    opened = os.open(file, os.O_RDONLY)
    try:
        os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(opened)


def _version() -> str:
    seen = hashlib.sha256()
    for name in WHAT_IS_LOADED:
        seen.update(Path(__file__).with_name(name).read_bytes())
    return seen.hexdigest()[:8]


def _set(places: Places) -> None:
    """Give PostgreSQL its settings, and start it again with them."""
    with connection.cursor() as cursor:
        for name, value in {**ADVISED, **FOR_LOADING}.items():
            cursor.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
    connection.close()
    postgres.stop(places)
    postgres.start(places, durable=False)

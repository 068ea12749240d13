"""Where the rows are kept between runs, and the PostgreSQL they are in: set as production advises, cold on request."""

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from psycopg import sql

from benchmarks import _search_indexes, _search_rows
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
    "maintenance_work_mem": "1GB",
    "autovacuum": "off",
}
WHAT_IS_LOADED = ("_search_centre.py", "_search_profiles.py", "_search_rows.py", "_search_values.py")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A database with so many assignments, and the seconds that each step of loading took when it was done."""

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

    The folder is named after what is loaded, and stays. Migrations that came since are applied, as to any database.
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
            told.write_text(json.dumps(_load(rows, seed)))
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


def _load(rows: int, seed: int) -> Mapping[str, float]:
    """Load with the indexes away, make them again, and have everything vacuumed; return the seconds of each.

    All or nothing: what was cut short leaves no rows. A table emptied in the same transaction is not logged.
    """
    began = time.monotonic()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL work_mem = '1GB'")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")  # what is drawn here takes its time
        tables = ", ".join(model._meta.db_table for model in _search_rows.LOADED)
        cursor.execute(f"TRUNCATE {tables} CASCADE")
        indexes = _search_indexes.drop(_search_rows.LOADED)
        _search_rows.load(rows, seed=seed)
        filled = time.monotonic()
        indexes.make()
    indexed = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
    return {"rows": filled - began, "indexes": indexed - filled, "vacuum": time.monotonic() - indexed}

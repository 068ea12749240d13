"""The test database as the migrations leave it: made once, kept beside the other temporary files, and read in again.
Between tests that commit it is emptied.

Applying them takes half a minute, reading in what they made takes one second.
"""

import fcntl
import hashlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from psycopg import sql

from dashboard.embedded.places import Places
from dashboard.embedded.postgres import program

ROOT = Path(settings.BASE_DIR)
DECIDES = ("wrapups/migrations/*.py", "requirements/runtime.lock", "dashboard/settings.py")
"""What a migrated database depends on: our migrations, and those of the libraries and which of them are installed."""


@cache
def kept() -> Path:
    """Return where the database that belongs to these migrations is kept, by whoever runs the tests.

    Looked at once, when the run begins: what is edited later is not what this run applies.
    """
    seen = hashlib.sha256()
    for pattern in DECIDES:
        for file in sorted(ROOT.glob(pattern)):
            seen.update(file.name.encode() + file.read_bytes())
    return Path(tempfile.gettempdir()) / f"wrapups-schema-{os.geteuid()}-{seen.hexdigest()[:16]}.sql"


@contextmanager
def turn() -> Iterator[None]:
    """Wait until no other process makes what is to be kept: the first of a run makes it, the others read it in."""
    with kept().with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def restore(places: Places, name: str) -> bool:
    """Make the database `name` as it was kept; return whether there was one. Another person's file counts as none."""
    file = kept()
    if not file.exists() or file.stat().st_uid != os.geteuid():
        return False
    with psycopg.connect(places.database_url, dbname="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    arguments = ["--quiet", "--no-psqlrc", "--single-transaction", "--set=ON_ERROR_STOP=1", f"--file={file}"]
    _run(places, "psql", *arguments, f"--dbname={name}")
    return True


def keep(places: Places, name: str) -> None:
    """Keep the database `name` for the next run; of two runs that do it at once either may win."""
    file = kept()
    draft = file.with_suffix(f".{os.getpid()}")
    _run(places, "pg_dump", f"--file={draft}", f"--dbname={name}")
    draft.replace(file)


def emptying(operations: DatabaseOperations, style: Any, tables: Sequence[str], **options: Any) -> list[str]:
    """Return the statements that empty these tables between two tests that commit; Django asks for them.

    Most tables are empty by then, and to truncate sixty of them costs ten times what it costs to look and delete. Keys
    and triggers sleep meanwhile, those too that let nobody delete what is append-only; that takes a superuser.
    """
    some = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(some)
        filled = [table for (table,) in cursor.fetchall()]
    return ["SET LOCAL session_replication_role = replica", *(f"DELETE FROM {table}" for table in filled)]


def _run(places: Places, name: str, *arguments: str) -> None:
    address = [f"--host={places.sockets}", "--username=wrapups"]
    subprocess.run([program(places, name), *address, *arguments], check=True, capture_output=True, text=True)

"""Loads step by step, two at a time.

Each step is one transaction with the note that it was taken, so that a load that was cut short goes on where it was.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from benchmarks import _search_indexes, _search_rows

AT_ONCE = 2
SESSION = """
    SET LOCAL work_mem = '1GB';
    SET LOCAL maintenance_work_mem = '1GB';
    SET LOCAL max_parallel_maintenance_workers = 0;
    SET LOCAL idle_in_transaction_session_timeout = 0;
    SET LOCAL lock_timeout = 0;
"""
"""What is drawn in Python takes its time, and what is made takes memory; the steps themselves are in parallel, and one
that adds a constraint waits for the index that another builds on the same table, for minutes where there is much."""


def load(rows: int, seed: int) -> Mapping[str, float]:
    """Take every step that was not taken yet; return the seconds of all, summed by kind."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS drawn_step (name text PRIMARY KEY, seconds float NOT NULL)")
        cursor.execute("CREATE TABLE IF NOT EXISTS drawn_index (name text PRIMARY KEY, statement text NOT NULL)")
    _take("draws", partial(_prepare, rows, seed))
    largest_first = sorted(_search_rows.LOADED, key=lambda model: -len(model._meta.concrete_fields))
    for model in largest_first:
        if f"rows {model.__name__}" not in dict(_rows_of("drawn_step")):
            _execute(f"VACUUM {model._meta.db_table}")  # gives back what a step that was cut short had written
    _take_all((f"rows {model.__name__}", partial(_search_rows.fill, model)) for model in largest_first)
    _take_all((f"indexes {name}", partial(_execute, statement)) for name, statement in _rows_of("drawn_index"))
    _execute("VACUUM (ANALYZE)")
    _execute("CHECKPOINT")
    _take("draws cleared", _search_rows.clear)
    taken: dict[str, float] = {}
    for name, seconds in _rows_of("drawn_step"):
        kind = name.partition(" ")[0]
        taken[kind] = taken.get(kind, 0) + seconds
    return taken


def _prepare(rows: int, seed: int) -> None:
    statements = _search_indexes.drop(_search_rows.LOADED)
    _search_rows.prepare(rows, seed=seed)
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO drawn_index VALUES (%s, %s)", list(statements.items()))


def _take_all(steps: Iterable[tuple[str, Callable[[], None]]]) -> None:
    pool = ThreadPoolExecutor(AT_ONCE)
    try:
        for taken in [pool.submit(_take_here, name, act) for name, act in steps]:
            taken.result()
    finally:
        pool.shutdown(cancel_futures=True)  # after one that failed, or Ctrl-C, no other is begun


def _take_here(name: str, act: Callable[[], None]) -> None:
    """Take a step on a connection of this thread's own."""
    try:
        _take(name, act)
    finally:
        connection.close()


def _take(name: str, act: Callable[[], None]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SESSION)
        if _was_taken(cursor, name):
            return
        began = time.monotonic()
        act()
        cursor.execute("INSERT INTO drawn_step VALUES (%s, %s)", [name, time.monotonic() - began])


def _was_taken(cursor: CursorWrapper, name: str) -> bool:
    cursor.execute("SELECT FROM drawn_step WHERE name = %s", [name])
    return cursor.fetchone() is not None


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _rows_of(table: str) -> list[tuple[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY name")
        return list(cursor.fetchall())

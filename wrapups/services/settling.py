"""How far a table that grows has settled: up to which key no row can still appear.

Keys are given out when a row is inserted and seen when its transaction ends, so one may appear below others that were
seen long before. Whoever counts on from a key must not count past such a gap.
"""

import time
from typing import Any

from django.db import connection
from django.db.models import Max

PATIENCE_S = 2.0
POLL_S = 0.05


def settled_up_to(model: Any) -> int | None:
    """Return a key at or below which every row that will ever be there can be seen now; 0 for an empty table.

    Waits for those who were writing when it looked, as CREATE INDEX CONCURRENTLY does, and holds up nobody: a writer
    has its lock on the table before it is given a key. Returns None where one of them takes longer than `PATIENCE_S`.
    """
    newest: int = model.everywhere.aggregate(newest=Max("pk"))["newest"] or 0
    waited_for, until = _writers(model), time.monotonic() + PATIENCE_S
    while waited_for := waited_for & _writers(model):
        if time.monotonic() > until:
            return None
        time.sleep(POLL_S)
    return newest


def _writers(model: Any) -> set[str]:
    """Return the transactions, but for this one, that have written to the table or are about to."""
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS, [model._meta.db_table])
        return {transaction for (transaction,) in cursor.fetchall()}


_WRITERS = """
    SELECT virtualtransaction FROM pg_locks
     WHERE relation = %s::regclass AND granted AND mode = 'RowExclusiveLock'
       AND pid IS DISTINCT FROM pg_backend_pid()
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

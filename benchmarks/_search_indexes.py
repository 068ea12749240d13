"""Indexes taken away while rows are loaded, and made again as they were; how large everything is."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, models


@dataclass(frozen=True, slots=True)
class Size:
    """The bytes of a table or of an index."""

    name: str
    is_index: bool
    size: int


def drop(tables: Iterable[type[models.Model]]) -> dict[str, str]:
    """Drop the indexes and the constraints of uniqueness of these tables; return what makes each again, by name.

    What others refer to, primary keys, stays.
    """
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS, [names])
        constraints = cursor.fetchall()
        cursor.execute(_INDEXES, [names])
        again = dict(cursor.fetchall())
        for table, name, _ in constraints:
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        for name in again:
            cursor.execute(f"DROP INDEX {name}")
    return again | {
        name: f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}' for table, name, definition in constraints
    }


def sizes(tables: Iterable[type[models.Model]]) -> list[Size]:
    """Return how large each table is, without its indexes, and each index; the largest first."""
    with connection.cursor() as cursor:
        cursor.execute(_SIZES, [[model._meta.db_table for model in tables]] * 2)
        return [Size(*row) for row in cursor.fetchall()]


_CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
      FROM pg_constraint
     WHERE contype IN ('u', 'x') AND conrelid::regclass::text = ANY (%s)
     ORDER BY 1, 2
"""

_INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
      FROM pg_index
     WHERE indrelid::regclass::text = ANY (%s)
       AND NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
     ORDER BY 1
"""

_SIZES = """
    SELECT relname, relkind = 'i', pg_relation_size(oid) + COALESCE(pg_relation_size(NULLIF(reltoastrelid, 0)), 0)
      FROM pg_class
     WHERE oid IN (SELECT oid FROM pg_class WHERE relname = ANY (%s))
        OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid::regclass::text = ANY (%s))
     ORDER BY 3 DESC
"""

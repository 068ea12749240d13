"""Indexes taken away while rows are loaded, and made again as they were; how large everything is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection, models
from psycopg import sql


@dataclass(frozen=True, slots=True)
class Indexes:
    """What was taken away: statements that make it again."""

    statements: Sequence[str]

    def make(self) -> None:
        """Make the indexes and constraints again."""
        with connection.cursor() as cursor:
            for statement in self.statements:
                cursor.execute(statement)


@dataclass(frozen=True, slots=True)
class Size:
    """The bytes of a table or of an index."""

    name: str
    is_index: bool
    size: int


def drop(tables: Iterable[type[models.Model]]) -> Indexes:
    """Drop the indexes and the constraints of uniqueness of these tables; what others refer to, primary keys, stays."""
    names = [model._meta.db_table for model in tables]
    with connection.cursor() as cursor:
        cursor.execute(_CONSTRAINTS, [names])
        constraints = cursor.fetchall()
        cursor.execute(_INDEXES, [names])
        indexes = cursor.fetchall()
        for table, name, _ in constraints:
            cursor.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name))
            )
        for name, _ in indexes:
            cursor.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    added = [f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}' for table, name, definition in constraints]
    return Indexes([*(definition for _, definition in indexes), *added])


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

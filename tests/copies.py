"""Many rows for the price of one: copies that PostgreSQL makes of a row that a factory made."""

from typing import Any

from django.db import connection


def copied(row: Any, count: int, **changed: str) -> None:
    """Insert so many copies of a row, with these columns as SQL makes them of the number `n`, counted from 1."""
    table = row._meta.db_table
    columns = [field.column for field in row._meta.concrete_fields if not field.primary_key]
    values = ", ".join(changed.get(column, f'"{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    copies = f"SELECT {values} FROM {table}, generate_series(1, %s) n WHERE id = %s ORDER BY n"
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) {copies}", [count, row.pk])
        cursor.execute(f"ANALYZE {table}")

"""F39: yesterday's code on today's schema need not name what is new there, and misses nothing that is gone."""

from collections.abc import Iterator

from django.apps import apps
from django.db import connection
from django.db.migrations import AddField, CreateModel, DeleteModel, RemoveField, RenameField, RenameModel
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

FIRST = "0044"
"""Earlier migrations ran before anybody had a worker that could be older than its schema."""
TAKES_AWAY = (DeleteModel, RemoveField, RenameField, RenameModel)


def test_every_column_added_to_a_table_may_be_left_out_by_code_that_does_not_know_it(db: None):
    added = list(_added())

    assert added
    assert [f"{table}.{column}" for table, column in added if not _may_be_left_out(table, column)] == []


def test_no_migration_takes_away_what_older_code_asks_for():
    assert [repr(each) for each in _operations() if isinstance(each, TAKES_AWAY)] == []


def _operations() -> list[Operation]:
    migrations = sorted(MigrationLoader(None).disk_migrations.items())
    return [each for (app, name), one in migrations if app == "wrapups" and name >= FIRST for each in one.operations]


def _added() -> Iterator[tuple[str, str]]:
    """Yield table and column of each field added to a table that was there before."""
    new = {each.name_lower for each in _operations() if isinstance(each, CreateModel)}
    for each in _operations():
        if isinstance(each, AddField) and each.model_name_lower not in new:
            model = apps.get_model("wrapups", each.model_name_lower)
            yield model._meta.db_table, model._meta.get_field(each.name).column


def _may_be_left_out(table: str, column: str) -> bool:
    asked = "SELECT is_nullable = 'YES' OR column_default IS NOT NULL FROM information_schema.columns"
    with connection.cursor() as cursor:
        cursor.execute(f"{asked} WHERE table_name = %s AND column_name = %s", [table, column])
        found = cursor.fetchone()
    return bool(found and found[0])

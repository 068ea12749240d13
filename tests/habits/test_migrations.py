"""Migrations of large tables: what they wait for."""

from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import connection
from django.db.migrations import Migration, RunSQL
from django.db.migrations.loader import MigrationLoader

PATIENT, AS_ALWAYS = "SET lock_timeout = 0", "RESET lock_timeout"


def test_an_index_is_built_beside_others_however_long_their_transactions_take():
    """Else a vacuum of some minutes would end the migration, and leave an index that is of no use."""
    of_ours = [each for (app, _), each in MigrationLoader(None).disk_migrations.items() if app == "wrapups"]

    building = [each for each in of_ours if any(isinstance(one, NotInTransactionMixin) for one in each.operations)]

    assert building
    assert [each.name for each in building if not _is_patient(each)] == []


def test_the_wait_of_every_other_statement_stays_as_short_as_it_was(db: None):
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        always = cursor.fetchone()
        cursor.execute(PATIENT)
        cursor.execute(AS_ALWAYS)
        cursor.execute("SHOW lock_timeout")

        assert cursor.fetchone() == always == ("2s",)


def _is_patient(migration: Migration) -> bool:
    first, last = migration.operations[0], migration.operations[-1]
    return (
        isinstance(first, RunSQL)
        and isinstance(last, RunSQL)
        and (first.sql, first.reverse_sql) == (PATIENT, AS_ALWAYS)
        and (last.sql, last.reverse_sql) == (AS_ALWAYS, PATIENT)
    )

"""Migrations of large tables: what they wait for."""

from collections.abc import Iterator
from itertools import pairwise

from django.contrib.postgres.operations import AddIndexConcurrently, NotInTransactionMixin, RemoveIndexConcurrently
from django.db import connection
from django.db.migrations import AddIndex, Migration, RunSQL
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

FIRST_TO_LARGE_TABLES = "0044"
"""Earlier ones are applied wherever there are many rows."""
LARGE = {"assignment", "attempt", "auditentry", "communication", "conversation", "disposition", "inboundevent"}
PATIENT, AS_ALWAYS = "SET lock_timeout = 0", "RESET lock_timeout"


def test_an_index_is_built_beside_others_however_long_their_transactions_take():
    """Else a vacuum of some minutes would end the migration, and leave an index that is of no use."""
    building = [each for each in _ours() if any(isinstance(one, NotInTransactionMixin) for one in each.operations)]

    assert building
    assert [each.name for each in building if not _is_patient(each)] == []


def test_no_index_of_a_large_table_keeps_others_from_writing():
    blocking = [(each.name, one.index.name) for each in _ours(FIRST_TO_LARGE_TABLES) for one in _blocking(each)]

    assert blocking == []


def test_an_index_whose_build_was_broken_off_can_be_built_again():
    """PostgreSQL keeps what was begun, as an index that answers nothing, under the name that is wanted."""
    steps = [two for each in _ours(FIRST_TO_LARGE_TABLES) for two in pairwise(each.operations)]

    built = [(before, one) for before, one in steps if isinstance(one, AddIndexConcurrently)]

    assert built
    assert [one.index.name for before, one in built if not _clears(before, one.index.name)] == []


def test_an_index_goes_only_when_what_takes_its_place_is_there():
    for each in _ours(FIRST_TO_LARGE_TABLES):
        gone = [place for place, one in enumerate(each.operations) if isinstance(one, RemoveIndexConcurrently)]
        built = [place for place, one in enumerate(each.operations) if isinstance(one, AddIndexConcurrently)]

        assert not gone or not built or max(built) < min(gone), each.name


def test_the_wait_of_every_other_statement_stays_as_short_as_it_was(db: None):
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        always = cursor.fetchone()
        cursor.execute(PATIENT)
        cursor.execute(AS_ALWAYS)
        cursor.execute("SHOW lock_timeout")

        assert cursor.fetchone() == always == ("2s",)


def _ours(since: str = "") -> list[Migration]:
    everyones = MigrationLoader(None).disk_migrations.items()
    return [each for (app, name), each in everyones if app == "wrapups" and name >= since]


def _blocking(migration: Migration) -> Iterator[AddIndex]:
    for one in migration.operations:
        if isinstance(one, AddIndex) and not isinstance(one, AddIndexConcurrently) and one.model_name in LARGE:
            yield one


def _clears(before: Operation, name: str) -> bool:
    return isinstance(before, RunSQL) and before.sql == f"DROP INDEX CONCURRENTLY IF EXISTS {name}"


def _is_patient(migration: Migration) -> bool:
    first, last = migration.operations[0], migration.operations[-1]
    return (
        isinstance(first, RunSQL)
        and isinstance(last, RunSQL)
        and (first.sql, first.reverse_sql) == (PATIENT, AS_ALWAYS)
        and (last.sql, last.reverse_sql) == (AS_ALWAYS, PATIENT)
    )

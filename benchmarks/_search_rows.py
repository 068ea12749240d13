"""Very many rows, written by PostgreSQL itself: row n of every table follows from n and the seed alone.

Numbers rise with time, as keys do in a database that grew. Every tenth communication is a second leg of the
conversation before it; every hundredth assignment was superseded by the next one, on the same communication. What a
column holds stands in `_search_values`; one that is not named there has its model's default, or must be given a value.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, models
from django.db.backends.utils import CursorWrapper
from psycopg import sql
from psycopg.types.json import Jsonb

from benchmarks import _search_profiles, _search_values
from benchmarks._search_centre import RELEASE_EVERY, Centre, make_centre
from benchmarks._search_profiles import Drawn, Profile
from wrapups.models import Assignment, Attempt, Communication, Conversation, Disposition
from wrapups.models.clock import app_now

PERIOD = timedelta(days=396)
CLOSED_FOR = timedelta(days=243)
MOST_PROFILES, FEWEST_PROFILES, ROWS_A_PROFILE = 2**18, 2**12, 4
NOTES = 2**14
LIVE = 60
"""At least so many of the latest rows are still being worked on."""
RARE_WORDS = ("zeppelin", "quicksilver")
"""Each is in the notes of three rows."""
LOADED: Sequence[type[models.Model]] = (Conversation, Communication, Assignment, Attempt, Disposition)


def load(rows: int, *, seed: int) -> Centre:
    """Make a centre and so many assignments with all about them, the last of which ended within the last hour."""
    centre = prepare(rows, seed=seed)
    for model in LOADED:
        fill(model)
    return centre


def prepare(rows: int, *, seed: int) -> Centre:
    """Make a centre, and the tables and the view that the rows of all others are drawn from."""
    until = app_now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    centre = make_centre(seed, until=until)
    with connection.cursor() as cursor:
        _lay_out(cursor, centre, rows, seed, until)
    return centre


def fill(model: type[models.Model]) -> None:
    """Write all rows of a model, and set its sequence behind them. Triggers and foreign keys stay silent meanwhile."""
    table, values = model._meta.db_table, _search_values.VALUES[model]
    with connection.cursor() as cursor:
        filled = ((field.column, _value(field, values)) for field in model._meta.concrete_fields if not field.generated)
        given = {column: value for column, value in filled if value is not None}
        columns, expressions = ", ".join(f'"{column}"' for column in given), ", ".join(given.values())
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {expressions} FROM drawn {_search_values.FROM[model]}")
        cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")
        cursor.execute("SET session_replication_role = DEFAULT")


def clear() -> None:
    """Remove what rows were drawn from."""
    with connection.cursor() as cursor:
        cursor.execute("DROP VIEW drawn; DROP TABLE drawn_hour, drawn_profile, drawn_note, drawn_failure")


def _lay_out(cursor: CursorWrapper, centre: Centre, rows: int, seed: int, until: datetime) -> None:
    """Make what row n is drawn from."""
    count = min(MOST_PROFILES, max(FEWEST_PROFILES, rows // ROWS_A_PROFILE))
    drawn = _search_profiles.draw(centre, seed + 1, count)
    cursor.execute(_search_values.TABLES)
    _copy(cursor, "drawn_hour", _hours(centre, drawn, rows, until))
    _copy(cursor, "drawn_profile", ((place, *_columns(each)) for place, each in enumerate(drawn.profiles)))
    _copy(cursor, "drawn_note (note, words)", enumerate(_search_profiles.notes(seed + 2, NOTES)))
    _copy(cursor, "drawn_failure", _search_values.failures())
    cursor.execute("ANALYZE drawn_hour, drawn_profile, drawn_note, drawn_failure")
    cursor.execute(
        _search_values.VIEW.format(
            organization=centre.organization.pk,
            notes=NOTES,
            live=rows - max(LIVE, rows // 20_000),
            places=[rows * quarters // 4 // 10 * 10 + 7 for quarters in (1, 2, 3)],
            rare_words=" ".join(RARE_WORDS),
        )
    )


def _hours(centre: Centre, drawn: Drawn, rows: int, until: datetime) -> Iterator[tuple[Any, ...]]:
    """Yield each hour with its rows, how many of the profiles it draws from, and the release in force."""
    releases = [rules[0].release for rules in centre.rules]
    begun = [until - RELEASE_EVERY * back for back in range(len(releases), 0, -1)]
    for start, first, last in _search_profiles.hours(rows, since=until - PERIOD, until=until):
        place = max(1, sum(at <= start for at in begun))
        profiles = len(drawn.profiles) if start < until - CLOSED_FOR else drawn.open
        yield start, first, last, profiles, place, releases[place - 1].pk


def _copy(cursor: CursorWrapper, table: str, rows: Iterable[Sequence[Any]]) -> None:
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _columns(profile: Profile) -> list[Any]:
    return [Jsonb(value) if isinstance(value, dict) else value for value in astuple(profile)]


def _value(field: Any, values: Mapping[str, str]) -> str | None:
    """Return what a column gets as SQL; None where the database itself has a default."""
    if field.column in values:
        return values[field.column]
    if field.null or field.has_db_default():
        return None
    if not field.has_default() and not field.empty_strings_allowed:
        raise LookupError(f"Say in benchmarks/_search_values.py what {field.column} of {field.model.__name__} holds.")
    return sql.Literal(field.get_db_prep_save(field.get_default(), connection)).as_string(connection.connection)

"""No search walks a big table: what PostgreSQL plans for the recorded searches, with very many rows as it believes.

Twenty thousand rows are there, and the statistics say five hundred times as many, so that plans are those of ten
million. The bench `search` asks the same of rows that are really there, and says how long it takes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pytest
from django.db import connection, transaction

from benchmarks import _search_indexes, _search_rows
from benchmarks._search_place import FOR_PLANS
from benchmarks._search_questions import Subject, searches
from benchmarks._search_timing import Statement, statements_of
from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.listing import listing
from dashboard.queries.owners import NOBODY
from tests.factories import HandoverFactory, MembershipFactory
from wrapups.domain.status import Status
from wrapups.models import Assignment, Handover, Organization

pytestmark = pytest.mark.django_db

ROWS, TIMES = 20_000, 500
SEARCHES = 40
STORY, STATEMENTS_OF_A_STORY = "a conversation's story", 20
STATEMENTS = 9
"""Six for a list, and one for each name that is asked for."""
BIG = {model._meta.db_table for model in _search_rows.LOADED}


Sent = Mapping[str, Sequence[Statement]]


@pytest.fixture(scope="module")
def sent(django_db_setup: None, django_db_blocker: Any) -> Iterator[Sent]:
    """What the recorded searches send to the database, by name; their rows are gone afterwards."""
    with django_db_blocker.unblock(), transaction.atomic():
        again = _search_indexes.drop(_search_rows.LOADED)
        centre = _search_rows.load(ROWS, seed=1)
        _make(again.values())
        _believe(TIMES)
        yield {search.name: statements_of(search.ask) for search in searches(Subject(centre.organization))}
        transaction.set_rollback(True)


def _make(statements: Iterable[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _believe(times: int) -> None:
    """Let PostgreSQL take each big table, and its indexes, for so many times as full as they are.

    A page stands for as many then; and what a production database is told about its machine is told here.
    """
    with connection.cursor() as cursor:
        for name, value in {**FOR_PLANS, "seq_page_cost": str(times)}.items():
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
        for table in BIG:
            cursor.execute(f"ANALYZE {table}")
            cursor.execute(_BELIEVE, [times, table, table])


_BELIEVE = """
    SELECT pg_restore_relation_stats(
               'schemaname', 'public', 'relname', relname::text,
               'relpages', relpages, 'reltuples', reltuples * %s::real, 'relallvisible', relpages
           )
      FROM pg_class
     WHERE relname = %s OR oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = %s::regclass)
"""


def _walks(plan: dict[str, Any]) -> Iterator[str]:
    """Yield the big tables that a plan reads from one end to the other."""
    if plan["Node Type"] == "Seq Scan" and plan["Relation Name"] in BIG:
        yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from _walks(inner)


def _plans(statements: Sequence[Statement]) -> Iterator[dict[str, Any]]:
    with connection.cursor() as cursor:
        for statement, params in statements:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", params)
            [(told,)] = cursor.fetchall()
            yield told[0]["Plan"]


@pytest.fixture
def handed_over(sent: Sent) -> AssignmentFilter:
    """Twenty of the many failures are handed to somebody; asks for these."""
    failed = Assignment.everywhere.filter(status=Status.FAILED).select_related("organization").order_by("pk")[:20]
    owner = MembershipFactory(organization=failed[0].organization).person
    for assignment in failed:
        HandoverFactory(organization=assignment.organization, assignment=assignment, owner=owner)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {Handover._meta.db_table}")
    return AssignmentFilter(owner=owner.username)


def _read_by(plan: dict[str, Any], table: str) -> Iterator[str]:
    """Yield the indexes by which a plan reads a table; how it reads it where it is by none."""
    if plan.get("Relation Name") == table:
        yield plan.get("Index Name", plan["Node Type"])
    for inner in plan.get("Plans", ()):
        yield from _read_by(inner, table)


def test_what_somebody_holds_is_found_by_way_of_the_few_that_were_handed_over(handed_over: AssignmentFilter):
    organization = Organization.objects.get()
    sent = statements_of(lambda: len(listing(handed_over, organization).rows))
    asked = [statement for statement in sent if '"owner_id" = %s' in statement[0]]

    plans = list(_plans(asked))

    assert len(plans) == 2  # the list and its count
    by = {index for plan in plans for index in _read_by(plan, Assignment._meta.db_table)}
    assert by == {"wrapups_assignment_pkey"}


def test_what_nobody_holds_is_read_by_indexes(handed_over: AssignmentFilter):
    asked, organization = handed_over.but(owner=NOBODY), Organization.objects.get()

    plans = list(_plans(statements_of(lambda: len(listing(asked, organization).rows))))

    assert [table for plan in plans for table in _walks(plan)] == []


def test_no_recorded_search_walks_a_big_table(sent: Sent):
    walked = {name: [table for plan in _plans(of) for table in _walks(plan)] for name, of in sent.items()}

    assert len(walked) == SEARCHES
    assert {name: tables for name, tables in walked.items() if tables} == {}


def test_a_recorded_search_is_a_handful_of_statements(sent: Sent):
    number = {name: len(statements) for name, statements in sent.items()}

    assert number.pop(STORY) <= STATEMENTS_OF_A_STORY
    assert max(number.values()) <= STATEMENTS

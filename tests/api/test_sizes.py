"""Lists at a size that matters: a filter reads what it needs, never the whole table; and no page costs more queries."""

import json
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import Program
from tests.copies import copied
from tests.factories import (
    AssignmentFactory,
    CommunicationFactory,
    ConversationFactory,
    DispositionFactory,
    MappingRuleFactory,
    ReleaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.models import Assignment, Communication, Release

MANY = 10_000
RARE, NONE = "00000000-0000-4000-8000-00000000000a", "00000000-0000-4000-8000-00000000000b"
MOST_READ = 1000
"""Rows that one step of a plan may read: a tenth of the table, twenty times what a page shows."""
ASKED = (
    "",
    f"agent_id={RARE}",
    f"queue_id={RARE}",
    f"wrapup_code_id={RARE}",
    f"wrapup_code_id={NONE}",
    "status=failed",
)


def read_by(plan: dict[str, Any]) -> int:
    """Return how many rows the hungriest step of a plan read."""
    removed = sum(number for name, number in plan.items() if name.startswith("Rows Removed"))
    return int(max([(plan["Actual Rows"] + removed) * plan["Actual Loops"], *map(read_by, plan.get("Plans", []))]))


def hungriest(program: Program, query: str) -> int:
    """Ask for a page of assignments; return how many rows its hungriest step read."""
    with CaptureQueriesContext(connection) as queries:
        assert program.get("assignments", f"?{query}").status_code == 200
    lists = [each["sql"] for each in queries if 'ORDER BY "wrapups_assignment"."ended_at" DESC' in each["sql"]]
    if not lists:
        return 0  # nothing has such a code, which needed no look
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {lists[0]}")
        [(plan,)] = cursor.fetchall()
    return read_by((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def test_a_filter_reads_a_fraction_of_the_table_however_rare_what_it_asks_for(program, organization):
    leg = CommunicationFactory(organization=organization, agent_id="common", queue_id="common")
    row = AssignmentFactory(organization=organization, communication=leg, verified=True)
    earlier = "ended_at - n * interval '1 minute'"
    copied(leg, MANY, communication_id="'c' || n", ended_at=earlier)
    first = Communication.everywhere.get(communication_id="c1")
    copied(row, MANY, communication_id=f"{first.pk} + n - 1", ended_at=earlier)
    oldest = Assignment.everywhere.earliest("ended_at")
    code = WrapupCodeFactory(organization=organization, genesys_id=RARE)
    Assignment.everywhere.filter(pk=oldest.pk).update(wrapup_code=code)
    Communication.everywhere.filter(pk=oldest.communication_id).update(agent_id=RARE, queue_id=RARE)

    read = {query: hungriest(program, query) for query in ASKED}

    assert {query: rows for query, rows in read.items() if rows > MOST_READ} == {}


def test_a_list_of_many_releases_and_one_of_them_cost_few_queries(program, organization, django_assert_max_num_queries):
    states = Release.State
    for _ in range(60):
        put_in_force(ReleaseFactory(organization=organization))
        Release.everywhere.filter(state=states.PUBLISHED).update(state=states.RETIRED)
    release = ReleaseFactory(organization=organization)
    for line in range(1, 61):
        MappingRuleFactory(organization=organization, release=release, line=line)

    with django_assert_max_num_queries(3):
        assert len(program.get("releases", "?limit=60").json()["items"]) == 60
    with django_assert_max_num_queries(10):
        assert len(program.get(f"releases/{release.number}").json()["rules"]) == 60


def test_one_disposition_costs_few_queries_however_much_followed(program, organization, django_assert_max_num_queries):
    conversation = ConversationFactory(organization=organization)
    said = DispositionFactory(organization=organization, conversation_id=conversation.conversation_id, source="crm")
    for _ in range(60):
        leg = CommunicationFactory(organization=organization, conversation=conversation)
        AssignmentFactory(organization=organization, communication=leg)

    with django_assert_max_num_queries(4):
        told = program.get(f"dispositions/{said.pk}").json()

    assert len(told["assignments"]) > 1

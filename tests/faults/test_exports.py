"""F48: a worker that dies while it writes an export leaves each row in the file once, whole and in order."""

from datetime import timedelta

import pytest
from pytest_django import Settings

from tests.factories import AssignmentFactory, OrganizationFactory
from tests.faults.deaths import die_at
from tests.services.clock import Clock
from tests.services.exports import ask, rows_of, somebody, wish, written
from wrapups.models import Assignment, Export, Organization
from wrapups.models.clock import app_now
from wrapups.services import exporting, writing_exports

pytestmark = pytest.mark.django_db(transaction=True)

PIECES, PIECE = 3, 2


@pytest.fixture
def organization(db) -> Organization:
    return OrganizationFactory()


@pytest.mark.parametrize(
    ("point", "kind", "deaths", "done"),
    [("E1", "csv", 2, 0), ("E2", "csv", PIECES, PIECES * PIECE), ("E3", "xlsx", 1, PIECES * PIECE)],
    ids=["before a piece is committed", "after it", "while the workbook takes their place"],
)
def test_a_worker_that_dies_changes_nothing_of_the_file(
    point, kind, deaths, done, organization, clock: Clock, settings: Settings, monkeypatch
):
    monkeypatch.setattr(exporting, "AT_ONCE", 1)
    monkeypatch.setattr(writing_exports, "PIECE", PIECE)
    rows = [AssignmentFactory(organization=organization) for _ in range(PIECES * PIECE)]
    for age, row in enumerate(rows):
        ended_at = app_now() - timedelta(minutes=10 + age)
        Assignment.everywhere.filter(pk=row.pk).update(ended_at=ended_at)
    export = ask(organization, wish(format=Export.Format(kind)), actor=somebody(organization))

    die_at(
        point,
        lambda: written(organization),
        clock=clock,
        settings=settings,
        lease_s=writing_exports.LEASE_S,
        times=deaths,
    )
    export.refresh_from_db()
    assert export.done == done
    written(organization)

    export.refresh_from_db()
    assert (export.state, export.rows) == (Export.State.DONE, len(rows))
    if kind == "csv":
        found = [line["Communication"] for line in rows_of(export)]
        assert found == [row.communication.communication_id for row in rows]

"""F46: a worker that dies while it answers a what-if leaves each conversation decided once, and the answer the same."""

from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings

from tests.factories import OrganizationFactory
from tests.faults.deaths import die_at
from tests.services.clock import Clock
from tests.services.past import asked, codes, decided, drafted, published, simulated, when
from wrapups.models import Assignment, Organization, WhatIf, WhatIfChange
from wrapups.models.clock import app_now
from wrapups.services import simulating

pytestmark = pytest.mark.django_db(transaction=True)

PIECES = 3


@pytest.fixture
def organization(db) -> Organization:
    return OrganizationFactory()


def work(organization: Organization) -> None:
    """Go on with what there is, as a worker does."""
    while simulating.simulate(organization, for_s=60):
        pass


def findings(what_if: WhatIf) -> list[Any]:
    """Return everything that was found, without the keys of the rows."""
    what_if.refresh_from_db()
    rows = WhatIfChange.everywhere.filter(what_if=what_if).order_by("assignment_id")
    columns = ("assignment_id", "kind", "before_code_id", "after_code_id", "before_rule", "after_rule")
    return [what_if.state, what_if.done, what_if.changed, what_if.counted, list(rows.values_list(*columns))]


@pytest.mark.parametrize(
    ("point", "deaths", "progress"),
    [("S1", 2, 0), ("S2", PIECES, PIECES)],
    ids=["before the commit", "after the commit"],
)
def test_a_worker_that_dies_around_a_commit_changes_nothing_of_what_is_found(
    point: str,
    deaths: int,
    progress: int,
    organization: Organization,
    clock: Clock,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
):
    piece = 4
    monkeypatch.setattr(simulating, "PIECE", piece)
    [resolved, refund] = codes(organization, "Resolved", "Refund granted")
    refunds = when("disposition.crm", "REF")
    published(organization, {"Refunds": (refunds, resolved)})
    drafted(organization, {"Refunds": (refunds, refund)})
    for number in range(PIECES * piece):
        row = decided(organization, {"disposition.crm": "REF" if number % 2 else "else"})
        ended_at = app_now() - timedelta(days=2, minutes=number)
        Assignment.everywhere.filter(pk=row.pk).update(ended_at=ended_at)
    uninterrupted = findings(simulated(organization))
    what_if = asked(organization)

    die_at(point, lambda: work(organization), clock=clock, settings=settings, lease_s=simulating.LEASE_S, times=deaths)
    what_if.refresh_from_db()
    assert what_if.done == progress * piece
    work(organization)

    assert findings(what_if) == uninterrupted
    assert uninterrupted[:3] == [WhatIf.State.DONE, PIECES * piece, PIECES * piece // 2]

"""F47: a worker that dies while codes are put back leaves each row counted once, and decided once or not at all."""

import pytest
from pytest_django import Settings

from tests.factories import AssignmentFactory, MappingRuleFactory, PersonFactory, SweepFactory, put_in_force
from tests.faults.deaths import die_at
from tests.services.clock import Clock
from wrapups.models import Assignment, BulkAct, BulkActRow, Release, Sweep
from wrapups.models.clock import app_now
from wrapups.services import bulk_work, put_back_pieces, putting_back
from wrapups.services.auditing import Actor

pytestmark = pytest.mark.django_db(transaction=True)

PIECE, ROWS = 2, 5


@pytest.fixture
def act(db: None) -> BulkAct:
    """Codes of a release to be put back, where the rules in force choose another code for each."""
    bad = put_in_force(MappingRuleFactory(line=1).release)
    organization = bad.organization
    SweepFactory(organization=organization, kind=Sweep.Kind.DISCOVER)
    code = bad.rules.get().wrapup_code
    for _ in range(ROWS):
        AssignmentFactory(
            organization=organization, release=bad, wrapup_code=code, verified=True, facts={"media": "voice"}
        )
    Release.everywhere.filter(pk=bad.pk).update(state=Release.State.RETIRED, retired_at=app_now())
    put_in_force(MappingRuleFactory(organization=organization, release__organization=organization, line=1).release)
    bad.refresh_from_db()
    return putting_back.ask(bad, reason="Wrong", actor=Actor(PersonFactory()))


def work(act: BulkAct) -> None:
    """Go on with what there is, as a worker does."""
    while bulk_work.work(act.organization, for_s=60):
        pass


def die(act: BulkAct, point: str, clock: Clock, settings: Settings) -> None:
    """Let a worker die at this point, and its lease run out."""
    die_at(point, lambda: work(act), clock=clock, settings=settings, lease_s=bulk_work.LEASE_S)


def test_a_worker_that_dies_around_a_piece_changes_nothing_of_what_comes_of_it(
    act: BulkAct, clock: Clock, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(put_back_pieces, "FREEZES", PIECE)
    monkeypatch.setattr(put_back_pieces, "PIECE", PIECE)

    die(act, "P1", clock, settings)
    died_counting = BulkActRow.everywhere.count()
    work(act)
    act.refresh_from_db()
    counted = act.counted
    putting_back.confirm(act, actor=Actor(act.person))
    die(act, "P2", clock, settings)
    died_deciding = Assignment.everywhere.filter(bulk_act=act).count()
    work(act)

    act.refresh_from_db()
    assert (died_counting, counted) == (0, {"waiting": ROWS})
    assert (died_deciding, act.done) == (0, ROWS)
    assert Assignment.everywhere.filter(bulk_act=act, generation=1).count() == ROWS
    assert BulkActRow.everywhere.filter(outcome="done", made__isnull=False).count() == ROWS

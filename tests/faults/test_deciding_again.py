"""F50: a worker that dies while what waits is decided again leaves each row decided once or not at all."""

import pytest
from pytest_django import Settings

from tests.factories import AssignmentFactory, MappingRuleFactory, PersonFactory, SweepFactory, put_in_force
from tests.faults.deaths import die_at
from tests.services.clock import Clock
from wrapups.models import Assignment, BulkAct, BulkActRow, Release, Sweep
from wrapups.services import bulk_work, decide_again_pieces, publishing
from wrapups.services.auditing import Actor
from wrapups.services.publishing import Introduction

pytestmark = pytest.mark.django_db(transaction=True)

PIECE, ROWS = 2, 5


@pytest.fixture
def act(db: None) -> BulkAct:
    """What one release decided and nobody has sent, to be decided again by another that chooses another code."""
    before = put_in_force(MappingRuleFactory(line=1).release)
    organization, rule = before.organization, before.rules.get()
    SweepFactory(organization=organization, kind=Sweep.Kind.DISCOVER)
    for _ in range(ROWS):
        AssignmentFactory(
            organization=organization,
            release=before,
            rule=rule,
            wrapup_code=rule.wrapup_code,
            facts={"media": "voice"},
        )
    draft = MappingRuleFactory(organization=organization, release__organization=organization, line=1).release
    publishing.publish(
        draft, reason="Another code", actor=Actor(PersonFactory()), introduction=Introduction(decides_again=True)
    )
    return BulkAct.everywhere.get()


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
    monkeypatch.setattr(decide_again_pieces, "FREEZES", PIECE)
    monkeypatch.setattr(decide_again_pieces, "PIECE", PIECE)

    die(act, "D1", clock, settings)
    fixed = BulkActRow.everywhere.count()
    die(act, "D2", clock, settings)
    decided = Assignment.everywhere.filter(release=act.release).count()
    work(act)

    act.refresh_from_db()
    assert (fixed, decided) == (0, 0)
    assert (act.state, act.total, act.done) == (BulkAct.State.DONE, ROWS, ROWS)
    assert BulkActRow.everywhere.filter(outcome="done", why="other_code").count() == ROWS
    present = Release.everywhere.get(state=Release.State.PUBLISHED)
    assert Assignment.everywhere.filter(release=present, wrapup_code=present.rules.get().wrapup_code).count() == ROWS

"""Recurring duties: one worker at a time, freed by a lease when it dies."""

from datetime import timedelta

import pytest
from django.conf import settings

from tests.factories import OrganizationFactory, SweepFactory
from tests.services.centre import seconds_between
from tests.services.clock import Clock
from wrapups.models import Sweep
from wrapups.services.sweeping import TurnLost, turn

EVERY_S, LEASE_S = 60, settings.DUTY_LEASE_S


@pytest.fixture
def sweep(clock: Clock) -> Sweep:
    """A duty that is due and that nobody has."""
    made: Sweep = SweepFactory(organization=OrganizationFactory(), succeeded_at=None)
    return made


def now_of(sweep: Sweep) -> Sweep:
    sweep.refresh_from_db()
    return sweep


def test_a_duty_done_is_due_again_after_its_time(sweep: Sweep, clock: Clock):
    with turn(sweep.organization_id, sweep.kind, every_s=EVERY_S) as mine:
        held = seconds_between(clock.now(), now_of(sweep).lease_until)

    assert mine is not None
    assert held == LEASE_S
    assert seconds_between(clock.now(), now_of(sweep).due_at) == EVERY_S
    assert (sweep.lease_until, sweep.succeeded_at, sweep.problem) == (None, clock.now(), "")


def test_a_duty_that_somebody_has_is_not_given_twice(sweep: Sweep):
    with (
        turn(sweep.organization_id, sweep.kind, every_s=EVERY_S),
        turn(sweep.organization_id, sweep.kind, every_s=EVERY_S) as second,
    ):
        assert second is None


def test_a_duty_that_is_not_due_is_nobody_s(sweep: Sweep, clock: Clock):
    Sweep.objects.update(due_at=clock.now() + timedelta(seconds=1))

    with turn(sweep.organization_id, sweep.kind, every_s=EVERY_S) as mine:
        assert mine is None


def test_a_dead_worker_s_duty_is_free_after_its_lease(sweep: Sweep, clock: Clock):
    Sweep.objects.update(lease_until=clock.now())
    clock.advance(1)

    with turn(sweep.organization_id, sweep.kind, every_s=EVERY_S) as mine:
        assert mine is not None


def test_a_worker_that_lost_its_duty_changes_nothing_of_it(sweep: Sweep, clock: Clock):
    with turn(sweep.organization_id, sweep.kind, every_s=EVERY_S) as slow:
        clock.advance(LEASE_S + 1)
        with turn(sweep.organization_id, sweep.kind, every_s=EVERY_S) as quick:
            assert slow is not None
            assert quick is not None
            slow.end()
            still_held = now_of(sweep).lease_until

    assert still_held is not None


def test_a_long_turn_keeps_its_duty_by_going_on(sweep: Sweep, clock: Clock):
    with turn(sweep.organization_id, sweep.kind, every_s=EVERY_S) as mine:
        assert mine is not None
        for _ in range(3):
            clock.advance(LEASE_S - 1)
            mine.go_on()

    assert now_of(sweep).succeeded_at == clock.now()


def test_going_on_with_a_duty_that_is_another_s_is_refused(sweep: Sweep, clock: Clock):
    with turn(sweep.organization_id, sweep.kind, every_s=EVERY_S) as slow:
        assert slow is not None
        clock.advance(LEASE_S + 1)
        with turn(sweep.organization_id, sweep.kind, every_s=EVERY_S), pytest.raises(TurnLost, match="discover"):
            slow.go_on()


def test_a_problem_is_kept_and_the_place_stays_where_it_was(sweep: Sweep, clock: Clock):
    with turn(sweep.organization_id, sweep.kind, every_s=EVERY_S) as mine:
        assert mine is not None
        mine.watermark_at = clock.now()
        mine.problem = "Genesys Cloud answered 500."
        mine.again_after(5)

    assert now_of(sweep).problem == "Genesys Cloud answered 500."
    assert (sweep.watermark_at, sweep.succeeded_at) == (None, None)
    assert seconds_between(clock.now(), sweep.due_at) == 5


def test_an_exception_frees_the_duty_is_kept_and_goes_on(sweep: Sweep):
    with pytest.raises(ZeroDivisionError), turn(sweep.organization_id, sweep.kind, every_s=EVERY_S):
        raise ZeroDivisionError("by zero")

    assert now_of(sweep).problem == "ZeroDivisionError: by zero"
    assert sweep.lease_until is None


def test_duties_of_organizations_and_kinds_are_their_own(sweep: Sweep):
    other = SweepFactory(organization=sweep.organization, kind=Sweep.Kind.CATALOGUE)

    with (
        turn(sweep.organization_id, sweep.kind, every_s=EVERY_S),
        turn(other.organization_id, other.kind, every_s=EVERY_S) as mine,
    ):
        assert mine is not None

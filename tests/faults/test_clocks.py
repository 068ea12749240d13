"""F3, F35: workers that freeze and clocks that jump make a row be read early or late, never written twice."""

import dataclasses
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from pytest_django import Settings

from tests.faults.witness import assign_many, statuses, verified, violations, work_until_through
from tests.services.centre import WORKER, Centre, seconds_between
from tests.services.clock import Clock
from wrapups.domain.status import Status
from wrapups.models import Assignment, Attempt
from wrapups.services import applying
from wrapups.services.dispatching import Idle, claim_next, recover_expired

WRITES = ["POST */wrapup"]
HOUR_S = 3600.0


@contextmanager
def an_hour_back() -> Iterator[None]:
    """Let the database's clock be an hour behind what it was."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('wrapups.clock_offset', %s, false)", [f"{-HOUR_S} seconds"])
    yield


def test_a_worker_that_wakes_after_its_lease_sends_nothing(steady: Centre):
    steady.assign()
    claimed = dataclasses.replace(steady.claim(), good_until=time.monotonic() - 1)

    outcome = applying.apply(claimed, steady.organization, gateway=steady.gateway)
    work_until_through(steady)

    assert outcome is None
    assert verified(steady) == 1
    assert len(steady.simulator.ledger()) == 1
    assert violations(steady) == []


@pytest.mark.parametrize("recovered_as", ["unknown", "claimed again"])
def test_a_worker_that_wakes_in_mid_call_finishes_nothing_that_others_have_taken_over(
    recovered_as: str, steady: Centre, clock: Clock, settings: Settings
):
    assignment = steady.assign()
    claimed = steady.claim()
    steady.gateway.apply_wrapup(claimed.ref, claimed.wanted_code_id)  # sent, and then it froze

    clock.advance(settings.LEASE_S + 1)
    recover_expired(steady.organization)
    if recovered_as == "claimed again":
        steady.settle()
        steady.claim()
    before = statuses(steady)
    outcome = applying.finish(claimed, steady.organization, None, None, duration_ms=1)
    after = statuses(steady)
    work_until_through(steady)

    assert outcome is None
    assert after == before
    assert assignment.attempts.get(fence=1).outcome == "stale:applied"
    assert verified(steady) == 1
    assert len(steady.simulator.ledger()) == 1


def test_a_database_clock_that_jumps_ahead_makes_a_row_be_read_and_not_sent_again(steady: Centre, clock: Clock):
    steady.assign()
    claimed = steady.claim()

    clock.advance(HOUR_S)
    recovered = recover_expired(steady.organization)
    steady.settle()
    second = steady.claim()
    applying.apply(claimed, steady.organization, gateway=steady.gateway)  # the first worker was only slow
    applying.apply(second, steady.organization, gateway=steady.gateway)
    work_until_through(steady)

    assert recovered == 1
    assert second.kind == Attempt.Kind.READ
    assert verified(steady) == 1
    assert len(steady.simulator.ledger()) == 1


def test_a_database_clock_that_jumps_back_delays_and_doubles_nothing(steady: Centre, clock: Clock):
    assign_many(steady, 2)
    steady.simulator.fault("e500_after", operations=WRITES, count=1)
    steady.apply()

    with an_hour_back():
        early = claim_next(steady.organization, worker=WORKER)
    clock.advance(HOUR_S)
    work_until_through(steady)

    assert isinstance(early, Idle)
    assert verified(steady) == 2
    assert steady.effective_changes() == 2


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(hours=-1), timedelta(minutes=2)], ids=str)
def test_a_worker_s_own_clock_decides_nothing(ahead: timedelta, steady: Centre, clock: Clock, settings: Settings):
    steady.assign()

    with time_machine.travel(clock.now() + ahead):
        claimed = steady.claim()
        lease = Assignment.everywhere.get(pk=claimed.pk).lease_until
        taken_back = recover_expired(steady.organization)
        applying.apply(claimed, steady.organization, gateway=steady.gateway)
    work_until_through(steady)

    assert seconds_between(clock.now(), lease) <= settings.LEASE_S
    assert taken_back == 0
    assert statuses(steady) == [Status.VERIFIED]
    assert len(steady.simulator.ledger()) == 1

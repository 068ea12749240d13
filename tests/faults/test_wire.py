"""F16 to F25: whatever Genesys Cloud answers, or does not, the code ends up there, changed once."""

import threading
from collections import Counter
from typing import Any

import pytest
from django.db import connection

from tests.faults.conftest import Connected
from tests.faults.witness import assign_many, statuses, verified, violations, work_until_through, work_what_is_due
from tests.services.centre import OTHER, WANTED, WORKER, Centre, seconds_between
from tests.services.clock import Clock
from wrapups.domain.status import Status
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.models import AccessToken, Attempt, AuditEntry, CallBudget
from wrapups.services import applying, draining
from wrapups.services.budgeting import Held, Wait
from wrapups.services.dispatching import claim_next
from wrapups.services.tokens import SharedTokens
from wrapups.tasks import gateway_to

WRITES, READS = ["POST */wrapup"], ["GET */wrapup"]
SETTLE_S = 30


# F16, F17: 429


@pytest.mark.parametrize(
    ("retry_after", "least_s", "most_s"),
    [
        ("7", 7, 7),
        ("date", 1, 2),
        (None, 1, 60),
        ("-1", 1, 60),
        ("abc", 1, 60),
        ("9999999", 300, 300),
        ("0", 1, 1),
    ],
)
def test_every_form_of_retry_after_pauses_everybody_between_1_and_300_seconds(
    retry_after: str | None, least_s: int, most_s: int, centre: Centre, clock: Clock
):
    assign_many(centre, 2)
    centre.simulator.fault("r429", operations=WRITES, count=1, retry_after=retry_after)

    centre.apply()

    assert least_s <= seconds_between(clock.now(), centre.budget.wait_until) <= most_s
    assert isinstance(claim_next(centre.organization, worker=WORKER), Wait)


def test_a_storm_of_429s_costs_no_try_of_any_row(steady: Centre):
    rows = assign_many(steady, 5)
    steady.simulator.fault("r429", operations=WRITES, count=20, retry_after="60")

    work_until_through(steady, rounds=40)

    for row in rows:
        row.refresh_from_db()
    assert [row.write_count for row in rows] == [1] * 5
    assert Counter(Attempt.objects.values_list("http_status", flat=True))[429] == 20
    assert verified(steady) == 5
    assert violations(steady) == []


def test_a_429_for_a_write_pauses_reads_too_since_the_limit_is_the_token_s_and_both_go_on_afterwards(steady: Centre):
    assign_many(steady, 2)
    steady.simulator.fault("e500_after", operations=WRITES, count=1)
    steady.apply()
    steady.simulator.fault("r429", operations=WRITES, count=1, retry_after="60")
    steady.apply()

    steady.settle()
    meanwhile = claim_next(steady.organization, worker=WORKER)
    work_until_through(steady)

    assert isinstance(meanwhile, Wait)
    assert verified(steady) == 2


# F18: 5xx, applied or not


def test_a_storm_of_500s_opens_the_breaker_and_nothing_is_sent_again_unread(steady: Centre):
    assign_many(steady, 20)
    steady.simulator.fault("e500_before", operations=WRITES, rate=0.4, seed=3)
    steady.simulator.fault("e500_after", operations=WRITES, rate=0.6, seed=4)

    for _ in range(4):
        steady.clock.advance(130)
        work_what_is_due(steady, steady.gateway)
    opened = AuditEntry.objects.filter(table=CallBudget._meta.db_table, after__breaker_opened__gt=0).count()
    steady.simulator.clear_faults()
    work_until_through(steady, rounds=40)

    assert opened > 0
    assert verified(steady) == 20
    assert steady.effective_changes() == 20
    assert violations(steady) == []


# F19 to F22: no answer, a late one, one that makes no sense, one that lags

SLOW: dict[str, dict[str, Any]] = {
    "hang_after": {"seconds": 3.0},
    "slow_drip": {"seconds": 0.2},  # each byte in time, the whole never
    "half_close": {},
    "malformed": {},
    "huge_body": {"bytes": 10_000_000},
    "redirect": {"location": "http://169.254.169.254/latest/meta-data"},
    "accept_but_drop": {},
}


@pytest.mark.parametrize("mode", SLOW)
def test_an_answer_that_never_comes_whole_is_no_answer(mode: str, steady: Centre, connected: Connected):
    assignment = steady.assign()
    steady.simulator.fault(mode, operations=WRITES, count=1, **SLOW[mode])

    applying.apply(steady.claim(), steady.organization, gateway=connected())
    assignment.refresh_from_db()
    first = assignment.status
    work_until_through(steady, connected())

    believed = {"malformed": Status.APPLIED, "huge_body": Status.UNKNOWN, "accept_but_drop": Status.APPLIED}
    assert first in (believed.get(mode, Status.UNKNOWN), Status.UNKNOWN)
    assert verified(steady) == 1
    assert steady.code_on(assignment) == steady.code(WANTED)
    assert steady.effective_changes() == 1
    assert violations(steady) == []


def test_a_write_that_lands_after_we_gave_up_is_waited_for_and_not_made_again(steady: Centre, connected: Connected):
    steady.assign()
    steady.simulator.fault("late_apply", operations=WRITES, count=1, seconds=1.0)

    applying.apply(steady.claim(), steady.organization, gateway=connected())
    for _ in range(200):
        if steady.simulator.ledger():
            break
        threading.Event().wait(0.05)
    work_until_through(steady, connected())

    assert verified(steady) == 1
    assert len(steady.simulator.ledger()) == 1


@pytest.mark.parametrize(("lag_s", "writes"), [(SETTLE_S - 10, 1), (SETTLE_S + 120, 2)], ids=["shorter", "longer"])
def test_a_reading_that_lags_longer_than_the_settle_time_costs_a_write_and_changes_nothing(
    lag_s: float, writes: int, steady: Centre, connected: Connected
):
    """The settle time has to exceed the lag, which the probe measures; else the same code is sent once more."""
    steady.let(settle_s=SETTLE_S)
    steady.assign()
    steady.simulator.switch(read_lag_s=lag_s, analytics_lag_s=lag_s)
    steady.simulator.fault("e500_after", operations=WRITES, count=1)

    steady.apply()
    steady.settle()
    steady.apply()
    work_until_through(steady)

    assert verified(steady) == 1
    assert len(steady.simulator.ledger()) == writes
    assert steady.effective_changes() == 1


# F23, where an agent comes between


@pytest.mark.parametrize("mode", ["e500_before", "e500_after", "reset_before", "reset_after"])
def test_a_code_that_an_agent_sets_between_our_try_and_our_retry_stays(mode: str, steady: Centre):
    assignment = steady.assign()
    steady.simulator.fault(mode, operations=WRITES, count=1)
    steady.apply()
    steady.agent_chooses(assignment, OTHER)

    work_until_through(steady)

    assert statuses(steady) == [Status.CONFLICT]
    assert steady.code_on(assignment) == steady.code(OTHER)
    assert violations(steady) == []


# F24, where the client is at fault


@pytest.mark.django_db(transaction=True)
def test_when_tokens_end_in_mid_run_one_worker_signs_in_for_all(steady: Centre, simulator: SimulatorControl):
    assign_many(steady, 12)
    gateway_to(steady.organization).wrapup_codes()
    before = sign_ins(simulator)
    simulator.expire_tokens()

    def work() -> None:
        draining.drain(steady.organization, gateway=gateway_to(steady.organization), for_s=20)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert sign_ins(simulator) - before == 1
    assert statuses(steady) == [Status.APPLIED] * 12


def test_a_revoked_client_holds_all_and_fails_nothing_and_a_person_lets_it_go_on(
    steady: Centre, simulator: SimulatorControl
):
    assign_many(steady, 3)
    simulator.rotate_secret()
    simulator.expire_tokens()
    AccessToken.objects.filter(organization=steady.organization).delete()

    left = draining.drain(steady.organization, gateway=gateway_to(steady.organization), for_s=5)

    assert left is draining.Left.HELD
    assert statuses(steady) == [Status.PENDING] * 3
    assert isinstance(claim_next(steady.organization, worker=WORKER), Held)
    assert SharedTokens(steady.organization).current() is None


def sign_ins(simulator: SimulatorControl) -> int:
    """Return how often a token was asked for."""
    return int(simulator.calls()["operations"].get("POST /oauth/token", 0))

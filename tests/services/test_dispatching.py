"""Handing out work: one due row, one call, one lease under a new fence, or nothing at all."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from tests.factories import AssignmentFactory, OrganizationFactory
from tests.services.centre import ANY_CALL, OTHER, PLENTY, WANTED, WORKER, Centre, seconds_between
from tests.services.clock import Clock
from wrapups.domain.status import FailReason, Lane, SkipReason, Status
from wrapups.models import Assignment, Attempt, CallBudget, Communication
from wrapups.services import applying, moving, watching
from wrapups.services.budgeting import Held, Wait
from wrapups.services.dispatching import Claim, Idle, Stale, claim_next, order_of_lanes, recover_expired
from wrapups.services.refreshing import refresh

THREADS, ROWS = 4, 20


def due(centre: Centre, **columns: object) -> Assignment:
    """Return an assignment that is due and was read just now; it stands for no conversation of the simulator."""
    now = centre.clock.now()
    made: Assignment = AssignmentFactory(
        organization=centre.organization, **{"due_at": now, "communication__read_at": now} | columns
    )
    return made


def tokens(centre: Centre) -> float:
    """Return how many calls the budget holds."""
    return centre.budget.tokens


def may_sort(ask: Callable[[], object]) -> list[str]:
    """Return for each statement that takes what is due in its order whether PostgreSQL may sort for it: on or off."""
    found: list[str] = []

    def asked(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if 'ORDER BY "wrapups_assignment"."due_at"' in sql:
            execute("SHOW enable_sort", None, False, context)
            found.append(context["cursor"].fetchone()[0])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(asked):
        ask()
    return found


# One claim


@pytest.mark.parametrize(
    "ask",
    [
        lambda centre: claim_next(centre.organization, worker=WORKER),
        lambda centre: watching.due_count(centre.organization, up_to=9),
        lambda centre: refresh(centre.organization, gateway=centre.gateway),
    ],
    ids=["a claim", "the pump's look", "a refresh"],
)
def test_what_is_next_is_taken_in_the_order_of_its_index_however_little_is_expected_to_wait(
    ask: Callable[[Centre], object], centre: Centre
):
    """PostgreSQL knows nothing of what came since its last ANALYZE, and would read and sort all of it."""
    centre.assign()

    allowed = may_sort(lambda: ask(centre))

    assert allowed
    assert set(allowed) == {"off"}


def test_a_claim_is_a_lease_a_fence_and_an_attempt_on_record(centre: Centre, clock: Clock):
    assignment = centre.assign()

    claimed = centre.claim()

    assignment.refresh_from_db()
    attempt = assignment.attempts.get()
    assert (assignment.status, assignment.leased_by) == (Status.SENDING, WORKER)
    assert seconds_between(clock.now(), assignment.lease_until) == settings.LEASE_S
    assert assignment.fence == claimed.fence == attempt.fence == 1
    assert (attempt.kind, attempt.worker, attempt.finished_at) == (Attempt.Kind.WRITE, WORKER, None)
    assert assignment.unresolved_write
    assert assignment.written_at == clock.now()


def test_what_is_sent_is_what_was_decided_whatever_was_published_since(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    centre.decide(centre.call())
    centre.publish((ANY_CALL, OTHER))

    assert centre.claim().wanted_code_id == centre.code(WANTED)


def test_a_claim_costs_one_call(centre: Centre):
    centre.assign()

    centre.claim()

    assert tokens(centre) == PLENTY - 1


def test_without_a_row_no_call_is_spent(centre: Centre):
    claimed = claim_next(centre.organization, worker=WORKER)

    assert isinstance(claimed, Idle)
    assert tokens(centre) == PLENTY


def test_without_a_call_the_row_stays_as_it_was(centre: Centre):
    assignment = centre.assign()
    CallBudget.objects.update(tokens=0)

    answer = claim_next(centre.organization, worker=WORKER)

    assignment.refresh_from_db()
    assert isinstance(answer, Wait)
    assert (assignment.status, assignment.fence, assignment.lease_until) == (Status.PENDING, 0, None)
    assert not Attempt.objects.exists()


def test_while_calls_are_held_nothing_is_claimed(centre: Centre, clock: Clock):
    assignment = centre.assign()
    CallBudget.objects.update(held_at=clock.now())

    answer = claim_next(centre.organization, worker=WORKER)

    assignment.refresh_from_db()
    assert isinstance(answer, Held)
    assert assignment.status == Status.PENDING


def test_what_is_not_due_yet_waits(centre: Centre):
    centre.let(grace_s=300)
    centre.assign()

    assert isinstance(claim_next(centre.organization, worker=WORKER), Idle)


def test_the_rows_of_another_organization_are_not_ours(centre: Centre):
    AssignmentFactory(organization=OrganizationFactory())

    assert isinstance(claim_next(centre.organization, worker=WORKER), Idle)


# Order


def test_fresh_work_goes_before_retries_and_these_before_bulk_however_long_they_waited(centre: Centre):
    waited = Counter(bulk=40, retry=30, fresh=20)
    rows = {name: due(centre, lane=Lane(name)) for name in waited}
    for name, row in rows.items():
        earlier = centre.clock.now().timestamp() - waited[name]
        Assignment.everywhere.filter(pk=row.pk).update(due_at=row.due_at.fromtimestamp(earlier, row.due_at.tzinfo))

    claimed = [centre.claim().pk for _ in rows]

    assert claimed == [rows[name].pk for name in ("fresh", "retry", "bulk")]


@pytest.mark.parametrize("lane", [Lane.RETRY, Lane.BULK])
def test_what_can_wait_leaves_calls_for_what_is_fresh(centre: Centre, clock: Clock, lane: Lane):
    centre.let(burst=9, calls_per_minute=1)
    CallBudget.objects.filter(organization=centre.organization).update(tokens=6, tokens_at=clock.now())
    for _ in range(3):
        due(centre, lane=lane)

    taken = [claim_next(centre.organization, worker="one") for _ in range(3)]
    due(centre, lane=Lane.FRESH)
    fresh = [claim_next(centre.organization, worker="two")]

    assert [type(each) for each in taken] == [Claim, Claim, Wait]
    assert [type(each) for each in fresh] == [Claim]


@pytest.mark.parametrize(("chance", "first"), [(0.0, Status.UNKNOWN), (0.19, Status.UNKNOWN), (0.2, Status.PENDING)])
def test_reads_after_unclear_answers_have_one_turn_in_five_to_themselves(centre: Centre, chance: float, first: Status):
    due(centre, lane=Lane.FRESH)
    due(centre, lane=Lane.BULK, status=Status.UNKNOWN)

    lane = order_of_lanes(chance)[0]

    assert list(Assignment.everywhere.filter(lane).values_list("status", flat=True)) == [first]


@given(chance=st.floats(0, 1))
def test_whatever_the_turn_no_lane_is_left_out(chance: float):
    assert len({str(lane) for lane in order_of_lanes(chance)}) == 4


def test_within_a_lane_the_one_that_waited_longest_goes_first(centre: Centre, clock: Clock):
    later = due(centre)
    earlier = due(centre, due_at=centre.clock.now().replace(year=2020), communication__read_at=clock.now())

    assert [centre.claim().pk, centre.claim().pk] == [earlier.pk, later.pk]


@pytest.mark.django_db(transaction=True)
def test_many_workers_never_get_the_same_row(centre: Centre):
    rows = [due(centre) for _ in range(ROWS)]
    claimed: list[int] = []

    def work() -> None:
        while isinstance(claim := claim_next(centre.organization, worker=WORKER), Claim):
            claimed.append(claim.pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(THREADS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)

    assert sorted(claimed) == sorted(row.pk for row in rows)
    assert Attempt.objects.count() == ROWS


# Freshness


def test_what_was_read_too_long_ago_is_not_written_to(centre: Centre, clock: Clock):
    assignment = centre.assign()
    clock.advance(centre.organization.fresh_for_s + 1)

    answer = claim_next(centre.organization, worker=WORKER)

    assignment.refresh_from_db()
    assert isinstance(answer, Stale)
    assert assignment.status == Status.PENDING
    assert tokens(centre) == PLENTY


def test_an_unclear_write_is_read_back_however_old_its_reading_is(centre: Centre):
    due(centre, status=Status.UNKNOWN, communication__read_at=centre.clock.now().replace(year=2020))

    assert centre.claim().kind == Attempt.Kind.READ


def test_what_was_in_after_call_work_is_read_again_first(centre: Centre, clock: Clock):
    centre.assign(acw=(-100, None))
    clock.advance(61)

    assert isinstance(claim_next(centre.organization, worker=WORKER), Stale)


def test_a_look_before_the_write_does_not_stand_in_for_the_end_of_after_call_work(centre: Centre, clock: Clock):
    centre.let(read_first=True)
    assignment = centre.assign(acw=(-100, None))
    clock.advance(61)

    answer = claim_next(centre.organization, worker=WORKER)

    assert isinstance(answer, Stale)
    assert centre.code_on(assignment) is None


# A look before the write


def test_where_the_policy_wants_it_a_row_is_read_alone_right_before_its_write(centre: Centre, clock: Clock):
    centre.let(read_first=True)
    assignment = centre.assign()
    clock.advance(11)

    first, second = centre.apply(), centre.apply()

    assert (first.kind, second.kind) == (Attempt.Kind.READ, Attempt.Kind.WRITE)
    assert centre.code_on(assignment) == centre.code(WANTED)
    assignment.refresh_from_db()
    assert (assignment.status, assignment.read_count, assignment.write_count) == (Status.APPLIED, 0, 1)


def test_a_look_is_still_good_when_the_next_call_is_long_in_coming(centre: Centre, clock: Clock):
    centre.let(read_first=True, calls_per_minute=2)
    centre.assign()
    clock.advance(120)
    look = centre.apply()
    clock.advance(31)

    assert (look.kind, centre.apply().kind) == (Attempt.Kind.READ, Attempt.Kind.WRITE)


def test_a_row_that_was_looked_at_is_written_next_however_many_wait(centre: Centre, clock: Clock):
    centre.let(read_first=True)
    earlier, later = centre.assign(), centre.assign()
    clock.advance(11)

    first, second = centre.apply(), centre.apply()

    later.refresh_from_db()
    assert [(first.pk, first.kind), (second.pk, second.kind)] == [
        (earlier.pk, Attempt.Kind.READ),
        (earlier.pk, Attempt.Kind.WRITE),
    ]
    assert later.status == Status.PENDING


def test_a_look_before_a_second_write_costs_no_try_and_no_wait(centre: Centre, clock: Clock):
    centre.let(read_first=True)
    assignment = centre.assign()
    centre.simulator.fault("reset_before", operations=["POST */wrapup"], count=1)
    centre.apply()
    centre.settle()
    centre.apply()
    clock.advance(60)

    look, write = centre.apply(), centre.apply()

    assignment.refresh_from_db()
    assert (look.kind, write.kind) == (Attempt.Kind.READ, Attempt.Kind.WRITE)
    assert (assignment.write_count, assignment.read_count) == (2, 1)


def test_a_look_that_finds_an_agent_s_code_ends_the_matter(centre: Centre, clock: Clock):
    centre.let(read_first=True)
    assignment = centre.assign()
    centre.agent_chooses(assignment, OTHER)
    clock.advance(11)

    centre.apply()

    assignment.refresh_from_db()
    assert (assignment.status, assignment.reason) == (Status.SKIPPED, SkipReason.AGENT_CHOSE)
    assert centre.effective_changes() == 0


def test_a_look_that_finds_the_wanted_code_ends_the_matter(centre: Centre, clock: Clock):
    centre.let(read_first=True)
    assignment = centre.assign()
    centre.agent_chooses(assignment, WANTED)
    clock.advance(11)

    centre.apply()

    assignment.refresh_from_db()
    assert (assignment.status, assignment.reason) == (Status.SKIPPED, SkipReason.ALREADY_CODED)


def test_a_code_an_agent_set_between_two_tries_is_read_and_left_alone(centre: Centre, clock: Clock):
    assignment = centre.assign()
    centre.simulator.fault("e500_before", operations=["POST */wrapup"], count=1)
    centre.apply()
    centre.settle()
    centre.apply()  # read back: nothing is there
    centre.agent_chooses(assignment, OTHER)
    clock.advance(centre.organization.fresh_for_s + 60)
    refresh(centre.organization, gateway=centre.gateway)

    centre.apply()

    assignment.refresh_from_db()
    assert assignment.status == Status.CONFLICT
    assert centre.code_on(assignment) == centre.code(OTHER)
    assert centre.effective_changes() == 0


# Dead workers


def test_a_worker_that_died_leaves_a_row_to_be_read_first(centre: Centre, clock: Clock):
    assignment = centre.assign()
    centre.claim()
    clock.advance(settings.LEASE_S + 1)

    recovered = recover_expired(centre.organization)

    assignment.refresh_from_db()
    assert recovered == 1
    assert (assignment.status, assignment.crash_count) == (Status.UNKNOWN, 1)
    assert assignment.error == Assignment.Error.CRASH
    assert seconds_between(clock.now(), assignment.due_at) == centre.organization.settle_s


def test_a_lease_that_still_runs_is_left_alone(centre: Centre, clock: Clock):
    centre.assign()
    centre.claim()
    clock.advance(settings.LEASE_S - 1)

    assert recover_expired(centre.organization) == 0


def test_a_write_that_got_through_before_its_worker_died_is_not_made_again(centre: Centre, clock: Clock):
    assignment = centre.assign()
    claimed = centre.claim()
    centre.gateway.apply_wrapup(claimed.ref, claimed.wanted_code_id)
    clock.advance(settings.LEASE_S + 1)
    recover_expired(centre.organization)

    finished = centre.finish(assignment)

    assert finished.status == Status.VERIFIED
    assert centre.effective_changes() == 1


def test_a_worker_that_died_before_its_call_costs_a_read_and_then_the_write(centre: Centre, clock: Clock):
    assignment = centre.assign()
    centre.claim()
    clock.advance(settings.LEASE_S + 1)
    recover_expired(centre.organization)

    finished = centre.finish(assignment)

    kinds = list(finished.attempts.order_by("pk").values_list("kind", flat=True))
    assert finished.status == Status.VERIFIED
    assert kinds == [Attempt.Kind.WRITE, Attempt.Kind.READ, Attempt.Kind.WRITE, Attempt.Kind.BULK_READ]
    assert centre.effective_changes() == 1


def test_three_deaths_are_enough(centre: Centre, clock: Clock):
    assignment = centre.assign()
    for _ in range(3):
        centre.claim()
        clock.advance(settings.LEASE_S + 1)
        recover_expired(centre.organization)
        clock.advance(centre.organization.settle_s)

    assignment.refresh_from_db()
    assert (assignment.status, assignment.reason) == (Status.FAILED, FailReason.QUARANTINED)
    assert assignment.crash_count == 3
    assert len(assignment.fingerprint) == 32
    assert isinstance(claim_next(centre.organization, worker=WORKER), Idle)


# Fences


def test_a_worker_given_up_for_dead_finishes_nothing(centre: Centre, clock: Clock):
    assignment = centre.assign()
    dead = centre.claim()
    clock.advance(settings.LEASE_S + 1)
    recover_expired(centre.organization)
    centre.settle()
    alive = centre.claim()

    finished = applying.finish(dead, centre.organization, None, None, duration_ms=1)

    assignment.refresh_from_db()
    assert finished is None
    assert (assignment.status, assignment.fence) == (Status.SENDING, alive.fence)
    assert Attempt.objects.get(pk=dead.attempt_pk).outcome == "stale:applied"


def test_a_worker_that_slept_through_its_lease_makes_no_call(centre: Centre):
    assignment = centre.assign()
    slept = replace(centre.claim(), good_until=time.monotonic() - 1)

    done = applying.apply(slept, centre.organization, gateway=centre.gateway)

    assignment.refresh_from_db()
    assert done is None
    assert assignment.status == Status.SENDING  # the lease brings it back
    assert centre.simulator.ledger() == []


def test_a_move_under_an_old_fence_moves_nothing(centre: Centre):
    centre.assign()
    claimed = centre.claim()

    moved = moving.move(claimed.pk, Status.SENDING, Status.APPLIED, under_fence=claimed.fence - 1)

    assert not moved


def test_reading_keeps_what_it_saw(centre: Centre, clock: Clock):
    assignment = centre.assign()
    centre.publish((ANY_CALL, WANTED))
    centre.simulator.fault("e500_after", operations=["POST */wrapup"], count=1)
    centre.apply()
    centre.settle()
    centre.apply()

    kept = Communication.everywhere.get(pk=assignment.communication_id)
    assert kept.code_id == centre.code(WANTED)
    assert kept.read_at == clock.now()

"""One claimed call and what comes of it: whatever goes wrong on the wire, the code ends up there, changed once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests.genesys.simulator.factories import row_of
from tests.services.centre import OTHER, PLENTY, WANTED, WORKER, Centre, seconds_between
from tests.services.clock import Clock
from wrapups.domain.conversation import CommunicationRef, Wrapup
from wrapups.domain.retry import MAX_READS, MAX_UNSENT
from wrapups.domain.status import FailReason, Status
from wrapups.genesys.gateway import GenesysGateway, connect
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.faults import MODES
from wrapups.genesys.tokens import MemoryTokens
from wrapups.models import Assignment, Attempt
from wrapups.services import applying
from wrapups.services.budgeting import Held, Wait
from wrapups.services.dispatching import claim_next

WRITES, READS = ["POST */wrapup"], ["GET */wrapup"]
NOWHERE = "http://127.0.0.1:9"
IMPATIENT_S = 0.4


@pytest.fixture
def impatient(simulator: SimulatorControl, shared_token: MemoryTokens, gateway: GenesysGateway) -> GenesysGateway:
    """A gateway that gives up soon, for servers that never answer."""
    return connected(simulator.url, simulator, shared_token)


@pytest.fixture
def unreachable(simulator: SimulatorControl, shared_token: MemoryTokens, gateway: GenesysGateway) -> GenesysGateway:
    """A gateway to an address where nobody listens; it has a token."""
    if shared_token.current() is None:
        gateway.wrapup_codes()
    return connected(NOWHERE, simulator, shared_token)


def connected(url: str, simulator: SimulatorControl, tokens: MemoryTokens) -> GenesysGateway:
    client = simulator.client()
    return connect(
        api_url=url,
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        tokens=tokens,
        deadline_s=IMPATIENT_S,
        connect_timeout_s=IMPATIENT_S,
    )


def applied(centre: Centre, gateway: GenesysGateway | None = None) -> Assignment:
    """Take the next due assignment, make its call, and return the assignment as it then is."""
    claimed = centre.claim()
    applying.apply(claimed, centre.organization, gateway=gateway or centre.gateway)
    assignment: Assignment = Assignment.everywhere.get(pk=claimed.pk)
    return assignment


# A write that is answered


def test_an_accepted_write_is_not_proof_yet_and_is_read_back_after_the_settle_time(centre: Centre, clock: Clock):
    centre.assign()

    assignment = applied(centre)

    assert (assignment.status, assignment.write_count, assignment.lease_until) == (Status.APPLIED, 1, None)
    assert (assignment.was_accepted, assignment.unresolved_write) == (True, True)
    assert seconds_between(clock.now(), assignment.due_at) == centre.organization.settle_s


def test_a_finished_attempt_tells_how_it_went(centre: Centre):
    centre.assign()

    attempt = applied(centre).attempts.get()

    assert (attempt.outcome, attempt.http_status, attempt.error_code) == (Status.APPLIED, 202, "")
    assert attempt.finished_at is not None
    assert attempt.duration_ms is not None


def test_a_refused_write_waits_for_a_person_with_genesys_own_words(centre: Centre):
    centre.assign()
    centre.simulator.fault("status", operations=WRITES, status=400)

    assignment = applied(centre)

    attempt = assignment.attempts.get()
    assert (assignment.status, assignment.reason) == (Status.FAILED, FailReason.REJECTED)
    assert (assignment.error, assignment.error_code) == (Assignment.Error.REFUSED, "bad.request")
    assert "400" in assignment.error_message
    assert len(assignment.fingerprint) == 32
    assert (attempt.http_status, attempt.outcome) == (400, Status.FAILED)
    assert attempt.correlation_id
    assert not assignment.unresolved_write


def test_failures_of_one_cause_share_a_fingerprint(centre: Centre):
    centre.assign()
    centre.assign()
    centre.simulator.fault("status", operations=WRITES, status=400)

    one, other = applied(centre), applied(centre)

    assert one.fingerprint == other.fingerprint


@pytest.mark.parametrize(
    ("ended_h_ago", "reason"), [(1, FailReason.REJECTED), (100, FailReason.TOO_LATE)], ids=["recent", "old"]
)
def test_what_is_not_found_any_more_is_too_late_when_it_is_old(ended_h_ago: int, reason: FailReason, centre: Centre):
    ended = -3600.0 * ended_h_ago
    centre.assign(alert=ended - 60, talk=(ended - 50, ended))
    centre.simulator.fault("status", operations=WRITES, status=404)

    assignment = applied(centre)

    assert (assignment.status, assignment.reason) == (Status.FAILED, reason)


def test_a_conflict_is_read_and_tried_again_but_not_for_ever(centre: Centre):
    assignment = centre.assign()
    centre.simulator.fault("status", operations=WRITES, status=409)

    first = applied(centre)
    finished = centre.finish(assignment)

    assert first.status == Status.UNKNOWN
    assert (finished.status, finished.reason, finished.write_count) == (Status.FAILED, FailReason.REJECTED, 3)


# A write that is held up


def test_a_429_costs_no_try_and_stops_everybody_for_as_long_as_asked(centre: Centre, clock: Clock):
    centre.assign()
    centre.assign()
    centre.simulator.fault("r429", operations=WRITES, count=1, retry_after="7")

    assignment = applied(centre)
    meanwhile = claim_next(centre.organization, worker=WORKER)
    clock.advance(7)
    afterwards = centre.claim()

    assert (assignment.status, assignment.write_count, assignment.unresolved_write) == (Status.PENDING, 0, False)
    assert seconds_between(centre.budget.wait_until, clock.now()) == 0
    assert assignment.error == Assignment.Error.RATE_LIMITED
    assert isinstance(meanwhile, Wait)
    assert afterwards.pk


@pytest.mark.parametrize("retry_after", [None, "garbage"], ids=["missing", "garbage"])
def test_a_429_that_does_not_say_how_long_means_the_time_in_its_message(
    retry_after: str | None, centre: Centre, clock: Clock
):
    centre.assign()
    centre.simulator.fault("r429", operations=WRITES, count=1, retry_after=retry_after)
    now = clock.now()

    applied(centre)

    assert seconds_between(now, centre.budget.wait_until) >= 1


def test_a_first_401_is_a_token_to_renew(centre: Centre):
    centre.assign()
    centre.simulator.fault("status", operations=WRITES, status=401, count=1)

    assert applied(centre).status == Status.APPLIED


def test_a_second_401_holds_the_organization_and_fails_no_row(centre: Centre, clock: Clock):
    centre.assign()
    centre.simulator.fault("status", operations=WRITES, status=401, count=2)

    assignment = applied(centre)

    assert (assignment.status, assignment.write_count) == (Status.PENDING, 0)
    assert centre.budget.refused_at == clock.now()
    assert "401" in centre.budget.refused_because
    assert isinstance(claim_next(centre.organization, worker=WORKER), Held)


def test_a_missing_permission_holds_the_organization_and_fails_no_row(centre: Centre):
    centre.assign()
    centre.simulator.revoke("conversation:participant:wrapup")
    centre.simulator.revoke("conversation:communication:view")

    assignment = applied(centre)

    assert (assignment.status, assignment.write_count) == (Status.PENDING, 0)
    assert centre.budget.refused_at is not None
    assert isinstance(claim_next(centre.organization, worker=WORKER), Held)


def test_a_403_about_one_conversation_fails_its_row_alone(centre: Centre):
    centre.assign()
    centre.simulator.fault("status", operations=WRITES, status=403, count=1)

    assignment = applied(centre)

    assert (assignment.status, assignment.error) == (Status.FAILED, Assignment.Error.FORBIDDEN)
    assert centre.budget.refused_at is None


def test_what_never_left_is_sent_again_soon(centre: Centre, unreachable: GenesysGateway, clock: Clock):
    centre.assign()

    assignment = applied(centre, unreachable)

    assert (assignment.status, assignment.write_count, assignment.unresolved_write) == (Status.PENDING, 1, False)
    assert assignment.error == Assignment.Error.UNSENT
    assert 1 <= seconds_between(clock.now(), assignment.due_at) <= 2


def test_what_never_leaves_is_given_up_after_ten_tries(centre: Centre, unreachable: GenesysGateway, clock: Clock):
    centre.let(fresh_for_s=86_400)
    centre.assign()

    for _ in range(MAX_UNSENT):
        clock.advance(61)
        assignment = applied(centre, unreachable)

    assert (assignment.status, assignment.reason) == (Status.FAILED, FailReason.EXHAUSTED)
    assert assignment.write_count == MAX_UNSENT


# A write whose outcome is unclear

UNCLEAR: dict[str, dict[str, Any]] = {
    "e500_before": {},
    "e500_after": {},
    "reset_before": {},
    "reset_after": {},
    "hang_after": {"seconds": 2.0},
    "half_close": {},
    "slow_drip": {"seconds": 0.2},
    "redirect": {},
    "status": {"status": 503},
}


@pytest.mark.parametrize("mode", UNCLEAR)
def test_an_unclear_write_is_read_after_the_settle_time_before_anything_else(
    mode: str, centre: Centre, clock: Clock, impatient: GenesysGateway
):
    centre.assign()
    centre.simulator.fault(mode, operations=WRITES, count=1, **UNCLEAR[mode])

    assignment = applied(centre, impatient)
    centre.settle()
    following = centre.claim()

    assert (assignment.status, assignment.write_count, assignment.unresolved_write) == (Status.UNKNOWN, 1, True)
    assert assignment.error == Assignment.Error.UNCLEAR
    assert following.kind == Attempt.Kind.READ


@pytest.mark.parametrize("mode", sorted(set(MODES) - {"status"}))
def test_whatever_happens_on_the_wire_the_code_ends_up_there_changed_once(
    mode: str, centre: Centre, impatient: GenesysGateway
):
    assignment = centre.assign()
    fault = {"late_apply": {"seconds": 1.0}}.get(mode) or UNCLEAR.get(mode, {})
    centre.simulator.fault(mode, operations=WRITES, count=1, **fault)
    applied(centre, impatient)
    if mode == "late_apply":
        until(lambda: bool(centre.simulator.ledger()))

    finished = centre.finish(assignment, rounds=12)

    assert finished.status == Status.VERIFIED
    assert centre.code_on(assignment) == centre.code(WANTED)
    assert centre.effective_changes() == 1
    assert not finished.unresolved_write


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds, ten seconds at most."""
    for _ in range(200):
        if holds():
            return
        threading.Event().wait(0.05)
    raise AssertionError("it has not come to pass in ten seconds")


def test_a_read_back_that_fails_is_made_again_and_nothing_is_written_meanwhile(centre: Centre):
    assignment = centre.assign()
    centre.simulator.fault("e500_after", operations=WRITES, count=1)
    applied(centre)
    centre.simulator.fault("e500_before", operations=READS, count=2)

    finished = centre.finish(assignment)

    kinds = list(finished.attempts.order_by("pk").values_list("kind", flat=True))
    assert finished.status == Status.VERIFIED
    assert kinds == ["write", "read", "read", "read"]


def test_a_read_back_that_never_succeeds_is_given_up_after_ten(centre: Centre):
    assignment = centre.assign()
    centre.simulator.fault("e500_after", operations=WRITES, count=1)
    applied(centre)
    centre.simulator.fault("e500_before", operations=READS)

    finished = centre.finish(assignment)

    assert (finished.status, finished.reason) == (Status.FAILED, FailReason.EXHAUSTED)
    assert (finished.write_count, finished.read_count) == (1, MAX_READS)
    assert finished.unresolved_write  # so that a retry reads first


def test_a_read_back_that_is_throttled_costs_no_try(centre: Centre):
    centre.assign()
    centre.simulator.fault("e500_after", operations=WRITES, count=1)
    applied(centre)
    centre.settle()
    centre.simulator.fault("r429", operations=READS, count=1, retry_after="3")

    assignment = applied(centre)

    assert (assignment.status, assignment.read_count) == (Status.UNKNOWN, 0)


def test_a_code_an_agent_set_before_our_unclear_write_arrived_stays(centre: Centre):
    centre.simulator.switch(second_write="refuse")
    assignment = centre.assign()
    centre.agent_chooses(assignment, OTHER)

    finished = centre.finish(assignment)

    assert finished.status == Status.CONFLICT
    assert centre.code_on(assignment) == centre.code(OTHER)
    assert centre.effective_changes() == 0


def test_a_person_s_later_code_is_theirs(centre: Centre):
    assignment = centre.assign()
    applied(centre)
    centre.agent_chooses(assignment, OTHER)

    finished = centre.finish(assignment)

    assert finished.status == Status.OVERRIDDEN
    assert centre.code_on(assignment) == centre.code(OTHER)


def test_what_is_accepted_twice_and_never_seen_waits_for_a_person(centre: Centre):
    assignment = centre.assign()
    centre.simulator.fault("accept_but_drop", operations=WRITES)

    finished = centre.finish(assignment)

    assert (finished.status, finished.reason) == (Status.FAILED, FailReason.UNCONFIRMED)
    assert finished.write_count == 2
    assert len(finished.fingerprint) == 32


# On record before the call


class Peeping:
    """A door that looks, over a connection of its own, at what is on record while the call is under way."""

    def __init__(self) -> None:
        self.on_record: list[tuple[str, str, bool]] = []
        self.in_transaction: list[bool] = []

    def apply_wrapup(
        self, ref: CommunicationRef, code_id: str, *, notes: str = "", disable_end_time_updates: bool = True
    ) -> None:
        self.in_transaction.append(connection.in_atomic_block)
        looking = threading.Thread(target=self._look)
        looking.start()
        looking.join(10)

    def read_wrapup(self, ref: CommunicationRef) -> Wrapup | None:
        return None

    def _look(self) -> None:
        self.on_record = [
            (attempt.kind, attempt.assignment.status, attempt.finished_at is None)
            for attempt in Attempt.objects.select_related("assignment")
        ]
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_the_attempt_is_on_record_before_the_call_and_no_transaction_is_held_across_it(centre: Centre):
    centre.assign()
    door = Peeping()

    applying.apply(centre.claim(), centre.organization, gateway=door)

    assert door.on_record == [(Attempt.Kind.WRITE, Status.SENDING, True)]
    assert door.in_transaction == [False]


class Buggy(Peeping):
    """A door with a bug of ours in it."""

    def apply_wrapup(
        self, ref: CommunicationRef, code_id: str, *, notes: str = "", disable_end_time_updates: bool = True
    ) -> None:
        raise ZeroDivisionError

    def read_wrapup(self, ref: CommunicationRef) -> Wrapup | None:
        raise ZeroDivisionError


def test_a_bug_of_ours_is_like_a_death_the_row_is_read_first_and_three_set_it_apart(centre: Centre):
    assignment = centre.assign()

    outcomes = []
    for _ in range(3):
        outcomes.append(applying.apply(centre.claim(), centre.organization, gateway=Buggy()))
        centre.settle()

    assignment.refresh_from_db()
    assert outcomes == [Status.UNKNOWN, Status.UNKNOWN, Status.FAILED]
    assert (assignment.reason, assignment.error) == (FailReason.QUARANTINED, Assignment.Error.BUG)
    assert "ZeroDivisionError" in assignment.error_message
    assert list(assignment.attempts.values_list("outcome", flat=True)) == ["bug"] * 3


def test_the_organization_s_word_on_end_times_is_sent(centre: Centre):
    centre.let(disable_end_time_updates=True)
    row = centre.call(acw=(-100, -90), code="ININ-WRAP-UP-TIMEOUT")
    centre.publish(({"all": []}, WANTED))
    centre.decide(row)
    before = row_of(centre.simulator, row["communication_id"])

    applied(centre)

    now = row_of(centre.simulator, row["communication_id"])
    assert now["code"] == centre.code(WANTED)
    assert now["acw_ended_at"] == before["acw_ended_at"]


def test_applying_costs_the_calls_it_makes(centre: Centre):
    centre.assign()

    applied(centre)

    assert centre.budget.tokens == PLENTY - 1
    assert centre.simulator.calls()["statuses"].get("202") == 1

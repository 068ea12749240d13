"""Proof: a hundred conversations a call; what stays unseen is read alone."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import AssignmentFactory, OrganizationFactory
from tests.faults.witness import statuses
from tests.services.centre import ANY_CALL, OTHER, WANTED, WORKER, Centre, Row, alike, seconds_between
from tests.services.clock import Clock
from wrapups.domain.capabilities import NEVER, Answer, Question
from wrapups.domain.status import Status
from wrapups.models import Assignment, Attempt, CallBudget, Communication
from wrapups.services.budgeting import Held, Wait
from wrapups.services.moving import move
from wrapups.services.proof import prove_all
from wrapups.services.verifying import verify, verify_all

BULK = ["GET */conversations/details"]


def accepted(centre: Centre) -> Row:
    """Let a call have got its code accepted, not yet proven; return its row."""
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    centre.decide(row)
    centre.apply()
    return row


def many_accepted(centre: Centre, count: int) -> None:
    """Let so many calls carry their code, accepted just now, not yet proven."""
    document = centre.calls.build(acw=(-100, -60), code=centre.code(WANTED))
    ids = centre.load(*(alike(document) for _ in range(count)))
    for row in [row for row in centre.simulator.state() if row["conversation_id"] in ids and row["code"]]:
        AssignmentFactory(
            organization=centre.organization,
            wrapup_code=centre.codes[WANTED],
            status=Status.APPLIED,
            due_at=centre.clock.now(),
            written_at=centre.clock.now(),
            communication__conversation__conversation_id=row["conversation_id"],
            communication__participant_id=row["participant_id"],
            communication__communication_id=row["communication_id"],
        )


def test_what_shows_our_code_is_proven_with_the_reading_on_record(centre: Centre, clock: Clock):
    row = accepted(centre)
    centre.settle()

    verified = centre.verify()

    assignment = centre.assignment(row)
    proof = assignment.attempts.get(kind=Attempt.Kind.BULK_READ)
    assert verified == 1
    assert (assignment.status, assignment.unresolved_write) == (Status.VERIFIED, False)
    assert assignment.finished_at == clock.now()
    assert (proof.code_seen_id, proof.outcome, proof.http_status) == (centre.code(WANTED), Status.VERIFIED, 200)
    assert Communication.everywhere.get(pk=assignment.communication_id).code_id == centre.code(WANTED)


def test_a_hundred_are_proven_by_one_call(centre: Centre):
    many_accepted(centre, 100)

    verified = centre.verify()

    assert verified == 100
    assert centre.counted("GET */details") == 1


def test_proving_many_takes_no_more_statements_than_proving_a_few(centre: Centre):
    taken: list[int] = []
    for count in (2, 20):
        many_accepted(centre, count)
        with CaptureQueriesContext(connection) as statements:
            assert centre.verify() == count
        taken.append(len(statements))

    assert taken[0] == taken[1]


def test_of_what_is_proven_together_only_that_is_moved_which_is_still_there(centre: Centre):
    many_accepted(centre, 3)
    rows = list(Assignment.everywhere.select_related("communication").order_by("pk"))
    move(rows[1].pk, Status.APPLIED, Status.UNKNOWN)

    proven = prove_all([(row, "code") for row in rows], Status.APPLIED, Status.VERIFIED, worker=WORKER)

    assert proven == 2
    assert statuses(centre) == [Status.VERIFIED, Status.UNKNOWN, Status.VERIFIED]
    assert set(Attempt.objects.values_list("assignment", flat=True)) == {rows[0].pk, rows[2].pk}


def test_nothing_is_read_before_the_settle_time_is_over(centre: Centre):
    accepted(centre)

    assert centre.verify() == 0
    assert centre.counted("GET */conversations/details") == 1  # the one that decided it


def test_a_lag_of_analytics_is_waited_out(centre: Centre, clock: Clock):
    row = accepted(centre)
    centre.simulator.switch(analytics_lag_s=120.0)
    centre.settle()

    at_first = centre.verify()
    waiting = centre.assignment(row)
    clock.advance(120)
    later = centre.verify()

    assert (at_first, later) == (0, 1)
    assert waiting.status == Status.APPLIED
    assert seconds_between(clock.now(), waiting.due_at) <= 0


def test_what_analytics_does_not_show_in_time_is_read_alone(centre: Centre, clock: Clock):
    row = accepted(centre)
    centre.simulator.switch(analytics_lag_s=3600.0)
    clock.advance(centre.organization.confirm_within_s + 1)

    centre.verify()
    given_up = centre.assignment(row).status
    centre.apply()

    assert given_up == Status.UNKNOWN
    assert centre.assignment(row).status == Status.VERIFIED


def test_where_analytics_never_shows_late_writes_each_is_read_alone_at_once(centre: Centre, clock: Clock):
    never = Answer(NEVER, clock.now())
    centre.let(capabilities={"media": {"voice": {Question.ANALYTICS_LAG: never.stored()}}})
    centre.simulator.switch(analytics_shows_late_writes=False)
    row = accepted(centre)
    centre.settle()

    centre.verify()
    centre.apply()

    assert centre.assignment(row).status == Status.VERIFIED


def test_another_code_is_read_alone_and_left_to_the_person_who_chose_it(centre: Centre):
    row = accepted(centre)
    centre.agent_chooses(row, OTHER)
    centre.settle()

    centre.verify()
    seen = centre.assignment(row).status
    centre.apply()

    assert seen == Status.UNKNOWN
    assert centre.assignment(row).status == Status.OVERRIDDEN
    assert centre.code_on(row) == centre.code(OTHER)


def test_without_a_call_in_the_budget_nothing_is_taken(centre: Centre):
    row = accepted(centre)
    centre.settle()
    CallBudget.objects.update(tokens=0, tokens_at=centre.clock.now())
    due_at = centre.assignment(row).due_at

    answer = centre.verify()

    assert isinstance(answer, Wait)
    assert centre.assignment(row).due_at == due_at


def test_while_held_nothing_is_taken(centre: Centre):
    accepted(centre)
    centre.settle()
    CallBudget.objects.update(held_at=centre.clock.now())

    assert isinstance(centre.verify(), Held)


@pytest.mark.parametrize("mode", ["e500_before", "reset_before", "malformed"])
def test_a_reading_that_fails_proves_nothing_and_is_made_again(mode: str, centre: Centre, clock: Clock):
    row = accepted(centre)
    centre.settle()
    centre.simulator.fault(mode, operations=BULK, count=1)

    failed = centre.verify()
    status = centre.assignment(row).status
    clock.advance(61)

    assert isinstance(failed, Wait)
    assert status == Status.APPLIED
    assert centre.verify() == 1


def test_a_429_to_the_reading_stops_everybody(centre: Centre, clock: Clock):
    accepted(centre)
    centre.settle()
    centre.simulator.fault("r429", operations=BULK, count=1, retry_after="9")

    centre.verify()

    assert seconds_between(clock.now(), centre.budget.wait_until) == 9


def test_what_is_due_is_verified_a_hundred_a_call_and_a_small_rest_waits_for_company(centre: Centre):
    many_accepted(centre, 101)

    first = verify_all(centre.organization, gateway=centre.gateway, worker="w")
    rest = verify_all(centre.organization, gateway=centre.gateway, worker="w")

    assert (first, rest) == (100, 1)
    assert Assignment.everywhere.filter(status=Status.VERIFIED).count() == 101


def test_what_another_organization_had_accepted_is_not_ours_to_read(centre: Centre):
    accepted(centre)
    centre.settle()

    assert verify(OrganizationFactory(), gateway=centre.gateway, worker="w") == 0

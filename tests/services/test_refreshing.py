"""Looking again, in bulk, at what was read too long ago."""

from datetime import timedelta

import pytest

from tests.factories import AssignmentFactory
from tests.services.centre import ANY_CALL, OTHER, WANTED, Centre, seconds_between
from tests.services.clock import Clock
from wrapups.domain.status import FailReason, Lane, SkipReason, Status
from wrapups.models import Assignment, Sweep
from wrapups.services import refreshing
from wrapups.services.dispatching import Claim, Stale, claim_next
from wrapups.services.refreshing import refresh

BULK = "GET */analytics/conversations/details"
ALONE = "GET */conversations/{conversationId}"


def test_what_is_read_again_is_fresh_by_the_database_s_clock_whatever_the_worker_s_says(centre: Centre, clock: Clock):
    centre.assign()
    clock.advance(3600)
    before = claim_next(centre.organization, worker="w")

    refresh(centre.organization, gateway=centre.gateway)
    after = claim_next(centre.organization, worker="w")

    assert isinstance(before, Stale)
    assert isinstance(after, Claim)


def outdated(centre: Centre, clock: Clock, count: int) -> list[Assignment]:
    """Return so many assignments that are due and were read too long ago."""
    rows = [centre.call() for _ in range(count)]
    centre.publish((ANY_CALL, WANTED))
    centre.decide(*rows)
    clock.advance(centre.organization.fresh_for_s + 1)
    return [centre.assignment(row) for row in rows]


def unknown(centre: Centre) -> Assignment:
    """Return an assignment that is due and stands for a conversation Genesys does not know (any more)."""
    long_ago = centre.clock.now() - timedelta(days=1)
    made: Assignment = AssignmentFactory(
        organization=centre.organization, due_at=long_ago, communication__read_at=long_ago
    )
    return made


def test_many_are_read_again_by_one_call(centre: Centre, clock: Clock):
    outdated(centre, clock, 7)
    before = centre.counted(BULK)

    read = refresh(centre.organization, gateway=centre.gateway)

    assert read == 7
    assert centre.counted(BULK) - before == 1
    assert isinstance(claim_next(centre.organization, worker="w"), Claim)


def test_of_what_is_due_so_much_as_is_next_is_looked_through_and_no_more(
    centre: Centre, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    outdated(centre, clock, 3)
    monkeypatch.setattr(refreshing, "LOOKED_THROUGH", 2)

    assert refresh(centre.organization, gateway=centre.gateway) == 2


def test_fresh_work_is_read_again_before_what_was_caught_up_on_though_that_is_due_longer(
    centre: Centre, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(refreshing, "PER_CALL", 3)
    late = outdated(centre, clock, 5)
    Assignment.everywhere.filter(pk__in=[row.pk for row in late]).update(
        lane=Lane.BULK, due_at=clock.now() - timedelta(days=1)
    )
    [fresh] = outdated(centre, clock, 1)
    waits = claim_next(centre.organization, worker="w")

    refresh(centre.organization, gateway=centre.gateway)
    goes_on = claim_next(centre.organization, worker="w")

    assert isinstance(waits, Stale)
    assert isinstance(goes_on, Claim)
    assert goes_on.pk == fresh.pk


def test_what_is_fresh_costs_no_call(centre: Centre):
    centre.assign()
    before = centre.simulator.calls()["calls"]

    assert refresh(centre.organization, gateway=centre.gateway) == 0
    assert centre.simulator.calls()["calls"] == before


def test_an_agent_s_choice_meanwhile_is_followed(centre: Centre, clock: Clock):
    one, other = outdated(centre, clock, 2)
    centre.agent_chooses(one, OTHER)

    refresh(centre.organization, gateway=centre.gateway)

    one.refresh_from_db()
    other.refresh_from_db()
    assert (one.status, one.reason) == (Status.SKIPPED, SkipReason.AGENT_CHOSE)
    assert other.status == Status.PENDING


def test_what_analytics_does_not_know_yet_is_read_alone(centre: Centre, clock: Clock):
    [assignment] = outdated(centre, clock, 1)
    centre.simulator.switch(analytics_lag_s=86_400.0)

    read = refresh(centre.organization, gateway=centre.gateway)

    assert read == 1
    assert centre.counted(ALONE) == 1
    assert isinstance(claim_next(centre.organization, worker="w"), Claim)
    assignment.refresh_from_db()
    assert assignment.communication.read_at == clock.now()


def test_what_genesys_no_longer_knows_is_too_late(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    assignment = unknown(centre)

    read = refresh(centre.organization, gateway=centre.gateway)

    assignment.refresh_from_db()
    assert read == 0
    assert (assignment.status, assignment.reason) == (Status.FAILED, FailReason.TOO_LATE)
    assert assignment.error == Assignment.Error.NOT_FOUND
    assert len(assignment.fingerprint) == 32


def test_a_communication_that_its_conversation_no_longer_has_is_too_late_and_holds_up_nobody(
    centre: Centre, clock: Clock
):
    [other] = outdated(centre, clock, 1)
    lost: Assignment = AssignmentFactory(
        organization=centre.organization,
        due_at=clock.now() - timedelta(days=1),
        communication__conversation=other.communication.conversation,
        communication__read_at=clock.now() - timedelta(days=1),
    )

    refresh(centre.organization, gateway=centre.gateway)

    lost.refresh_from_db()
    assert (lost.status, lost.reason) == (Status.FAILED, FailReason.TOO_LATE)
    assert centre.claim().pk == other.pk


def test_what_may_not_be_read_waits_for_a_person_and_holds_up_nobody(centre: Centre, clock: Clock):
    assignment = unknown(centre)
    [other] = outdated(centre, clock, 1)
    centre.simulator.fault("status", operations=[ALONE], status=403)

    read = refresh(centre.organization, gateway=centre.gateway)

    assignment.refresh_from_db()
    assert read == 1
    assert (assignment.status, assignment.reason) == (Status.FAILED, FailReason.REJECTED)
    assert centre.claim().pk == other.pk


def test_what_cannot_be_read_now_is_put_off_and_holds_up_nobody(centre: Centre, clock: Clock):
    assignment = unknown(centre)
    [other] = outdated(centre, clock, 1)
    centre.simulator.fault("e500_before", operations=[ALONE])

    refresh(centre.organization, gateway=centre.gateway)

    assignment.refresh_from_db()
    assert assignment.status == Status.PENDING
    assert seconds_between(clock.now(), assignment.due_at) == 60
    assert centre.claim().pk == other.pk


def test_a_bulk_reading_that_fails_changes_nothing_and_is_made_again_soon(centre: Centre, clock: Clock):
    outdated(centre, clock, 2)
    centre.simulator.fault("e500_before", operations=[BULK], count=1)

    failed = refresh(centre.organization, gateway=centre.gateway)
    at_once = refresh(centre.organization, gateway=centre.gateway)
    clock.advance(5)

    assert (failed, at_once) == (0, 0)
    assert refresh(centre.organization, gateway=centre.gateway) == 2


def test_only_one_worker_reads_again_at_a_time(centre: Centre, clock: Clock):
    outdated(centre, clock, 2)
    Sweep.objects.filter(kind=Sweep.Kind.REFRESH).update(lease_until=clock.now() + timedelta(seconds=60))

    assert refresh(centre.organization, gateway=centre.gateway) == 0

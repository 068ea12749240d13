"""What the pump asks of the rows before it rings."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories import AssignmentFactory, AttemptFactory, DispositionFactory, OrganizationFactory, SweepFactory
from tests.services.clock import Clock
from wrapups.domain.status import Status
from wrapups.models import Assignment, CallBudget, Organization, Sweep
from wrapups.services import watching

RUNG_FOR = [Sweep.Kind.DISCOVER, Sweep.Kind.CATALOGUE]


@pytest.fixture
def organization(clock: Clock) -> Organization:
    """An organization without work."""
    made: Organization = OrganizationFactory()
    return made


def ago(clock: Clock, seconds: float) -> datetime:
    return clock.now() - timedelta(seconds=seconds)


def waiting(organization: Organization, clock: Clock, seconds: float, **columns: Any) -> None:
    """Let an assignment have been due, and made, so long ago."""
    AssignmentFactory(organization=organization, due_at=ago(clock, seconds), created_at=ago(clock, seconds), **columns)


def test_due_rows_are_counted_no_further_than_asked(organization: Organization, clock: Clock):
    for _ in range(3):
        waiting(organization, clock, 1)
    waiting(organization, clock, -60)
    waiting(organization, clock, 1, status=Status.UNKNOWN)

    assert watching.due_count(organization, up_to=10) == 4
    assert watching.due_count(organization, up_to=2) == 2


@pytest.mark.parametrize("column", ["held_at", "refused_at"])
def test_while_held_there_is_nothing_to_ring_for(column: str, organization: Organization, clock: Clock):
    waiting(organization, clock, 60)
    waiting(organization, clock, 3600, status=Status.APPLIED)
    SweepFactory(organization=organization)
    CallBudget.objects.update(**{column: clock.now()})

    assert watching.due_count(organization, up_to=10) == 0
    assert not watching.verify_is_worth_a_call(organization)
    assert watching.due_sweeps(organization, among=RUNG_FOR) == []
    assert not watching.workers_deaf(organization)


@pytest.mark.parametrize("column", ["held_at", "refused_at"])
@pytest.mark.parametrize("kind", [Sweep.Kind.PUBLISH, Sweep.Kind.TALLY, Sweep.Kind.TIDY])
def test_what_asks_nothing_of_genesys_goes_on_while_calls_are_held(
    kind: Sweep.Kind, column: str, organization: Organization, clock: Clock
):
    SweepFactory(organization=organization, kind=kind)
    CallBudget.objects.update(**{column: clock.now()})

    assert watching.due_sweeps(organization, among=list(Sweep.Kind)) == [kind]


def test_a_single_accepted_row_waits_for_company_but_not_for_long(organization: Organization, clock: Clock):
    organization.settle_s = 5
    waiting(organization, clock, 1, status=Status.APPLIED)
    at_first = watching.verify_is_worth_a_call(organization)
    clock.advance(20)

    assert not at_first
    assert watching.verify_is_worth_a_call(organization)


def test_a_full_hundred_waits_for_nothing(organization: Organization, clock: Clock, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watching, "VERIFY_TOGETHER", 3)
    for _ in range(3):
        waiting(organization, clock, 1, status=Status.APPLIED)

    assert watching.verify_is_worth_a_call(organization)


def test_without_accepted_rows_there_is_nothing_to_verify(organization: Organization):
    assert not watching.verify_is_worth_a_call(organization)


def test_duties_that_are_due_and_free_are_named(organization: Organization, clock: Clock):
    SweepFactory(organization=organization, kind=Sweep.Kind.DISCOVER)
    SweepFactory(organization=organization, kind=Sweep.Kind.CATALOGUE, lease_until=ago(clock, -60))
    SweepFactory(organization=organization, kind=Sweep.Kind.REFRESH)
    SweepFactory(kind=Sweep.Kind.CATALOGUE)

    assert watching.due_sweeps(organization, among=RUNG_FOR) == [Sweep.Kind.DISCOVER]


def test_a_dead_worker_s_duty_is_due_again(organization: Organization, clock: Clock):
    SweepFactory(organization=organization, kind=Sweep.Kind.CATALOGUE, lease_until=ago(clock, 1))

    assert watching.due_sweeps(organization, among=RUNG_FOR) == [Sweep.Kind.CATALOGUE]


def test_workers_are_deaf_when_work_has_waited_and_nobody_has_begun_a_call(organization: Organization, clock: Clock):
    waiting(organization, clock, 31)

    assert watching.workers_deaf(organization)


def test_workers_that_have_just_begun_a_call_hear(organization: Organization, clock: Clock):
    waiting(organization, clock, 31)
    AttemptFactory(assignment__organization=organization, started_at=ago(clock, 29))

    assert not watching.workers_deaf(organization)


def test_work_that_has_just_become_due_says_nothing_about_workers(organization: Organization, clock: Clock):
    waiting(organization, clock, 29)

    assert not watching.workers_deaf(organization)


def test_a_row_made_just_now_of_an_old_conversation_says_nothing_about_workers(
    organization: Organization, clock: Clock
):
    AssignmentFactory(organization=organization, due_at=ago(clock, 86_400), created_at=ago(clock, 1))

    assert not watching.workers_deaf(organization)


def test_what_is_heard_of_a_row_that_waits_does_not_make_it_wait_anew(organization: Organization, clock: Clock):
    waiting(organization, clock, 31, updated_at=ago(clock, 31))
    conversation = Assignment.everywhere.get().communication.conversation
    DispositionFactory(organization=organization, conversation_id=conversation.conversation_id)

    assert Assignment.everywhere.get().updated_at > ago(clock, 31)
    assert watching.workers_deaf(organization)


def test_so_many_rows_are_looked_through_and_no_more(
    organization: Organization, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """Every page asks: what was made just now, or is paused, may be a hundred thousand rows."""
    AssignmentFactory(organization=organization, due_at=ago(clock, 120), created_at=ago(clock, 1))
    waiting(organization, clock, 60)
    deaf = watching.workers_deaf(organization)
    monkeypatch.setattr(watching, "LOOKED_THROUGH", 1)

    assert (deaf, watching.workers_deaf(organization)) == (True, False)


@pytest.mark.parametrize("status", [Status.UNKNOWN, Status.APPLIED])
def test_what_left_and_was_not_read_is_left_lying_too(status: Status, organization: Organization, clock: Clock):
    waiting(organization, clock, 90, status=status)

    assert watching.workers_deaf(organization)


def test_workers_that_were_told_to_wait_are_not_deaf(organization: Organization, clock: Clock):
    waiting(organization, clock, 120)
    CallBudget.objects.update(wait_until=ago(clock, 10))

    assert not watching.workers_deaf(organization)

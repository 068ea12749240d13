"""The pump and the tasks it rings for: doorbells over a real broker, and its own hands when nobody hears."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from queue import Empty
from typing import Any

import pytest
from pytest_django import Settings

from dashboard.celery import app
from tests.factories import AssignmentFactory, OrganizationFactory, SweepFactory
from tests.services.centre import ANY_CALL, WANTED, Centre, centre_at
from tests.services.clock import Clock
from wrapups import tasks
from wrapups.domain.status import Status
from wrapups.models import Assignment, CallBudget, Organization, Sweep
from wrapups.pump import Pump
from wrapups.services.draining import Left, drain

NOWHERE = "redis://127.0.0.1:1/0"
Doorbells = Callable[[], list[str]]


def emptied(name: str) -> list[str]:
    """Take everything out of one queue, and return the names of the tasks."""
    names: list[str] = []
    with app.connection_for_read() as broker:
        queue = broker.SimpleQueue(name)
        try:
            while True:
                message = queue.get(block=False)
                message.ack()
                names.append(message.headers["task"].removeprefix("wrapups.tasks."))
        except Empty:
            return names
        finally:
            queue.close()


@pytest.fixture
def doorbells(clock: Clock) -> Iterator[Doorbells]:
    """Take what was rung so far out of the broker, by name of task."""

    def rung() -> list[str]:
        return [name for queue in app.conf.task_queues for name in emptied(queue.name)]

    rung()
    yield rung
    rung()


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Point the broker to a port where nobody listens, and forget the connections to the real one."""
    monkeypatch.setattr(app.conf, "broker_write_url", NOWHERE)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)


@pytest.fixture
def pump() -> Pump:
    """A pump that has been up for long enough to believe that nobody hears."""
    return Pump(workers_get_s=0)


@pytest.fixture
def organization(clock: Clock) -> Organization:
    """An organization without work or duties."""
    made: Organization = OrganizationFactory()
    return made


def due_rows(organization: Organization, clock: Clock, count: int) -> None:
    """Let so many assignments be due since a moment ago."""
    for _ in range(count):
        AssignmentFactory(organization=organization, due_at=clock.now() - timedelta(seconds=1))


# Doorbells


def test_without_work_nothing_is_rung(pump: Pump, organization: Organization, doorbells: Doorbells):
    pump.round(organization)

    assert doorbells() == []


@pytest.mark.parametrize(("due", "rings"), [(1, 1), (3, 3), (9, 4)])
def test_it_rings_once_a_row_up_to_the_threads_of_a_worker(
    due: int, rings: int, pump: Pump, organization: Organization, clock: Clock, doorbells: Doorbells, settings: Settings
):
    settings.WORKER_THREADS = 4
    due_rows(organization, clock, due)

    pump.round(organization)

    assert doorbells() == ["drain"] * rings


def test_it_does_not_ring_again_at_once(pump: Pump, organization: Organization, clock: Clock, doorbells: Doorbells):
    due_rows(organization, clock, 1)
    pump.round(organization)
    doorbells()

    pump.round(organization)

    assert doorbells() == []


def test_work_that_comes_after_a_rest_is_rung_for_at_once(
    pump: Pump, organization: Organization, clock: Clock, doorbells: Doorbells
):
    due_rows(organization, clock, 1)
    pump.round(organization)
    Assignment.everywhere.update(status=Status.CANCELLED)
    pump.round(organization)
    doorbells()
    due_rows(organization, clock, 1)

    pump.round(organization)

    assert doorbells() == ["drain"]


def test_a_doorbell_carries_an_organization_and_no_row(
    pump: Pump, organization: Organization, clock: Clock, doorbells: Doorbells
):
    due_rows(organization, clock, 1)
    pump.round(organization)

    with app.connection_for_read() as broker:
        queue = broker.SimpleQueue("drain")
        message = queue.get(block=False)
        message.ack()
        queue.close()

    assert message.payload[0] == [organization.pk]
    assert message.payload[1] == {}


def test_it_rings_for_duties_that_are_due(pump: Pump, organization: Organization, doorbells: Doorbells):
    SweepFactory(organization=organization, kind=Sweep.Kind.DISCOVER)
    SweepFactory(organization=organization, kind=Sweep.Kind.CATALOGUE)

    pump.round(organization)

    assert sorted(doorbells()) == ["discover", "sync_catalogue"]


def test_it_rings_for_verification_when_that_is_worth_a_call(
    pump: Pump, organization: Organization, clock: Clock, doorbells: Doorbells
):
    AssignmentFactory(organization=organization, status=Status.APPLIED, due_at=clock.now() - timedelta(minutes=5))

    pump.round(organization)

    assert doorbells() == ["verify"]


def test_it_takes_back_what_dead_workers_held(pump: Pump, organization: Organization, clock: Clock):
    dead = AssignmentFactory(
        organization=organization, status=Status.SENDING, lease_until=clock.now() - timedelta(seconds=1)
    )

    pump.round(organization)

    dead.refresh_from_db()
    assert dead.status == Status.UNKNOWN


def test_while_held_it_rings_for_nothing(pump: Pump, organization: Organization, clock: Clock, doorbells: Doorbells):
    due_rows(organization, clock, 1)
    SweepFactory(organization=organization, kind=Sweep.Kind.DISCOVER)
    CallBudget.objects.update(held_at=clock.now())

    pump.round(organization)

    assert doorbells() == []


# Without a broker


def test_a_broker_that_is_away_costs_a_line_in_the_log(
    pump: Pump, organization: Organization, clock: Clock, no_broker: None, caplog: pytest.LogCaptureFixture
):
    due_rows(organization, clock, 1)

    with caplog.at_level(logging.WARNING):
        pump.round(organization)

    assert "did not take the doorbell drain" in caplog.text


def test_when_nobody_hears_the_pump_does_the_work_itself(
    pump: Pump, centre: Centre, clock: Clock, no_broker: None, caplog: pytest.LogCaptureFixture
):
    centre.publish((ANY_CALL, WANTED))
    Sweep.objects.exclude(kind=Sweep.Kind.DISCOVER).update(due_at=clock.now() + timedelta(days=1))
    first = centre.assign()
    second = centre.call()
    clock.advance(31)

    with caplog.at_level(logging.WARNING):
        pump.round(centre.organization)

    first.refresh_from_db()
    assert "deaf" in caplog.text
    assert first.status == Status.APPLIED
    assert centre.code_on(first) == centre.code(WANTED)
    assert centre.assignment(second).status == Status.PENDING


def test_a_pump_that_has_just_started_gives_workers_time_to_hear(centre: Centre, clock: Clock, no_broker: None):
    assignment = centre.assign()
    clock.advance(31)

    Pump().round(centre.organization)

    assignment.refresh_from_db()
    assert assignment.status == Status.PENDING


class OneRound(Pump):
    """A pump that goes round once."""

    def round(self, organization: Organization) -> None:
        self.stop()
        super().round(organization)


@pytest.mark.django_db(transaction=True)
def test_an_organization_that_cannot_be_worked_stops_none_of_the_others(
    simulator: Any, gateway: Any, clock: Clock, no_broker: None, settings: Settings
):
    settings.PUMP_TICK_S = 0.01
    locked, healthy = (centre_at(simulator, gateway, clock) for _ in range(2))
    assignments = [locked.assign(), healthy.assign()]
    locked.let(client_secret_sealed="does not open")
    Sweep.objects.update(due_at=clock.now() + timedelta(days=1))
    # The pump may take a new connection, which knows nothing of a clock put forward.
    Assignment.everywhere.update(created_at=clock.now() - timedelta(seconds=31))

    OneRound(workers_get_s=0).run()

    for assignment in assignments:
        assignment.refresh_from_db()
    assert [assignment.status for assignment in assignments] == [Status.PENDING, Status.APPLIED]


# What the doorbells set off


def test_a_drain_works_until_nothing_is_due(centre: Centre):
    assignments = [centre.assign() for _ in range(3)]

    tasks.drain.run(centre.organization.pk)

    for assignment in assignments:
        assignment.refresh_from_db()
    assert {assignment.status for assignment in assignments} == {Status.APPLIED}


def test_a_drain_reads_again_what_is_stale_before_it_writes(centre: Centre, clock: Clock):
    assignment = centre.assign()
    clock.advance(centre.organization.fresh_for_s + 1)

    left = drain(centre.organization, gateway=centre.gateway, for_s=10)

    assignment.refresh_from_db()
    assert left is Left.NOTHING
    assert assignment.status == Status.APPLIED


def test_a_drain_that_is_held_leaves_at_once(centre: Centre, clock: Clock):
    centre.assign()
    CallBudget.objects.update(held_at=clock.now())

    assert drain(centre.organization, gateway=centre.gateway, for_s=60) is Left.HELD


def test_a_drain_whose_time_is_up_rings_for_the_rest(centre: Centre, doorbells: Doorbells, settings: Settings):
    settings.DRAIN_FOR_S = 0
    centre.assign()

    tasks.drain.run(centre.organization.pk)

    assert doorbells() == ["drain"]


def test_a_drain_whose_time_is_up_does_not_mind_a_broker_that_is_away(
    centre: Centre, settings: Settings, no_broker: None
):
    settings.DRAIN_FOR_S = 0
    assignment = centre.assign()

    tasks.drain.run(centre.organization.pk)

    assignment.refresh_from_db()
    assert assignment.status == Status.PENDING


def test_the_tasks_find_decide_write_and_prove(centre: Centre, clock: Clock):
    centre.publish((ANY_CALL, WANTED))
    Sweep.objects.update(due_at=clock.now())
    row = centre.call()

    tasks.sync_catalogue.run(centre.organization.pk)
    tasks.discover.run(centre.organization.pk)
    tasks.drain.run(centre.organization.pk)
    centre.settle()
    tasks.verify.run(centre.organization.pk)

    assert centre.assignment(row).status == Status.VERIFIED
    assert centre.code_on(row) == centre.code(WANTED)
    assert centre.effective_changes() == 1


def test_a_worker_s_gateway_reads_by_the_database_s_clock(centre: Centre, clock: Clock):
    row = centre.call()
    clock.advance(3600)

    [seen] = tasks.gateway_to(centre.organization).conversations([row["conversation_id"]])

    assert seen.read_at == clock.now()


def test_a_changed_client_gets_a_new_gateway(centre: Centre):
    before = tasks.gateway_to(centre.organization)
    the_same = tasks.gateway_to(centre.organization)
    centre.organization.client_secret = centre.simulator.rotate_secret()
    centre.organization.save()

    assert the_same is before
    assert tasks.gateway_to(centre.organization) is not before

"""Signs of life: written by the loops of worker, pump and listener, read by pages, metrics and health checks."""

import threading
from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from celery.signals import heartbeat_sent
from django.core.management import CommandError, call_command
from django.db import OperationalError
from pytest_django import Settings

from dashboard.beside import Beside
from tests.factories import HeartbeatFactory, OrganizationFactory
from tests.services.clock import Clock
from wrapups.management.commands.listen import Listeners
from wrapups.models import Heartbeat, Organization
from wrapups.pump import Pump
from wrapups.services import beating
from wrapups.services.beating import SILENT_AFTER_S, Pulse, last_beats

WORKER, PUMP, LISTENER = Heartbeat.Kind.WORKER, Heartbeat.Kind.PUMP, Heartbeat.Kind.LISTENER


def test_a_process_has_one_row_however_often_it_beats(clock: Clock):
    first = Pulse(PUMP)
    first.beat()
    clock.advance_database(20)
    Pulse(PUMP).beat()

    [row] = Heartbeat.objects.all()
    assert (row.kind, row.host, row.beat_at) == ("pump", beating.this_host(), clock.now())


def test_between_two_beats_nothing_is_asked_of_the_database(clock: Clock, django_assert_num_queries):
    pulse = Pulse(PUMP)
    pulse.beat()

    with django_assert_num_queries(0):
        pulse.beat()


def test_who_has_been_silent_for_a_day_is_forgotten_when_another_begins(clock: Clock):
    HeartbeatFactory(kind=PUMP, beat_at=clock.now())
    clock.advance_database(86_401)

    Pulse(PUMP).beat()

    assert [row.beat_at for row in Heartbeat.objects.all()] == [clock.now()]


def test_the_last_of_a_kind_is_not_forgotten_however_long_it_is_silent(clock: Clock):
    died_at = clock.now()
    for earlier_s in (0, 60):
        HeartbeatFactory(kind=WORKER, beat_at=died_at - timedelta(seconds=earlier_s))
    clock.advance_database(86_401)

    Pulse(PUMP).beat()

    assert last_beats() == {WORKER: died_at, PUMP: clock.now()}
    assert Heartbeat.objects.count() == 2


def test_the_latest_of_each_kind_counts(clock: Clock):
    for host in ("one", "two"):
        HeartbeatFactory(kind=WORKER, host=host, beat_at=clock.now())
        clock.advance_database(5)
    HeartbeatFactory(kind=PUMP, beat_at=clock.now())

    latest = last_beats()

    assert (latest[PUMP] - latest[WORKER]).total_seconds() == 5


class OneRound(Pump):
    """A pump that goes round once."""

    def round(self, organization: Organization) -> None:
        self.stop()


@pytest.mark.django_db(transaction=True)
def test_a_pump_shows_that_it_goes_round(settings: Settings):
    settings.PUMP_TICK_S = 0.01
    OrganizationFactory()

    OneRound().run()

    assert set(last_beats()) == {PUMP}


@pytest.mark.django_db(transaction=True)
def test_a_listener_shows_that_it_goes_round():
    Listeners().look()

    assert set(last_beats()) == {LISTENER}


def alive(kind: str) -> str:
    said = StringIO()
    call_command("alive", kind, stdout=said)
    return said.getvalue().strip()


def test_a_health_check_passes_while_the_process_on_this_machine_beats(clock: Clock):
    Pulse(WORKER).beat()
    clock.advance_database(SILENT_AFTER_S - 1)

    assert alive("worker") == "The worker is alive."


@pytest.mark.parametrize("other", [{"kind": PUMP}, {"host": "another"}])
def test_a_health_check_does_not_take_another_process_for_the_one(clock: Clock, other: dict[str, str]):
    HeartbeatFactory(**{"kind": WORKER, "host": beating.this_host(), "beat_at": clock.now(), **other})

    with pytest.raises(CommandError, match=r"No worker on .* has shown a sign of life for 45 s"):
        alive("worker")


def test_a_health_check_fails_when_the_process_falls_silent(clock: Clock):
    Pulse(PUMP).beat()
    clock.advance_database(SILENT_AFTER_S)

    with pytest.raises(CommandError, match="Restart it"):
        alive("pump")


@pytest.mark.django_db(transaction=True)
def test_a_round_of_the_workers_loop_is_written_down_beside_it():
    beside = Beside(Pulse(WORKER).beat)
    beside.start()

    heartbeat_sent.send(sender=None)
    beside.stop()

    assert set(last_beats()) == {WORKER}


def go_round(*, until: Callable[[], bool] = lambda: True) -> None:
    """Let a worker's loop go round, again and again until it holds."""
    for _ in range(1000):
        heartbeat_sent.send(sender=None)
        if until():
            return
        threading.Event().wait(0.01)
    raise AssertionError("It has not come true.")


def test_while_something_is_under_way_beside_the_loop_it_is_not_begun_again():
    begun, go_on = threading.Event(), threading.Event()
    times: list[int] = []

    def act() -> None:
        times.append(1)
        begun.set()
        go_on.wait(20)

    beside = Beside(act)
    beside.start()
    go_round(until=begun.is_set)
    go_round()
    go_on.set()
    beside.stop()
    go_round()

    assert len(times) == 1


def test_what_is_done_now_and_then_is_not_done_before_its_time():
    times: list[int] = []
    beside = Beside(lambda: times.append(1), every_s=3600)
    beside.start()

    go_round()
    beside.stop()

    assert times == []


@pytest.mark.parametrize("error", [OperationalError("no route"), ValueError("of ours")], ids=["database", "ours"])
def test_what_fails_beside_the_loop_is_said_and_tried_again(error: Exception, caplog: pytest.LogCaptureFixture):
    times: list[int] = []

    def act() -> None:
        times.append(1)
        raise error

    beside = Beside(act)
    beside.start()
    go_round(until=lambda: len(times) > 1)
    beside.stop()

    said = [record for record in caplog.records if record.name == "dashboard.beside"]
    assert {"act" in record.getMessage() for record in said} == {True}
    assert {record.exc_info is not None for record in said} == {isinstance(error, ValueError)}

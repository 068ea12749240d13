"""The pump's doorbells for work: enough for each thread without work and no more."""

import json
from collections.abc import Callable, Iterator

import pytest
import redis
from django.conf import settings

from dashboard.embedded.places import Places
from tests.factories import AssignmentFactory, AttemptFactory, OrganizationFactory
from wrapups import pump
from wrapups.models import Assignment, Organization
from wrapups.models.clock import app_now
from wrapups.pump import Pump

QUEUE = "wrapups:drain"

Doorbells = Callable[[], int]


@pytest.fixture
def doorbells(db: None, services: Places) -> Iterator[Doorbells]:
    """Tell how often workers have been called to work since the last question: the broker's own answer."""
    with redis.Redis(unix_socket_path=str(services.valkey_socket)) as broker:

        def rung() -> int:
            messages = [json.loads(each) for each in broker.lrange(QUEUE, 0, -1)]
            broker.delete(QUEUE)
            return sum(message["headers"]["task"] == "wrapups.tasks.drain" for message in messages)

        rung()
        yield rung
        rung()


@pytest.fixture(autouse=True)
def never_too_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pump ring in every round."""
    monkeypatch.setattr(pump, "RING_EVERY_S", 0.0)


def backlog(rows: int) -> Organization:
    """Return an organization with so many assignments that are due."""
    organization: Organization = OrganizationFactory()
    AssignmentFactory.create_batch(rows, organization=organization)
    return organization


def working(organization: Organization, *threads: str) -> None:
    """Let these threads have begun a write just now."""
    for thread in threads:
        AttemptFactory(
            assignment=Assignment.everywhere.filter(organization=organization).first(),
            worker=thread,
            started_at=app_now(),
        )


def test_work_that_appears_is_rung_for_at_once_as_often_as_a_worker_has_threads(doorbells: Doorbells):
    organization = backlog(settings.WORKER_THREADS + 1)

    Pump().round(organization)

    assert doorbells() == settings.WORKER_THREADS


def test_a_single_row_needs_a_single_doorbell(doorbells: Doorbells):
    organization = backlog(1)

    Pump().round(organization)

    assert doorbells() == 1


def test_a_backlog_all_threads_work_on_is_not_rung_for_again(doorbells: Doorbells):
    organization, rounds = backlog(settings.WORKER_THREADS + 1), Pump()
    rounds.round(organization)
    doorbells()
    working(organization, *(f"thread-{n}" for n in range(settings.WORKER_THREADS)))

    rounds.round(organization)

    assert doorbells() == 0


def test_a_backlog_is_rung_for_again_for_each_thread_whose_doorbell_was_lost(doorbells: Doorbells):
    organization, rounds = backlog(settings.WORKER_THREADS + 1), Pump()
    rounds.round(organization)
    doorbells()
    working(organization, "thread-1")

    rounds.round(organization)

    assert doorbells() == settings.WORKER_THREADS - 1


def test_work_after_idleness_is_rung_for_although_the_threads_have_only_just_finished(doorbells: Doorbells):
    organization, rounds = OrganizationFactory(), Pump()
    rounds.round(organization)
    AssignmentFactory(organization=organization)
    working(organization, *(f"thread-{n}" for n in range(settings.WORKER_THREADS)))

    rounds.round(organization)

    assert doorbells() == 1

"""F33 under load: several workers are at full pace when a person pauses everything."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from tests.factories import PersonFactory
from tests.faults.conftest import Connected
from tests.faults.witness import assign_many, verified, violations, work_until_through
from tests.services.centre import Centre
from wrapups.models import Attempt
from wrapups.services import pausing
from wrapups.services.auditing import Actor
from wrapups.services.draining import Left, drain

WORKERS = 4
ROWS = 40


@pytest.mark.django_db(transaction=True)
def test_once_a_pause_is_on_record_no_worker_begins_another_call(steady: Centre, connected: Connected):
    """An attempt is on record before its call leaves: what was not on record when the pause was never left."""
    steady.let(burst=50, calls_per_minute=3000)
    assign_many(steady, ROWS)
    actor = Actor(PersonFactory())

    def work() -> Left:
        try:
            return drain(steady.organization, gateway=connected(deadline_s=5), for_s=60)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        workers = [pool.submit(work) for _ in range(WORKERS)]
        while len(_begun()) < WORKERS:
            time.sleep(0.005)
        pausing.hold(steady.organization, actor=actor, reason="Genesys maintenance")
        begun = _begun()
        left = [worker.result(60) for worker in workers]
    written = steady.effective_changes()
    after = _begun()
    pausing.resume(steady.organization, actor=actor)
    work_until_through(steady)

    assert left == [Left.HELD] * WORKERS
    assert after == begun
    assert written <= len(begun) < ROWS
    assert verified(steady) == ROWS
    assert violations(steady) == []


def _begun() -> set[int]:
    return set(Attempt.objects.values_list("pk", flat=True))

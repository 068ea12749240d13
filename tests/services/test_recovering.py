"""Taking back what a dead worker held, while the worker turns out to be alive."""

import threading
from contextlib import closing

import pytest
from django.db import connection, transaction

from tests.services.centre import Centre
from wrapups.domain.status import Status
from wrapups.models import Assignment
from wrapups.models.clock import AppNow, Seconds
from wrapups.services.dispatching import recover_expired
from wrapups.services.moving import move

PATIENCE_S = 10


@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_finished_and_claimed_anew_while_it_is_being_taken_back_is_left_alone(centre: Centre):
    assignment = centre.assign()
    claimed = centre.claim()
    Assignment.everywhere.filter(pk=assignment.pk).update(lease_until=AppNow() - Seconds(1))
    recovered: list[int] = []

    def take_back() -> None:
        with closing(connection):
            recovered.append(recover_expired(centre.organization))

    sweeper = threading.Thread(target=take_back)
    with transaction.atomic():
        Assignment.everywhere.select_for_update().get(pk=assignment.pk)
        sweeper.start()
        until_somebody_waits_for_a_lock()
        move(assignment.pk, Status.SENDING, Status.PENDING, under_fence=claimed.fence)
        move(assignment.pk, Status.PENDING, Status.SENDING, fence=claimed.fence + 1, lease_until=AppNow() + Seconds(90))
    sweeper.join(PATIENCE_S)

    assignment.refresh_from_db()
    assert recovered == [0]
    assert (assignment.status, assignment.crash_count) == (Status.SENDING, 0)


def until_somebody_waits_for_a_lock() -> None:
    """Wait until another connection of this database is held up by ours."""
    for _ in range(PATIENCE_S * 20):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            [(waiting,)] = cursor.fetchall()
        if waiting:
            return
        threading.Event().wait(0.05)
    raise AssertionError("nobody has waited for the lock in ten seconds")

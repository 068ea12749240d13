"""Two at work on one conversation at the same moment: neither waits for the other for ever, and nothing is missed."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from tests.services.centre import ANY_CALL, OTHER, WANTED, Centre, when
from tests.services.clock import Clock
from wrapups.domain.status import Status
from wrapups.models import Attempt, Communication
from wrapups.services import applying
from wrapups.services.intake import record_disposition

pytestmark = pytest.mark.django_db(transaction=True)


class Somebody:
    """Somebody else, on a connection of their own, who has got as far as they can when this object is there."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._acting = ThreadPoolExecutor(1).submit(self._act, act)
        for _ in range(200):
            if self._acting.done() or _somebody_waits():
                return
            threading.Event().wait(0.05)

    def finish(self) -> None:
        """Let them finish; raise what they met."""
        self._acting.result(30)

    def _act(self, act: Callable[[], object]) -> None:
        try:
            act()
        finally:
            connection.close()


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND datname = current_database())"
        )
        return bool(cursor.fetchone()[0])


def test_what_is_said_while_a_conversation_is_first_decided_is_heard(centre: Centre, clock: Clock):
    centre.publish((when("disposition.crm", "is", "REF-OK"), WANTED), (ANY_CALL, OTHER))
    row = centre.call()
    said = {"source": "crm", "event_id": "1", "conversation_id": row["conversation_id"], "code": "REF-OK"}

    with transaction.atomic():
        centre.decide(row)
        crm = Somebody(lambda: record_disposition(centre.organization, **said, said_at=clock.now()))
    crm.finish()

    assert centre.assignment(row).wrapup_code.name == WANTED


def test_a_read_that_is_finished_while_its_conversation_is_decided_waits_for_it(centre: Centre, clock: Clock):
    assignment = centre.assign()
    centre.let(read_first=True)
    clock.advance(20)
    claim = centre.claim()

    with transaction.atomic():
        Communication.everywhere.select_for_update().get(pk=assignment.communication_id)  # as deciding begins
        worker = Somebody(lambda: applying.finish(claim, centre.organization, None, None, duration_ms=1))
        centre.decide(assignment.communication.conversation.conversation_id)
    worker.finish()

    assignment.refresh_from_db()
    assert claim.kind == Attempt.Kind.READ
    assert assignment.status == Status.PENDING

"""F10 to F15, F34, F42: PostgreSQL cuts a connection in mid-COMMIT, forgets, is locked, is full: nothing is lost."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from tests.factories import AssignmentFactory, PersonFactory
from tests.faults.toxic_proxy import Toxic, ToxicProxy, proxied
from tests.faults.witness import assign_many, statuses, verified, violations, work_until_through
from tests.services.centre import ANY_CALL, WANTED, WORKER, Centre
from wrapups.domain.status import Status
from wrapups.models import Act, Assignment
from wrapups.services import applying, catching_up, draining, retrying
from wrapups.services.auditing import Actor
from wrapups.services.dispatching import Idle, claim_next

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def wire_to_database(db: None) -> Iterator[ToxicProxy]:
    """A way to the test's database that can be spoiled."""
    folder = Path(connection.settings_dict["HOST"])
    if not folder.is_absolute():
        pytest.skip("the proxy stands before a PostgreSQL on a unix socket")
    with proxied(folder / ".s.PGSQL.5432") as proxy:
        yield proxy


def elsewhere(act: Callable[[], object], *, through: ToxicProxy | None = None) -> BaseException | None:
    """Do something on a database connection of its own; return what it raised."""
    raised: list[BaseException] = []

    def run() -> None:
        if through is not None:
            address = {"HOST": "127.0.0.1", "PORT": str(through.port)}
            connection.settings_dict = {**connection.settings_dict, **address}
        try:
            act()
        except DatabaseError as error:
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(60)
    return raised[0] if raised else None


# F12, where the connection is cut in the middle of a COMMIT


@pytest.mark.parametrize("committed", [False, True], ids=["before it arrives", "before its answer"])
def test_a_commit_whose_outcome_is_unknown_costs_no_second_write(
    committed: bool, steady: Centre, wire_to_database: ToxicProxy
):
    steady.assign()

    def work() -> None:
        claimed = steady.claim()
        wire_to_database.toxic = Toxic("reset_peer", when=b"COMMIT", lets_it_pass=committed)
        applying.apply(claimed, steady.organization, gateway=steady.gateway)

    raised = elsewhere(work, through=wire_to_database)
    left_behind = statuses(steady)
    work_until_through(steady)

    assert isinstance(raised, OperationalError)
    assert left_behind == [Status.APPLIED if committed else Status.SENDING]
    assert verified(steady) == 1
    assert len(steady.simulator.ledger()) == 1
    assert violations(steady) == []


def test_a_claim_whose_commit_is_unknown_is_nobody_s_until_its_lease_ends(steady: Centre, wire_to_database: ToxicProxy):
    steady.assign()

    def work() -> None:
        connection.ensure_connection()
        wire_to_database.toxic = Toxic("reset_peer", when=b"COMMIT", lets_it_pass=True)
        steady.claim()

    raised = elsewhere(work, through=wire_to_database)
    meanwhile = claim_next(steady.organization, worker=WORKER)
    work_until_through(steady)

    assert isinstance(raised, OperationalError)
    assert isinstance(meanwhile, Idle)
    assert verified(steady) == 1
    assert len(steady.simulator.ledger()) == 1


# F13, where the last commits are gone, as after a failover to a replica that lags


def test_a_forgotten_finish_is_healed_by_reading(steady: Centre):
    steady.assign()
    claimed = steady.claim()

    with transaction.atomic():
        applying.apply(claimed, steady.organization, gateway=steady.gateway)
        transaction.set_rollback(True)
    work_until_through(steady)

    assert verified(steady) == 1
    assert len(steady.simulator.ledger()) == 1


def test_a_forgotten_claim_costs_the_same_write_again_and_changes_nothing(steady: Centre):
    """The one case in which we cannot know that we had written: what knew it is gone."""
    steady.assign()

    with transaction.atomic():
        applying.apply(steady.claim(), steady.organization, gateway=steady.gateway)
        transaction.set_rollback(True)
    work_until_through(steady)

    assert verified(steady) == 1
    assert len(steady.simulator.ledger()) == 2
    assert steady.effective_changes() == 1


def test_a_forgotten_conversation_is_found_again_by_going_through_the_last_day(steady: Centre):
    with transaction.atomic():
        forgotten = steady.assign()
        transaction.set_rollback(True)
    steady.publish((ANY_CALL, WANTED))

    found = catching_up.reconcile(steady.organization, gateway=steady.gateway)
    work_until_through(steady)

    assert not Assignment.everywhere.filter(pk=forgotten.pk, created_at=forgotten.created_at).exists()
    assert found == 1
    assert verified(steady) == 1


# F14, where somebody holds a lock for long


def test_a_lock_that_somebody_holds_is_not_waited_for_and_nothing_is_lost(steady: Centre):
    steady.assign()
    name = connection.settings_dict["NAME"]
    address = {"host": connection.settings_dict["HOST"], "dbname": name, "user": connection.settings_dict["USER"]}

    with psycopg.connect(**address) as somebody:
        somebody.execute("LOCK TABLE wrapups_assignment")
        raised = elsewhere(lambda: claim_next(steady.organization, worker=WORKER))
        somebody.rollback()
    work_until_through(steady)

    assert "lock timeout" in str(raised)
    assert verified(steady) == 1


# F15, where a bulk retry meets workers


def test_a_bulk_retry_by_two_people_among_working_workers_is_one_and_deadlocks_nobody(steady: Centre):
    rows = assign_many(steady, 30)
    steady.simulator.fault("status", operations=["POST */wrapup"], status=400)
    work_until_through(steady)
    steady.simulator.clear_faults()
    failed = [row.pk for row in rows]
    fresh = [steady.assign() for _ in range(10)]
    actors = [Actor(PersonFactory()) for _ in range(2)]

    retried: list[int] = []
    troubles: list[BaseException | None] = []

    def press(actor: Actor) -> None:
        done = retrying.retry_all(steady.organization, failed, actor=actor, reason="The queue offers the code again.")
        retried.append(done.sent_again + done.read_first)

    def work() -> None:
        draining.drain(steady.organization, gateway=steady.gateway, for_s=20)

    acts = [*(lambda actor=actor: press(actor) for actor in actors), work, work]
    people = [threading.Thread(target=lambda act=act: troubles.append(elsewhere(act))) for act in acts]
    for person in people:
        person.start()
    for person in people:
        person.join(60)
    work_until_through(steady)

    assert troubles == [None] * 4
    assert sorted(retried) == [0, len(failed)]
    assert set(Assignment.everywhere.filter(pk__in=failed).values_list("retry_epoch", flat=True)) == {1}
    assert verified(steady) == len(failed) + len(fresh)
    assert steady.effective_changes() == len(failed) + len(fresh)


# F34, where there is no room for another row


@contextmanager
def disk_full() -> Iterator[None]:
    """Let PostgreSQL answer what changes an assignment as it does when no file can grow any more."""
    with connection.cursor() as cursor:
        cursor.execute(_NO_ROOM)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION no_room CASCADE")


_NO_ROOM = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'could not extend file "base/1/2": No space left on device' USING ERRCODE = 'disk_full';
    END $$;
    CREATE TRIGGER no_room BEFORE INSERT OR UPDATE ON wrapups_assignment
        FOR EACH STATEMENT EXECUTE FUNCTION no_room();
"""


def test_with_a_full_disk_nothing_is_sent_that_could_not_be_put_on_record(steady: Centre):
    steady.assign()

    with disk_full():
        raised = elsewhere(lambda: draining.drain(steady.organization, gateway=steady.gateway, for_s=5))
        sent = len(steady.simulator.ledger())
    work_until_through(steady)

    assert (type(raised.__cause__), sent) == (psycopg.errors.DiskFull, 0)
    assert verified(steady) == 1
    assert violations(steady) == []


def test_what_was_sent_and_found_no_room_for_its_outcome_is_read_back_and_not_sent_again(steady: Centre):
    steady.assign()
    claimed = steady.claim()

    with disk_full():
        raised = elsewhere(lambda: applying.apply(claimed, steady.organization, gateway=steady.gateway))
    left_behind = statuses(steady)
    work_until_through(steady)

    assert isinstance(raised.__cause__, psycopg.errors.DiskFull)
    assert left_behind == [Status.SENDING]
    assert (verified(steady), len(steady.simulator.ledger())) == (1, 1)
    assert violations(steady) == []


# F42, where the audit cannot be written


@contextmanager
def audit_refusing() -> Iterator[None]:
    """Let the audit take no further entry."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE wrapups_auditentry ADD CONSTRAINT nothing_more CHECK (false) NOT VALID")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE wrapups_auditentry DROP CONSTRAINT nothing_more")


def test_what_cannot_be_audited_does_not_happen(steady: Centre):
    assignment = steady.assign()

    with audit_refusing():
        refused = elsewhere(lambda: claim_next(steady.organization, worker=WORKER))
        left_behind = statuses(steady)
    work_until_through(steady)

    assert isinstance(refused, IntegrityError)
    assert left_behind == [Status.PENDING]
    assert verified(steady) == 1
    assert steady.code_on(assignment) == steady.code(WANTED)
    assert violations(steady) == []


def test_what_a_person_does_is_undone_where_it_cannot_be_audited(steady: Centre):
    failed = AssignmentFactory(organization=steady.organization, failed=True)
    actor = Actor(PersonFactory())

    with audit_refusing():
        refused = elsewhere(lambda: retrying.retry(failed, actor=actor))

    assert isinstance(refused, IntegrityError)
    assert statuses(steady) == [Status.FAILED]
    assert not Act.objects.exists()

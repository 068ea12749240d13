"""F1, F36, F37: a worker that dies at any point leaves a row that recovers by itself, with no write too many."""

import asyncio
import os
import resource
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection, transaction
from pytest_django import Settings

from tests.faults.conftest import Connected
from tests.faults.deaths import end_of, forked, killed
from tests.faults.witness import assign_many, statuses, verified, violations, work_until_through
from tests.services.centre import WANTED, WORKER, Centre
from tests.services.clock import Clock
from wrapups.domain.status import FailReason, Status
from wrapups.models import Assignment, Attempt
from wrapups.services import applying
from wrapups.services.dispatching import claim_next, recover_expired

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 20
KIB, MIB = 2**10, 2**20
STANDS_STILL_S = 2
WRITES = ["POST */wrapup"]


@dataclass(frozen=True)
class Cost:
    """What delivering all rows took: workers' deaths on record, writes that arrived, and reads of single rows."""

    deaths: int
    writes: int
    reads: int


COSTS = {
    "none": Cost(0, ROWS, 0),
    "K0": Cost(0, ROWS, 0),  # before the claim is committed
    "K1": Cost(ROWS, ROWS, ROWS),  # claimed, nothing sent
    "K2": Cost(ROWS, ROWS, ROWS),  # in the middle of the request
    "K3": Cost(ROWS, ROWS, ROWS),  # answered, nothing stored
    "K4a": Cost(ROWS, ROWS, ROWS),  # finishing, nothing changed yet
    "K4b": Cost(ROWS, ROWS, ROWS),  # changed, not committed
    "K5": Cost(0, ROWS, 0),  # committed
}


def work_one(centre: Centre, connected: Connected) -> None:
    """Claim one row and make its call, as one turn of a drain."""
    claimed = centre.claim()
    applying.apply(claimed, centre.organization, gateway=connected(deadline_s=10))


def die_before_commit(centre: Centre) -> None:
    """Claim one row, and be gone before the claim is committed."""
    with transaction.atomic():
        claim_next(centre.organization, worker=WORKER)
        os.kill(os.getpid(), signal.SIGKILL)


def die_in_the_request(centre: Centre, connected: Connected, clock: Clock) -> int:
    """Let a worker write, and kill it as soon as Genesys has the write and has not answered."""
    before = len(centre.simulator.ledger())
    child = forked(lambda: work_one(centre, connected), clock=clock)
    for _ in range(500):
        if len(centre.simulator.ledger()) > before:
            return killed(child)
        threading.Event().wait(0.02)
    raise AssertionError(f"The write never arrived; the child ended with {killed(child)}.")


def backend() -> int:
    """Return the process that serves this process's connection in PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@contextmanager
def all_memory_taken(*, but: int) -> Iterator[None]:
    """Leave this process so many bytes that it may still take up. It cannot be undone: for a child that ends."""
    left = bytearray(but)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used, used))
    taken: list[bytearray] = []
    for size in (MIB, 64 * KIB, 4 * KIB, 512):
        with suppress(MemoryError):
            while True:
                taken.append(bytearray(size))
    del left
    yield


def cost_of(centre: Centre) -> Cost:
    return Cost(
        deaths=sum(Assignment.everywhere.of(centre.organization).values_list("crash_count", flat=True)),
        writes=len(centre.simulator.ledger()),
        reads=Attempt.objects.filter(organization=centre.organization, kind=Attempt.Kind.READ).count(),
    )


@pytest.mark.parametrize("point", COSTS)
def test_a_death_at_any_point_costs_reads_and_never_a_write(
    point: str, steady: Centre, connected: Connected, clock: Clock, settings: Settings
):
    assign_many(steady, ROWS)
    settings.CRASH_AT = point
    if point == "K2":
        steady.simulator.fault("hang_after", operations=WRITES, seconds=1.0)

    for _ in range(ROWS):
        if point == "K2":
            ended = die_in_the_request(steady, connected, clock)
        elif point == "K0":
            ended = end_of(forked(lambda: die_before_commit(steady), clock=clock))
        else:
            ended = end_of(forked(lambda: work_one(steady, connected), clock=clock))
        assert ended == (0 if point == "none" else -signal.SIGKILL)
    settings.CRASH_AT = ""
    steady.simulator.clear_faults()
    work_until_through(steady)

    assert cost_of(steady) == COSTS[point]
    assert verified(steady) == ROWS
    assert steady.effective_changes() == ROWS
    assert violations(steady) == []


def test_a_child_leaves_its_parents_connection_alone_when_an_event_loop_runs_in_the_parent(clock: Clock):
    def before_within_and_after_a_loop() -> tuple[int, int, int]:
        of_the_parent = backend()

        def connect_anew() -> None:
            assert backend() != of_the_parent

        async def fork_below_the_loop() -> int:
            try:
                return end_of(forked(connect_anew, clock=clock))
            finally:
                connection.close()  # the loop's own, which the clock has opened

        try:
            return of_the_parent, asyncio.run(fork_below_the_loop()), backend()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:  # a browser test may have left a loop in this one
        before, ended, after = thread.submit(before_within_and_after_a_loop).result()

    assert (ended, after) == (0, before)


def test_a_row_that_kills_every_worker_is_set_apart_after_three_and_the_others_go_on(
    steady: Centre, connected: Connected, clock: Clock, settings: Settings
):
    poisonous, *_ = assign_many(steady, 3)
    Assignment.everywhere.exclude(pk=poisonous.pk).update(due_at=clock.now().replace(year=2100))
    settings.CRASH_AT = "K1"

    deaths = []
    while statuses(steady)[0] != Status.FAILED:
        deaths.append(end_of(forked(lambda: work_one(steady, connected), clock=clock)))
        for _ in range(2):  # the lease runs out; the settle time passes
            clock.advance(settings.LEASE_S + 1)
            recover_expired(steady.organization)
    settings.CRASH_AT = ""
    Assignment.everywhere.exclude(pk=poisonous.pk).update(due_at=clock.now())
    work_until_through(steady)

    poisonous.refresh_from_db()
    assert deaths == [-signal.SIGKILL] * 3
    assert poisonous.reason == FailReason.QUARANTINED
    assert verified(steady) == 2
    assert steady.code_on(poisonous) is None


def test_a_worker_without_file_descriptors_sends_nothing_and_loses_nothing(
    steady: Centre, connected: Connected, clock: Clock
):
    assignment = steady.assign()

    def starved() -> None:
        claimed = steady.claim()
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # what is open stays; nothing else can be opened
        applying.apply(claimed, steady.organization, gateway=door)

    door = connected(deadline_s=2)
    ended = end_of(forked(starved, clock=clock))
    sent = len(steady.simulator.ledger())
    work_until_through(steady)

    assert (ended, sent) == (0, 0)
    assert steady.code_on(assignment) == steady.code(WANTED)
    assert steady.effective_changes() == 1


@pytest.mark.parametrize("spare", [0, 512 * KIB])
def test_a_worker_that_runs_out_of_memory_writes_nothing_twice_and_loses_nothing(
    spare: int, steady: Centre, connected: Connected, clock: Clock
):
    """Wherever the allocation fails that is one too many: in the call, at its answer, or while it is stored.

    Python itself may stand still then, waiting for a thread that could not begin; whoever runs it ends it.
    """
    assignment = steady.assign()
    door = connected(deadline_s=10)

    def starved() -> None:
        claimed = steady.claim()
        signal.alarm(STANDS_STILL_S)
        with all_memory_taken(but=spare):
            applying.apply(claimed, steady.organization, gateway=door)

    ended = end_of(forked(starved, clock=clock))
    outcome = Attempt.objects.get(assignment=assignment).outcome
    work_until_through(steady)

    assert spare > 0 or ended != 0 or outcome == "bug"
    assert verified(steady) == 1
    assert steady.code_on(assignment) == steady.code(WANTED)
    assert steady.effective_changes() == 1
    assert violations(steady) == []

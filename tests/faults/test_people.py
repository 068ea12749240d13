"""F26 to F33: what people and other systems do at the same time, twice, or in the wrong order."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from tests.factories import AssignmentFactory, PersonFactory
from tests.faults.witness import assign_many, statuses, verified, violations, work_until_through
from tests.services.centre import ANY_CALL, OTHER, WANTED, WORKER, Centre, when
from tests.services.clock import Clock
from wrapups.domain.status import Lane, Status
from wrapups.models import Assignment, Attempt, Disposition, MappingRule
from wrapups.services import applying, pausing
from wrapups.services.auditing import Actor
from wrapups.services.budgeting import Held
from wrapups.services.dispatching import Claim, Idle, claim_next
from wrapups.services.intake import record_disposition

AT_ONCE = 8
ROUNDS = 25
REPETITIONS = 100


def at_once(act: Callable[[], object], *, people: int = AT_ONCE) -> list[object]:
    """Let so many do the same at the same moment, each on a connection of their own; return what each got."""
    ready = threading.Barrier(people)
    got: list[object] = []

    def run() -> None:
        connection.ensure_connection()
        ready.wait(30)
        try:
            got.append(act())
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return got


# F26, F27, F28, by the door there is: what outside systems say


@pytest.mark.django_db(transaction=True)
def test_what_is_said_a_hundred_times_at_once_is_said_once(steady: Centre, clock: Clock):
    row = steady.call()
    now = clock.now()

    def say() -> bool:
        return record_disposition(
            steady.organization,
            source="crm",
            event_id="case-1",
            conversation_id=row["conversation_id"],
            code="REF-OK",
            said_at=now,
        )

    got = [new for _ in range(REPETITIONS // AT_ONCE + 1) for new in at_once(say)]

    assert Counter(got) == {True: 1, False: len(got) - 1}
    assert Disposition.everywhere.count() == 1


def test_an_older_word_that_arrives_later_does_not_undo_a_newer_one(steady: Centre, clock: Clock):
    steady.publish((when("disposition.crm", "is", "NEW"), WANTED), (ANY_CALL, OTHER))
    row = steady.call()
    steady.decide(row)

    for code, ago in (("NEW", 10), ("OLD", 20)):
        record_disposition(
            steady.organization,
            source="crm",
            event_id=code,
            conversation_id=row["conversation_id"],
            code=code,
            said_at=clock.now() - timedelta(seconds=ago),
        )

    assert steady.assignment(row).wrapup_code.name == WANTED


# F30, where many workers race for one row


@pytest.mark.django_db(transaction=True)
def test_of_many_who_race_for_one_row_one_gets_it(steady: Centre):
    steady.let(burst=50)
    for _ in range(ROUNDS):
        AssignmentFactory(organization=steady.organization, communication__read_at=steady.clock.now())

        got = at_once(lambda: claim_next(steady.organization, worker=WORKER))

        assert sum(isinstance(each, Claim) for each in got) == 1
    fences = Counter(Attempt.objects.values_list("assignment", "fence"))
    assert set(fences.values()) == {1}


# F32, where rules change under way


def test_rows_on_their_way_keep_the_rules_that_decided_them(steady: Centre):
    first = steady.publish((ANY_CALL, WANTED))
    rows = assign_many(steady, 4)
    steady.apply()

    second = steady.publish((ANY_CALL, OTHER))
    later = steady.assign()
    work_until_through(steady)

    for row in rows:
        row.refresh_from_db()
    assert {(row.release_id, row.wrapup_code.name) for row in rows} == {(first.pk, WANTED)}
    assert (later.release_id, steady.code_on(later)) == (second.pk, steady.code(OTHER))
    assert {steady.code_on(row) for row in rows} == {steady.code(WANTED)}
    assert violations(steady) == []


# F33, where a person pauses everything


def test_after_a_pause_is_on_record_no_call_begins_and_the_one_under_way_finishes(steady: Centre):
    assign_many(steady, 3)
    actor = Actor(PersonFactory())
    under_way = steady.claim()

    pausing.hold(steady.organization, actor=actor, reason="Genesys maintenance")
    outcome = applying.apply(under_way, steady.organization, gateway=steady.gateway)
    answer = claim_next(steady.organization, worker=WORKER)
    paused = Counter(statuses(steady))
    pausing.resume(steady.organization, actor=actor)
    work_until_through(steady)

    assert outcome == Status.APPLIED
    assert isinstance(answer, Held)
    assert paused == {Status.APPLIED: 1, Status.PENDING: 2}
    assert not Assignment.everywhere.exclude(write_count=1).exists()
    assert verified(steady) == 3


@pytest.mark.parametrize("part", ["lane", "rule"])
def test_after_a_lane_or_a_rule_is_paused_nothing_of_it_begins_and_all_is_done_afterwards(part: str, steady: Centre):
    assign_many(steady, 3)
    organization, actor, why = steady.organization, Actor(PersonFactory()), "The CRM sends nonsense"
    identity = MappingRule.everywhere.get().identity
    under_way = steady.claim()

    if part == "lane":
        pausing.hold_lane(organization, Lane.FRESH, actor=actor, reason=why)
    else:
        pausing.hold_rule(organization, identity, actor=actor, reason=why)
    outcome = applying.apply(under_way, organization, gateway=steady.gateway)
    steady.settle()
    read_back, answer = steady.verify(), claim_next(organization, worker=WORKER)
    paused = Counter(statuses(steady))
    pausing.resume_lane(organization, Lane.FRESH, actor=actor)
    pausing.resume_rule(organization, identity, actor=actor)
    work_until_through(steady)

    assert (outcome, read_back) == (Status.APPLIED, 1)
    assert isinstance(answer, Idle)
    assert paused == {Status.VERIFIED: 1, Status.PENDING: 2}
    assert not Assignment.everywhere.exclude(write_count=1).exists()
    assert verified(steady) == 3

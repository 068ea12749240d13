"""Pausing a lane or a rule: nothing of it is begun from then on, nothing of it is lost, and everything else goes on."""

import threading
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tests.factories import AssignmentFactory, MappingRuleFactory, OrganizationFactory, PersonFactory, put_in_force
from tests.services.centre import ANY_CALL, PLENTY, WANTED, WORKER, Centre
from tests.services.clock import Clock
from wrapups.domain.status import Lane, Status
from wrapups.models import Act, Assignment, Attempt, AuditEntry, CallBudget, MappingRule, Organization, WorkHold
from wrapups.services import draining, pausing, watching
from wrapups.services.auditing import Actor
from wrapups.services.budgeting import Granted, Purpose, Wait, take_call
from wrapups.services.dispatching import READS_SHARE, Claim, Idle, claim_next
from wrapups.services.held_work import HeldWork
from wrapups.services.listing import fresh_work_is_due
from wrapups.services.refreshing import refresh

THREADS, ROWS = 4, 60


@pytest.fixture
def actor(db: None) -> Actor:
    """Somebody on duty."""
    return Actor(PersonFactory(first_name="Ada"))


def due(centre: Centre, **columns: object) -> Assignment:
    """Return an assignment that is due and was read just now."""
    now = centre.clock.now()
    made: Assignment = AssignmentFactory(
        organization=centre.organization, **{"due_at": now, "communication__read_at": now} | columns
    )
    return made


def rule_of(organization: Organization) -> MappingRule:
    """Return a rule of a release in force."""
    made: MappingRule = MappingRuleFactory(organization=organization)
    put_in_force(made.release)
    return made


def claim(centre: Centre) -> object:
    """Ask for work."""
    return claim_next(centre.organization, worker=WORKER)


def plan_of(sql: str) -> str:
    """Return how PostgreSQL answers where there is too much to read it as a whole, or to sort it."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


# A lane


@pytest.mark.parametrize("lane", Lane)
def test_of_a_paused_lane_nothing_is_taken_and_the_other_lanes_go_on(lane: Lane, centre: Centre, actor: Actor):
    rows = {each: due(centre, lane=each) for each in Lane}
    pausing.hold_lane(centre.organization, lane, actor=actor, reason="The CRM sends nonsense")

    taken = {centre.claim().pk for _ in range(len(Lane) - 1)}

    assert taken == {row.pk for each, row in rows.items() if each != lane}
    assert isinstance(claim(centre), Idle)


def test_what_waits_in_a_paused_lane_is_untouched_and_goes_on_afterwards(centre: Centre, actor: Actor):
    assignment = centre.assign()
    pausing.hold_lane(centre.organization, Lane.FRESH, actor=actor, reason="Wait")
    left = draining.drain(centre.organization, gateway=centre.gateway, for_s=1)
    sent_meanwhile = centre.simulator.ledger()
    pausing.resume_lane(centre.organization, Lane.FRESH, actor=actor)

    finished = centre.finish(assignment)

    assert (left, sent_meanwhile) == (draining.Left.NOTHING, [])
    assert (finished.status, centre.effective_changes()) == (Status.VERIFIED, 1)


def test_what_left_before_its_lane_and_rule_were_paused_is_still_read(centre: Centre, actor: Actor):
    rule = rule_of(centre.organization)
    due(centre, status=Status.UNKNOWN, lane=Lane.FRESH, rule=rule)
    pausing.hold_lane(centre.organization, Lane.FRESH, actor=actor, reason="Wait")
    pausing.hold_rule(centre.organization, rule.identity, actor=actor, reason="Wait")

    assert isinstance(claim(centre), Claim)


# A rule


def test_of_a_paused_rule_nothing_is_taken_in_whatever_release_it_decided(centre: Centre, actor: Actor):
    rule = rule_of(centre.organization)
    later = MappingRuleFactory(organization=centre.organization, identity=rule.identity)
    other = MappingRuleFactory(organization=centre.organization, release=later.release)
    for each in (rule, later):
        due(centre, rule=each)
    going_on = [due(centre, rule=other), due(centre, rule=None)]

    pausing.hold_rule(centre.organization, rule.identity, actor=actor, reason="Its code is wrong")

    assert {centre.claim().pk for _ in going_on} == {each.pk for each in going_on}
    assert isinstance(claim(centre), Idle)


def test_a_paused_rule_goes_on_deciding_and_what_it_decided_is_sent_afterwards(centre: Centre, actor: Actor):
    centre.publish((ANY_CALL, WANTED))
    identity = MappingRule.everywhere.get().identity
    pausing.hold_rule(centre.organization, identity, actor=actor, reason="Its code is wrong")
    assignment = centre.assign()
    while_paused = claim(centre)
    pausing.resume_rule(centre.organization, identity, actor=actor)

    assert (assignment.status, assignment.rule.identity) == (Status.PENDING, identity)
    assert isinstance(while_paused, Idle)
    assert centre.claim().pk == assignment.pk


def test_only_a_rule_that_there_is_can_be_paused(centre: Centre, actor: Actor):
    foreign = MappingRuleFactory(organization=OrganizationFactory())

    for identity in (uuid4(), foreign.identity):
        with pytest.raises(ValueError, match="no such rule"):
            pausing.hold_rule(centre.organization, identity, actor=actor, reason="Wait")


# At the moment of the pause


def test_a_call_for_what_was_paused_meanwhile_is_refused_and_not_spent(centre: Centre, actor: Actor):
    rule = rule_of(centre.organization)
    pausing.hold_lane(centre.organization, Lane.BULK, actor=actor, reason="Wait")
    pausing.hold_rule(centre.organization, rule.identity, actor=actor, reason="Wait")

    answers = [
        take_call(centre.organization.pk, purpose=purpose)
        for purpose in (Purpose(lane="bulk"), Purpose(lane="fresh", rule_identity=rule.identity))
    ]

    assert [type(each) for each in answers] == [Wait, Wait]
    assert centre.budget.tokens == PLENTY
    assert take_call(centre.organization.pk, purpose=Purpose(lane="fresh", rule_identity=uuid4())) == Granted()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("what", ["lane", "rule"])
def test_once_a_pause_is_in_force_no_worker_begins_anything_of_it(what: str, centre: Centre, actor: Actor):
    rule = rule_of(centre.organization)
    for _ in range(ROWS):
        due(centre, rule=rule)
    first_taken = threading.Event()

    def work() -> None:
        while isinstance(claim_next(centre.organization, worker=WORKER), Claim | Wait):
            first_taken.set()
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(THREADS)]
    for worker in workers:
        worker.start()
    first_taken.wait(30)
    if what == "lane":
        pausing.hold_lane(centre.organization, Lane.FRESH, actor=actor, reason="Wait")
    else:
        pausing.hold_rule(centre.organization, rule.identity, actor=actor, reason="Wait")
    begun = Attempt.objects.count()
    for worker in workers:
        worker.join(30)

    assert 0 < begun == Attempt.objects.count() < ROWS


@pytest.mark.parametrize("asked", [claim, lambda centre: watching.due_count(centre.organization, up_to=9)])
def test_what_a_paused_rule_keeps_is_passed_over_in_the_index(
    asked: Callable[[Centre], object], centre: Centre, actor: Actor
):
    """However much it is: the rows themselves are not read for it, at every claim and every look."""
    rule = rule_of(centre.organization)
    due(centre, rule=rule)
    due(centre)
    pausing.hold_rule(centre.organization, rule.identity, actor=actor, reason="Wait")

    with CaptureQueriesContext(connection) as queries:
        asked(centre)

    asking = [each["sql"] for each in queries if "FOR UPDATE" not in each["sql"]]
    passing = [sql for sql in asking if "NOT" in sql and "rule_identity" in sql]
    assert passing
    for sql in passing:
        assert "Index Only Scan using assignment_waiting" in plan_of(sql)


# What else asks what is due


def test_what_a_person_has_just_let_go_on_says_nothing_about_workers_yet(centre: Centre, actor: Actor, clock: Clock):
    long_ago = clock.now() - timedelta(hours=4)
    due(centre, due_at=long_ago, created_at=long_ago)
    pausing.hold(centre.organization, actor=actor, reason="Wait")
    pausing.resume(centre.organization, actor=actor)
    at_once = watching.workers_deaf(centre.organization)
    clock.advance_database(31)

    assert (at_once, watching.workers_deaf(centre.organization)) == (False, True)


def test_fresh_work_of_a_paused_lane_is_not_what_the_catalogue_waits_for(centre: Centre, actor: Actor):
    due(centre)
    before = fresh_work_is_due(centre.organization)

    pausing.hold_lane(centre.organization, Lane.FRESH, actor=actor, reason="Wait")

    assert (before, fresh_work_is_due(centre.organization)) == (True, False)


def test_what_is_paused_is_neither_rung_for_nor_read_again_nor_taken_for_a_sign_of_deaf_workers(
    centre: Centre, actor: Actor, clock: Clock
):
    rule = rule_of(centre.organization)
    long_ago = clock.now() - timedelta(hours=1)
    old = {"due_at": long_ago, "created_at": long_ago, "communication__read_at": long_ago - timedelta(hours=1)}
    due(centre, rule=rule, **old)
    due(centre, lane=Lane.RETRY, **old)
    centre.organization.sweeps.exclude(kind="refresh").delete()
    told = (watching.due_count(centre.organization, up_to=9), watching.workers_deaf(centre.organization))

    pausing.hold_rule(centre.organization, rule.identity, actor=actor, reason="Wait")
    pausing.hold_lane(centre.organization, Lane.RETRY, actor=actor, reason="Wait")

    assert told == (2, True)
    assert watching.due_count(centre.organization, up_to=9) == 0
    assert not watching.workers_deaf(centre.organization)
    assert not fresh_work_is_due(centre.organization)
    assert refresh(centre.organization, gateway=centre.gateway) == 0
    assert centre.budget.tokens == PLENTY


def test_a_claim_asks_once_what_is_paused(centre: Centre, django_assert_num_queries, monkeypatch: pytest.MonkeyPatch):
    due(centre)
    # The turn of fresh work: where what is unclear has its turn, one statement more looks for some first.
    monkeypatch.setattr("wrapups.services.dispatching.random.random", lambda: READS_SHARE)

    # Savepoint, order by index, what is paused, row, whole row, call, move, attempt, release.
    with django_assert_num_queries(9):
        claim(centre)


# Who and why


def test_a_pause_says_who_and_why_and_both_ends_are_acts(actor: Actor, clock: Clock):
    organization = OrganizationFactory()

    pausing.hold_lane(organization, Lane.BULK, actor=actor, reason=" The CRM sends nonsense ")
    held = WorkHold.everywhere.get()
    pausing.resume_lane(organization, Lane.BULK, actor=actor)

    assert (held.held_at, held.held_by, held.reason) == (clock.now(), actor.person, "The CRM sends nonsense")
    assert [act.verb for act in Act.objects.order_by("pk")] == ["pause a lane", "resume a lane"]
    entries = AuditEntry.objects.filter(table="wrapups_workhold").order_by("pk")
    assert [(each.operation, each.actor) for each in entries] == [
        ("insert", f"person:{actor.person.pk}"),
        ("delete", f"person:{actor.person.pk}"),
    ]


def test_a_pause_without_a_reason_holds_nothing(actor: Actor):
    rule = rule_of(OrganizationFactory())

    with pytest.raises(ValueError, match="Say why"):
        pausing.hold_rule(rule.organization, rule.identity, actor=actor, reason=" ")

    assert not WorkHold.everywhere.exists()


def test_a_second_pause_leaves_the_first_one_s_words_and_one_resume_ends_it(actor: Actor):
    rule = rule_of(OrganizationFactory())
    pausing.hold_rule(rule.organization, rule.identity, actor=actor, reason="First")
    pausing.hold_rule(rule.organization, rule.identity, actor=Actor(PersonFactory()), reason="Second")
    held = WorkHold.everywhere.get()

    pausing.resume_rule(rule.organization, rule.identity, actor=actor)

    assert (held.reason, held.held_by) == ("First", actor.person)
    assert HeldWork.of(rule.organization) == HeldWork()


def test_workers_read_what_is_paused_in_the_row_they_read_anyway(actor: Actor):
    rule, other = rule_of(OrganizationFactory()), OrganizationFactory()
    for lane in (Lane.RETRY, Lane.BULK):
        pausing.hold_lane(rule.organization, lane, actor=actor, reason="Wait")
    pausing.hold_rule(rule.organization, rule.identity, actor=actor, reason="Wait")
    pausing.resume_lane(rule.organization, Lane.RETRY, actor=actor)

    assert HeldWork.of(rule.organization) == HeldWork(frozenset({"bulk"}), frozenset({rule.identity}))
    assert not HeldWork.of(other)
    assert HeldWork.in_budget(CallBudget.objects.get(organization=rule.organization)) == HeldWork.of(rule.organization)


@pytest.mark.parametrize("columns", [{}, {"lane": "bulk", "rule_identity": uuid4()}])
def test_a_hold_is_of_a_lane_or_of_a_rule(columns: dict[str, object], actor: Actor):
    with pytest.raises(IntegrityError, match="hold_of_a_lane_or_a_rule"), transaction.atomic():
        WorkHold.everywhere.create(organization=OrganizationFactory(), held_by=actor.person, reason="Wait", **columns)

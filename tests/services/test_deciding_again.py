"""Deciding again what was not sent when a release came into force: on stored facts, once, and never what has left."""

import pytest
from django.conf import settings

from tests.factories import PersonFactory
from tests.services.centre import ANY_CALL, OTHER, QUEUE, WANTED, Centre, Row, when
from wrapups.domain.rollout import Rollout
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Attempt, BulkAct, BulkActRow, Conversation, Release
from wrapups.services import bulk_work, decide_again_pieces, deciding_again, dispatching, restoring
from wrapups.services.auditing import Actor
from wrapups.services.decide_again_pieces import Became
from wrapups.services.deciding import still_open
from wrapups.services.deciding_again import CannotCancel
from wrapups.services.holding import Hold
from wrapups.services.publishing import Introduction

AGAIN = Introduction(decides_again=True)
NO_CALL = when("media", "is", "email")
LONG = 30.0


@pytest.fixture
def actor(db: None) -> Actor:
    """Somebody who publishes."""
    return Actor(PersonFactory(), "203.0.113.7")


@pytest.fixture
def good(centre: Centre) -> Release:
    """The rules that shall be in force again."""
    return centre.publish((ANY_CALL, OTHER))


def waiting(centre: Centre, count: int, *rules: tuple[object, str]) -> list[Row]:
    """Let a bad release decide so many conversations, of which nothing is sent yet."""
    centre.publish(*(rules or ((ANY_CALL, WANTED),)))
    rows = [centre.call() for _ in range(count)]
    centre.decide(*rows)
    return rows


def put_back(centre: Centre, good: Release, actor: Actor, introduction: Introduction = AGAIN) -> Release:
    """Put the good release back in force, and let a worker do what comes of it."""
    back = restoring.put_back_in_force(good, reason="The other was wrong", actor=actor, introduction=introduction)
    bulk_work.work(centre.organization, for_s=LONG)
    bulk_work.work(centre.organization, for_s=LONG)
    return back


def became(back: Release) -> list[str]:
    """Return what became of each that waited."""
    return list(BulkActRow.everywhere.filter(bulk_act__release=back).order_by("pk").values_list("why", flat=True))


def test_what_waits_gets_what_the_release_in_force_chooses_and_is_sent_so(centre: Centre, good: Release, actor: Actor):
    rows = waiting(centre, 3)

    back = put_back(centre, good, actor)
    finished = [centre.finish(centre.assignment(row)) for row in rows]

    act = BulkAct.everywhere.get()
    assert (act.state, act.total, act.done, became(back)) == (BulkAct.State.DONE, 3, 3, [Became.OTHER_CODE] * 3)
    assert {(each.release, each.status, each.generation) for each in finished} == {(back, Status.VERIFIED, 0)}
    assert [centre.code_on(row) for row in rows] == [centre.code(OTHER)] * 3


def test_it_is_one_act_with_its_reason_and_costs_no_call(centre: Centre, good: Release, actor: Actor):
    [row] = waiting(centre, 1)
    before = centre.simulator.calls()["calls"]

    back = put_back(centre, good, actor)

    assert centre.simulator.calls()["calls"] == before
    entry = centre.entries("wrapups_assignment")[-1]
    assert (entry.act.verb, entry.act.reason) == (f"put release {good.number} back in force", "The other was wrong")
    assert (entry.row, entry.after["release_id"]) == (str(centre.assignment(row).pk), back.pk)


def test_without_the_persons_word_what_waits_is_sent_as_it_was_decided(centre: Centre, good: Release, actor: Actor):
    [row] = waiting(centre, 1)

    put_back(centre, good, actor, Introduction())

    assert not BulkAct.everywhere.exists()
    assert centre.assignment(row).wrapup_code == centre.codes[WANTED]


def test_what_no_rule_matches_any_more_is_written_no_more_and_may_match_again(centre: Centre, actor: Actor):
    email_only = centre.publish((NO_CALL, OTHER))
    [row] = waiting(centre, 1)

    back = put_back(centre, email_only, actor)

    assignment = centre.assignment(row)
    assert became(back) == [Became.NO_CODE]
    assert (assignment.status, assignment.reason, assignment.rule, assignment.wrapup_code) == (
        Status.SKIPPED,
        SkipReason.NO_RULE,
        None,
        None,
    )


def test_what_was_sent_meanwhile_stays_and_is_listed(centre: Centre, good: Release, actor: Actor):
    rows = waiting(centre, 2)
    restoring.put_back_in_force(good, reason="Wrong", actor=actor, introduction=AGAIN)
    act = BulkAct.everywhere.get()
    hold = Hold(BulkAct.everywhere.filter(pk=act.pk), lease_s=60)
    decide_again_pieces.freeze(act, hold)
    hold.release()
    centre.apply()

    bulk_work.work(centre.organization, for_s=LONG)
    bulk_work.work(centre.organization, for_s=LONG)

    act.refresh_from_db()
    assert (act.state, sorted(became(act.release))) == (BulkAct.State.DONE, [Became.GONE_ON, Became.OTHER_CODE])
    assert {centre.assignment(row).wrapup_code.name for row in rows} == {WANTED, OTHER}


def test_what_a_worker_may_have_sent_before_it_died_stays(centre: Centre, good: Release, actor: Actor):
    [row] = waiting(centre, 1)
    centre.claim()
    centre.clock.advance(settings.LEASE_S + 1)
    dispatching.recover_expired(centre.organization)
    centre.settle()
    read = centre.apply()

    put_back(centre, good, actor)

    assignment = centre.assignment(row)
    assert not still_open(assignment)
    assert (read.kind, assignment.status, assignment.write_count) == (Attempt.Kind.READ, Status.PENDING, 0)
    assert not BulkAct.everywhere.exists()
    assert assignment.wrapup_code == centre.codes[WANTED]


def test_what_was_turned_away_for_lack_of_calls_was_not_sent(centre: Centre, good: Release, actor: Actor):
    [row] = waiting(centre, 1)
    centre.simulator.fault("r429", operations=["POST */wrapup"], count=1, retry_after="7")
    centre.apply()

    back = put_back(centre, good, actor)

    assert became(back) == [Became.OTHER_CODE]
    assert centre.assignment(row).wrapup_code == centre.codes[OTHER]


def test_nothing_is_decided_again_by_a_release_in_shadow_mode(centre: Centre, good: Release, actor: Actor):
    [row] = waiting(centre, 1)

    put_back(centre, good, actor, Introduction(shadow=True, decides_again=True))

    assert not BulkAct.everywhere.exists()
    assert centre.assignment(row).status == Status.PENDING


def test_what_a_roll_out_leaves_to_the_earlier_release_stays_with_it(centre: Centre, good: Release, actor: Actor):
    [row] = waiting(centre, 1)
    elsewhere = Rollout(queue_ids=frozenset({centre.queues["Messaging US"].genesys_id}))

    back = put_back(centre, good, actor, Introduction(elsewhere, decides_again=True))

    assert became(back) == [Became.OTHER_PART]
    assert centre.assignment(row).wrapup_code == centre.codes[WANTED]


def test_where_the_new_rules_ask_for_attributes_that_nobody_read_it_stays(centre: Centre, actor: Actor):
    asks = centre.publish((when("attribute.case", "is", "7"), OTHER), (ANY_CALL, OTHER))
    [row] = waiting(centre, 1)
    assert Conversation.everywhere.get(conversation_id=row["conversation_id"]).attributes is None

    back = put_back(centre, asks, actor)

    assert became(back) == [Became.UNREAD]
    assert centre.assignment(row).wrapup_code == centre.codes[WANTED]


def test_a_code_that_the_queue_does_not_have_waits_for_a_person(centre: Centre, good: Release, actor: Actor):
    [row] = waiting(centre, 1)
    centre.offer(QUEUE, WANTED)

    back = put_back(centre, good, actor)

    assert became(back) == [Became.UNFIT]
    assert centre.assignment(row).status == Status.FAILED


def test_the_next_release_ends_what_goes_on_for_this_one(centre: Centre, good: Release, actor: Actor):
    [row] = waiting(centre, 1)
    bad = centre.assignment(row).release
    restoring.put_back_in_force(good, reason="Wrong", actor=actor, introduction=AGAIN)

    put_back(centre, bad, actor)

    assert list(BulkAct.everywhere.order_by("pk").values_list("state", flat=True)) == ["cancelled", "done"]
    assert centre.assignment(row).wrapup_code == centre.codes[WANTED]


def test_cancelled_it_leaves_the_rest_as_it_was_decided(centre: Centre, good: Release, actor: Actor):
    [row] = waiting(centre, 1)
    restoring.put_back_in_force(good, reason="Wrong", actor=actor, introduction=AGAIN)
    act = BulkAct.everywhere.get()

    deciding_again.cancel(act, actor=actor)
    bulk_work.work(centre.organization, for_s=LONG)

    assert act.state == BulkAct.State.CANCELLED
    assert centre.assignment(row).wrapup_code == centre.codes[WANTED]
    with pytest.raises(CannotCancel):
        deciding_again.cancel(act, actor=actor)

"""Having a failure looked at again: decided by the rules in force, its conversation read, then sent."""

from datetime import timedelta

import pytest

from tests.factories import AssignmentFactory, PersonFactory
from tests.services.centre import ANY_CALL, OTHER, WANTED, Centre
from wrapups.domain.status import FailReason, IllegalMove, Lane, SkipReason, Status
from wrapups.models import Act, Assignment
from wrapups.services.auditing import Actor
from wrapups.services.correcting import correct
from wrapups.services.looking_again import look_again

WRITES = ["POST */wrapup"]


@pytest.fixture
def actor(db: None) -> Actor:
    """Somebody who looks after failures."""
    return Actor(PersonFactory())


def refused(centre: Centre) -> Assignment:
    """Return an assignment whose write was refused."""
    assignment = centre.assign()
    centre.simulator.fault("status", operations=WRITES, status=400, count=1)
    centre.apply()
    assignment.refresh_from_db()
    return assignment


def test_what_was_refused_follows_the_rules_that_were_mended_since(centre: Centre, actor: Actor):
    failed = refused(centre)
    mended = centre.publish((ANY_CALL, OTHER))
    centre.clock.advance(1)

    newest = look_again(failed, actor=actor)
    decided = (newest.status, newest.release, newest.lane)
    finished = centre.finish(newest)

    failed.refresh_from_db()
    assert decided == (Status.PENDING, mended, Lane.RETRY)
    assert failed.status == Status.SUPERSEDED
    assert finished.status == Status.VERIFIED
    assert centre.code_on(failed) == centre.code(OTHER)


def test_the_conversation_is_read_whole_before_anything_is_sent(centre: Centre, actor: Actor):
    failed = refused(centre)
    centre.agent_chooses(failed, OTHER)
    centre.clock.advance(1)

    finished = centre.finish(look_again(failed, actor=actor))

    assert (finished.status, finished.reason) == (Status.SKIPPED, SkipReason.AGENT_CHOSE)
    assert centre.code_on(failed) == centre.code(OTHER)


def test_it_is_not_written_before_its_grace_time_is_over(centre: Centre, actor: Actor):
    failed = refused(centre)
    centre.let(grace_s=3600)

    newest = look_again(failed, actor=actor)

    assert failed.ended_at is not None
    assert newest.due_at == failed.ended_at + timedelta(hours=1)


@pytest.mark.parametrize("unclear", [False, True])
def test_a_newer_decision_is_left_alone(unclear: bool, actor: Actor):
    failed = AssignmentFactory(failed=True, unresolved_write=unclear)
    newer = AssignmentFactory(
        organization=failed.organization, communication=failed.communication, generation=1, insisted=True
    )

    with pytest.raises(IllegalMove):
        look_again(failed, actor=actor)

    now = Assignment.everywhere.get(pk=newer.pk)
    assert (now.retry_epoch, now.due_at, Assignment.everywhere.count()) == (0, newer.due_at, 2)


def test_what_still_does_not_fit_stays_failed(centre: Centre, actor: Actor):
    centre.publish((ANY_CALL, WANTED))
    type(centre.codes[WANTED]).everywhere.filter(pk=centre.codes[WANTED].pk).update(gone_at=centre.clock.now())
    failed = centre.assign()

    newest = look_again(failed, actor=actor)

    assert (newest.pk, newest.status, newest.reason) == (failed.pk, Status.FAILED, FailReason.CODE_GONE)


def test_a_write_that_may_yet_show_up_is_read_first_and_keeps_its_code(centre: Centre, actor: Actor):
    failed = refused(centre)
    Assignment.everywhere.filter(pk=failed.pk).update(unresolved_write=True)

    newest = look_again(failed, actor=actor)

    assert (newest.pk, newest.status) == (failed.pk, Status.UNKNOWN)


def test_what_a_person_chose_by_hand_stays_what_it_is(centre: Centre, actor: Actor):
    done = centre.finish(centre.assign())
    by_hand = correct(done, code=centre.codes[OTHER], over=centre.code(WANTED), reason="It was a mistake", actor=actor)
    Assignment.everywhere.filter(pk=by_hand.pk).update(status=Status.SENDING)
    Assignment.everywhere.filter(pk=by_hand.pk).update(status=Status.FAILED, reason=FailReason.REJECTED)

    newest = look_again(by_hand, actor=actor)

    assert (newest.pk, newest.wrapup_code, newest.status) == (by_hand.pk, centre.codes[OTHER], Status.PENDING)


def test_it_is_the_person_s_act(centre: Centre, actor: Actor):
    look_again(refused(centre), actor=actor)

    assert Act.objects.get(verb="look again").person == actor.person


@pytest.mark.parametrize("status", [Status.PENDING, Status.VERIFIED, Status.CONFLICT])
def test_only_what_failed_is_looked_at_again(status: Status, actor: Actor):
    with pytest.raises(IllegalMove):
        look_again(AssignmentFactory(status=status), actor=actor)

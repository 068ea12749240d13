"""What a person may do with what waits for one."""

import pytest

from tests.factories import AssignmentFactory, OrganizationFactory, PersonFactory
from tests.services.centre import ANY_CALL, OTHER, QUEUE, WANTED, WORKER, Centre, when
from wrapups.domain.status import FailReason, IllegalMove, Lane, SkipReason, Status
from wrapups.models import Act, Assignment, AuditEntry
from wrapups.models.clock import app_now
from wrapups.services.auditing import Actor
from wrapups.services.dispatching import Stale, claim_next
from wrapups.services.intake import record_disposition
from wrapups.services.refreshing import refresh
from wrapups.services.retrying import cancel, insist, retry, retry_all

pytestmark = pytest.mark.django_db


SAID_NEW = when("disposition.crm", "is", "NEW")


def say_new(centre: Centre, assignment: Assignment) -> None:
    """Let the CRM say something else of the conversation."""
    record_disposition(
        centre.organization,
        source="crm",
        event_id="case-1",
        conversation_id=conversation_of(assignment),
        code="NEW",
        said_at=app_now(),
    )


def conversation_of(assignment: Assignment) -> str:
    """Return the id of the conversation it is about."""
    return str(assignment.communication.conversation.conversation_id)


@pytest.fixture
def actor() -> Actor:
    """Somebody who looks after failures."""
    return Actor(PersonFactory())


def test_a_failed_assignment_is_sent_again_in_the_retry_lane_with_counters_anew(actor: Actor):
    assignment = AssignmentFactory(failed=True, write_count=5, read_count=10, crash_count=3)

    new = retry(assignment, actor=actor, reason="The role was mended")

    assignment.refresh_from_db()
    assert new == assignment.status == Status.PENDING
    assert (assignment.lane, assignment.reason, assignment.retry_epoch) == (Lane.RETRY, "", 1)
    assert (assignment.write_count, assignment.read_count, assignment.crash_count) == (0, 0, 0)
    assert assignment.due_at == app_now()
    assert assignment.finished_at is None


def test_a_write_that_nobody_knows_the_end_of_is_read_first(actor: Actor):
    assignment = AssignmentFactory(failed=True, unresolved_write=True)

    assert retry(assignment, actor=actor) == Status.UNKNOWN


def test_a_retry_is_the_person_s_act_with_its_reason(actor: Actor):
    assignment = AssignmentFactory(failed=True)

    retry(assignment, actor=actor, reason="The role was mended")

    entry = AuditEntry.objects.filter(table="wrapups_assignment", row=str(assignment.pk)).latest("pk")
    assert (entry.act.person, entry.act.reason) == (actor.person, "The role was mended")
    assert entry.before["status"] == "failed"


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.FAILED}))
def test_only_what_failed_can_be_sent_again(status: Status, actor: Actor):
    assignment = AssignmentFactory(status=status)

    with pytest.raises(IllegalMove):
        retry(assignment, actor=actor)

    assignment.refresh_from_db()
    assert assignment.status == status
    assert not Act.objects.exists()


def test_of_two_people_the_slower_is_told(actor: Actor):
    assignment = AssignmentFactory(failed=True)
    retry(assignment, actor=actor)

    with pytest.raises(IllegalMove, match="pending"):
        retry(assignment, actor=actor)

    assert Assignment.everywhere.get().retry_epoch == 1


@pytest.mark.parametrize("status", [Status.PENDING, Status.FAILED, Status.CONFLICT])
def test_what_is_not_done_yet_can_be_cancelled_with_a_reason(status: Status, actor: Actor):
    assignment = AssignmentFactory(status=status)

    cancel(assignment, actor=actor, reason="  A test call  ")

    assignment.refresh_from_db()
    assert assignment.status == Status.CANCELLED
    assert assignment.finished_at is not None
    assert Act.objects.get().reason == "A test call"


@pytest.mark.parametrize("status", [Status.SENDING, Status.APPLIED, Status.VERIFIED, Status.SKIPPED])
def test_what_is_under_way_or_over_cannot_be_cancelled(status: Status, actor: Actor):
    assignment = AssignmentFactory(status=status)

    with pytest.raises(IllegalMove):
        cancel(assignment, actor=actor, reason="Too late")


def test_cancelling_needs_a_reason(actor: Actor):
    assignment = AssignmentFactory()

    with pytest.raises(ValueError, match="Say why"):
        cancel(assignment, actor=actor, reason=" ")

    assignment.refresh_from_db()
    assert assignment.status == Status.PENDING


def test_a_retried_assignment_comes_to_its_end(centre: Centre, actor: Actor):
    assignment = centre.assign()
    centre.simulator.fault("status", operations=["POST */wrapup"], status=400, count=1)
    centre.apply()
    assignment.refresh_from_db()
    failed = (assignment.status, assignment.reason)

    retry(assignment, actor=actor)
    finished = centre.finish(assignment)

    assert failed == (Status.FAILED, FailReason.REJECTED)
    assert (finished.status, finished.error, finished.fingerprint) == (Status.VERIFIED, "", "")
    assert centre.effective_changes() == 1


def test_what_was_sent_and_is_sent_again_keeps_its_code_whatever_is_said_since(centre: Centre, actor: Actor):
    centre.publish((SAID_NEW, OTHER), (ANY_CALL, WANTED))
    assignment = centre.assign()
    centre.simulator.fault("status", operations=["POST */wrapup"], status=400, count=1)
    centre.apply()
    say_new(centre, assignment)

    retry(assignment, actor=actor)
    centre.decide(conversation_of(assignment))

    assert centre.finish(assignment).status == Status.VERIFIED
    assert centre.code_on(assignment) == centre.code(WANTED)


def test_what_failed_before_it_was_sent_is_read_and_decided_again_before_it_is_sent(centre: Centre, actor: Actor):
    centre.publish((SAID_NEW, OTHER), (ANY_CALL, WANTED))
    centre.offer(QUEUE, OTHER)
    assignment = centre.assign()
    failed = (assignment.status, assignment.reason)
    say_new(centre, assignment)
    centre.clock.advance(1)

    retry(assignment, actor=actor)
    stale = claim_next(centre.organization, worker=WORKER)
    finished = centre.finish(assignment)

    assert failed == (Status.FAILED, FailReason.CODE_NOT_ON_QUEUE)
    assert stale == Stale()
    assert finished.status == Status.VERIFIED
    assert centre.code_on(assignment) == centre.code(OTHER)


def test_what_is_decided_again_before_a_retry_has_been_due_since_the_retry(centre: Centre, actor: Actor):
    centre.publish((SAID_NEW, OTHER), (ANY_CALL, WANTED))
    centre.offer(QUEUE, OTHER)
    assignment = centre.assign()
    say_new(centre, assignment)
    centre.clock.advance(3600)

    retry(assignment, actor=actor)
    retried_at = app_now()
    centre.clock.advance(1)
    refresh(centre.organization, gateway=centre.gateway)

    assignment.refresh_from_db()
    assert (assignment.status, assignment.due_at) == (Status.PENDING, retried_at)


def test_a_retry_asks_the_release_that_had_decided_and_not_the_one_that_is_in_force_now(centre: Centre, actor: Actor):
    centre.publish((ANY_CALL, WANTED))
    centre.offer(QUEUE, OTHER)
    assignment = centre.assign()
    centre.publish((ANY_CALL, OTHER))
    centre.clock.advance(1)

    retry(assignment, actor=actor)
    refresh(centre.organization, gateway=centre.gateway)

    still = centre.finish(assignment)
    assert (still.status, still.reason) == (Status.FAILED, FailReason.CODE_NOT_ON_QUEUE)
    assert (still.release_id, centre.effective_changes()) == (assignment.release_id, 0)


def test_a_code_that_an_agent_chose_while_it_waited_for_a_person_stays(centre: Centre, actor: Actor):
    centre.publish((ANY_CALL, WANTED))
    centre.offer(QUEUE, OTHER)
    assignment = centre.assign()
    centre.agent_chooses(assignment, OTHER)
    centre.clock.advance(1)

    retry(assignment, actor=actor)
    finished = centre.finish(assignment)

    assert (finished.status, finished.reason) == (Status.SKIPPED, SkipReason.AGENT_CHOSE)
    assert centre.code_on(assignment) == centre.code(OTHER)


def test_an_assignment_of_another_organization_keeps_its_own_act(actor: Actor):
    organization = OrganizationFactory()
    assignment = AssignmentFactory(organization=organization, failed=True)

    retry(assignment, actor=actor)

    assert Act.objects.get().organization == organization


def in_conflict(centre: Centre) -> Assignment:
    """Return an assignment whose write went wrong, and whose agent chose another code meanwhile."""
    assignment = centre.assign()
    centre.simulator.fault("e500_before", operations=["POST */wrapup"], count=1)
    centre.apply()
    centre.agent_chooses(assignment, OTHER)
    Assignment.everywhere.filter(pk=assignment.pk).update(due_at=app_now())
    centre.apply()
    assignment.refresh_from_db()
    assert assignment.status == Status.CONFLICT
    return assignment


def test_a_person_may_put_our_code_in_place_of_another_person_s_and_it_goes_the_verified_way(
    centre: Centre, actor: Actor
):
    assignment = in_conflict(centre)

    newer = insist(assignment, actor=actor, reason="The agent asked for it")
    centre.apply()

    assignment.refresh_from_db()
    newer.refresh_from_db()
    assert (assignment.status, newer.status, newer.generation) == (Status.SUPERSEDED, Status.APPLIED, 1)
    assert newer.found_code_id == centre.code(OTHER)
    assert centre.code_on(assignment) == centre.code(WANTED)
    assert Act.objects.get(verb="apply anyway").reason == "The agent asked for it"


def test_what_a_person_insists_on_is_not_decided_anew_by_a_reading(centre: Centre, actor: Actor):
    assignment = in_conflict(centre)
    newer = insist(assignment, actor=actor, reason="The agent asked for it")

    centre.decide(assignment.communication.conversation.conversation_id)

    newer.refresh_from_db()
    assert newer.status == Status.PENDING


def test_only_a_conflict_can_be_insisted_on_and_only_with_a_reason(centre: Centre, actor: Actor):
    with pytest.raises(IllegalMove):
        insist(AssignmentFactory(failed=True), actor=actor, reason="Because")
    with pytest.raises(ValueError, match="Say why"):
        insist(AssignmentFactory(failed=True), actor=actor, reason=" ")


def test_a_bulk_retry_moves_all_failed_rows_in_two_updates_and_says_how_long_it_takes(
    centre: Centre, actor: Actor, django_assert_max_num_queries
):
    centre.let(calls_per_minute=60)
    failed = AssignmentFactory.create_batch(4, organization=centre.organization, failed=True)
    unclear = AssignmentFactory(organization=centre.organization, failed=True, unresolved_write=True)
    verified = AssignmentFactory(organization=centre.organization, verified=True)
    keys = [row.pk for row in (*failed, unclear, verified)]

    with django_assert_max_num_queries(9):
        done = retry_all(centre.organization, keys, actor=actor, reason="The role was mended")

    assert (done.sent_again, done.read_first, done.left_alone) == (4, 1, 1)
    assert done.seconds_to_finish == pytest.approx(5)
    assert set(Assignment.everywhere.filter(pk__in=keys[:4]).values_list("status", "lane")) == {
        (Status.PENDING, Lane.BULK)
    }


def test_a_bulk_retry_asked_for_twice_happens_once(centre: Centre, actor: Actor):
    keys = [row.pk for row in AssignmentFactory.create_batch(3, organization=centre.organization, failed=True)]
    retry_all(centre.organization, keys, actor=actor, reason="The role was mended")

    again = retry_all(centre.organization, keys, actor=actor, reason="The role was mended")

    assert (again.sent_again, again.left_alone) == (0, 3)
    assert set(Assignment.everywhere.filter(pk__in=keys).values_list("retry_epoch", flat=True)) == {1}

"""A person puts another code in place of the one that stands there."""

from datetime import date, timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.db.models import Sum

from dashboard.queries.assignments import AssignmentFilter
from tests.factories import AssignmentFactory, PersonFactory, WrapupCodeFactory
from tests.services.centre import ANY_CALL, OTHER, QUEUE, WANTED, Centre, when
from wrapups.domain.conversation import Wrapup
from wrapups.domain.status import FailReason, Lane, SkipReason, Status
from wrapups.models import Act, Assignment, Attempt, AuditEntry, Communication, DecisionTally
from wrapups.models.clock import app_now
from wrapups.services import applying, overseeing, pausing, tallying
from wrapups.services.auditing import Actor
from wrapups.services.correcting import CannotCorrect, correct, is_a_person_s, why_not
from wrapups.services.dispatching import claim_next

Agreement = DecisionTally.Agreement

pytestmark = pytest.mark.django_db

AGENT_S = "Wrong number"
WHY = "The customer was refunded"


@pytest.fixture
def actor() -> Actor:
    """Somebody who looks after conversations."""
    return Actor(PersonFactory(), "203.0.113.7")


def verified(centre: Centre) -> Assignment:
    """Return an assignment of ours that was written and read back."""
    return centre.finish(centre.assign())


def corrected(centre: Centre, assignment: Assignment, actor: Actor, *, code: str = OTHER, **more: str) -> Assignment:
    """Have a person correct what stands there now."""
    assignment.communication.refresh_from_db()
    over = more.pop("over", assignment.communication.code_id)
    return correct(assignment, code=centre.codes[code], over=over, reason=more.pop("reason", WHY), actor=actor, **more)


def test_another_code_is_put_there_and_goes_the_verified_way(centre: Centre, actor: Actor):
    ours = verified(centre)

    made = corrected(centre, ours, actor, notes="See case 77")
    finished = centre.finish(made)

    ours.refresh_from_db()
    assert (ours.status, ours.wrapup_code) == (Status.SUPERSEDED, centre.codes[WANTED])
    assert (finished.status, finished.generation, finished.corrects, finished.insisted) == (
        Status.VERIFIED,
        1,
        ours,
        True,
    )
    assert (finished.found_code_id, finished.lane, finished.rule) == (centre.code(WANTED), Lane.RETRY, None)
    assert centre.code_on(made) == centre.code(OTHER)
    assert centre.effective_changes() == 2
    assert AssignmentFilter(queue=QUEUE, code=OTHER).apply(centre.organization).get() == made


def test_it_is_the_person_s_act_with_its_reason(centre: Centre, actor: Actor):
    made = corrected(centre, verified(centre), actor, reason="  The agent asked for it ")

    act = Act.objects.get()
    entry = AuditEntry.objects.get(table="wrapups_assignment", row=str(made.pk), operation="insert")
    assert (act.person, act.verb, act.reason, act.origin) == (
        actor.person,
        "correct code",
        "The agent asked for it",
        "203.0.113.7",
    )
    assert entry.act == act


def test_it_is_looked_at_right_before_it_is_written(centre: Centre, actor: Actor):
    made = corrected(centre, verified(centre), actor)

    centre.finish(made)

    assert list(made.attempts.order_by("pk").values_list("kind", flat=True))[:2] == [
        Attempt.Kind.READ,
        Attempt.Kind.WRITE,
    ]


def test_what_somebody_chose_after_the_person_looked_is_left_as_it_is(centre: Centre, actor: Actor):
    made = corrected(centre, verified(centre), actor)
    centre.agent_chooses(made, AGENT_S)

    finished = centre.finish(made)

    assert (finished.status, finished.reason) == (Status.SKIPPED, SkipReason.AGENT_CHOSE)
    assert centre.code_on(made) == centre.code(AGENT_S)


@pytest.mark.parametrize("looked", [False, True])
def test_what_a_sweep_has_shown_meanwhile_is_left_as_it_is(centre: Centre, actor: Actor, looked: bool):
    made = corrected(centre, verified(centre), actor)
    if looked:
        centre.clock.advance(1)
        centre.apply()
    centre.agent_chooses(made, AGENT_S)
    centre.clock.advance(1)
    centre.decide(made.communication.conversation.conversation_id)

    claimed = centre.apply()

    made.refresh_from_db()
    assert claimed.kind == Attempt.Kind.READ
    assert (made.status, made.reason) == (Status.SKIPPED, SkipReason.AGENT_CHOSE)
    assert centre.code_on(made) == centre.code(AGENT_S)


@pytest.mark.parametrize("shown", ["", "ININ-WRAP-UP-TIMEOUT"])
def test_where_nobody_s_code_stands_by_then_it_is_written(centre: Centre, actor: Actor, shown: str):
    made = corrected(centre, verified(centre), actor)
    centre.clock.advance(1)
    Communication.everywhere.filter(pk=made.communication_id).update(code_id=shown, read_at=app_now())

    assert centre.claim().kind == Attempt.Kind.WRITE


def test_a_draft_is_nobody_s_choice_and_looked_at_once(centre: Centre, actor: Actor):
    corrected(centre, verified(centre), actor)
    centre.clock.advance(1)
    draft = Wrapup(centre.code(AGENT_S), provisional=True)
    applying.finish(centre.claim(), centre.organization, None, draft, duration_ms=1)

    assert centre.claim().kind == Attempt.Kind.WRITE


def test_asked_twice_it_is_done_once(centre: Centre, actor: Actor):
    ours = verified(centre)
    first = corrected(centre, ours, actor)

    assert corrected(centre, ours, actor) == first
    assert Assignment.everywhere.count() == 2
    assert Act.objects.count() == 1


def test_asked_again_after_it_came_to_nothing_the_person_is_told(centre: Centre, actor: Actor):
    ours = verified(centre)
    first = corrected(centre, ours, actor)
    centre.agent_chooses(first, AGENT_S)
    centre.finish(first)

    with pytest.raises(CannotCorrect, match="newer decision"):
        corrected(centre, ours, actor)


def test_of_two_people_who_choose_different_codes_the_slower_is_told(centre: Centre, actor: Actor):
    ours = verified(centre)
    corrected(centre, ours, actor)

    with pytest.raises(CannotCorrect, match="newer decision"):
        corrected(centre, ours, actor, code=AGENT_S)


def test_a_code_that_nobody_was_shown_is_not_replaced(centre: Centre, actor: Actor):
    ours = verified(centre)

    with pytest.raises(CannotCorrect, match="Another code stands there by now"):
        corrected(centre, ours, actor, over=centre.code(AGENT_S))


def test_a_correction_can_be_corrected(centre: Centre, actor: Actor):
    first = centre.finish(corrected(centre, verified(centre), actor))

    second = centre.finish(corrected(centre, first, actor, code=AGENT_S))

    assert (second.status, second.generation, second.corrects) == (Status.VERIFIED, 2, first)
    assert centre.code_on(second) == centre.code(AGENT_S)


def test_where_no_rule_matched_a_person_may_choose(centre: Centre, actor: Actor):
    centre.publish((when("media", "is", "email"), WANTED))
    unmatched = centre.assign()

    finished = centre.finish(corrected(centre, unmatched, actor))

    unmatched.refresh_from_db()
    assert (unmatched.status, unmatched.reason) == (Status.SUPERSEDED, SkipReason.NO_RULE)
    assert finished.status == Status.VERIFIED


def test_what_failed_and_is_corrected_waits_for_nobody_any_more(centre: Centre, actor: Actor):
    centre.publish((ANY_CALL, WANTED))
    centre.offer(QUEUE, OTHER)
    failed = centre.assign()

    finished = centre.finish(corrected(centre, failed, actor))

    failed.refresh_from_db()
    assert (failed.status, failed.reason) == (Status.SUPERSEDED, FailReason.CODE_NOT_ON_QUEUE)
    assert finished.status == Status.VERIFIED


def test_a_correction_is_not_decided_anew_nor_taken_for_an_agent_s_change(centre: Centre, actor: Actor):
    ours = verified(centre)
    made = centre.finish(corrected(centre, ours, actor))
    centre.clock.advance(1000)

    overseeing.oversee(centre.organization, gateway=centre.gateway, worker="worker-1", every_s=0)
    centre.decide(made.communication.conversation.conversation_id)

    ours.refresh_from_db()
    made.refresh_from_db()
    assert (ours.status, made.status) == (Status.SUPERSEDED, Status.VERIFIED)
    assert Assignment.everywhere.count() == 2


def counted(centre: Centre, day: date) -> list[tuple[object, ...]]:
    """Return what the tallies of that day say: rule, agreement, what was found, status and how many."""
    tallying.count_day(centre.organization, day)
    rows = DecisionTally.everywhere.filter(source="")
    return list(rows.values_list("rule_identity", "agreement", "found", "status", "count"))


def test_a_correction_counts_alone_and_against_the_rule_whose_code_it_replaces(centre: Centre, actor: Actor):
    ours = verified(centre)
    made = centre.finish(corrected(centre, ours, actor))

    assert counted(centre, ours.ended_at.date()) == [(ours.rule.identity, Agreement.OTHER, "none", "verified", 1)]
    assert AssignmentFilter(identity=str(ours.rule.identity)).apply(centre.organization).get() == made
    assert AssignmentFilter(rule=ours.rule.name).apply(centre.organization).get() == made
    assert AssignmentFilter(status="superseded").apply(centre.organization).get() == ours


def test_a_person_who_chooses_the_rule_s_code_in_place_of_the_agent_s_counts_for_the_rule(centre: Centre, actor: Actor):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    centre.agent_chooses(row, AGENT_S)
    centre.decide(row)
    kept = centre.assignment(row)

    made = centre.finish(corrected(centre, kept, actor, code=WANTED))

    made.refresh_from_db()
    assert (made.status, made.agreement, made.found_kind) == (Status.VERIFIED, Agreement.SAME, "chosen")


def test_a_correction_of_a_correction_is_measured_by_the_rule_s_code_and_what_was_found_at_first(
    centre: Centre, actor: Actor
):
    ours = verified(centre)
    first = centre.finish(corrected(centre, ours, actor))

    centre.finish(corrected(centre, first, actor, code=WANTED))

    assert counted(centre, ours.ended_at.date()) == [(ours.rule.identity, Agreement.SAME, "none", "verified", 1)]


def test_where_no_rule_chose_a_correction_counts_against_none(centre: Centre, actor: Actor):
    centre.publish((when("media", "is", "email"), WANTED))
    made = centre.finish(corrected(centre, centre.assign(), actor))

    assert counted(centre, made.ended_at.date()) == [(None, Agreement.NONE, "none", "verified", 1)]


def test_a_correction_is_sent_though_its_rule_is_paused(centre: Centre, actor: Actor):
    ours = verified(centre)
    pausing.hold_rule(centre.organization, ours.rule.identity, actor=actor, reason="It is wrong")
    made = corrected(centre, ours, actor)

    Assignment.everywhere.filter(pk=made.pk).update(communication_id=made.communication_id)

    assert centre.claim().pk == made.pk


def test_what_was_corrected_before_is_superseded_when_the_migrations_run(centre: Centre):
    ours = verified(centre)
    AssignmentFactory(
        organization=centre.organization,
        communication=ours.communication,
        generation=1,
        corrects=ours,
        wrapup_code=centre.codes[OTHER],
        ended_at=ours.ended_at,
        verified=True,
    )

    import_module("wrapups.migrations.0065_supersede_what_was_corrected").supersede(None, connection.schema_editor())

    ours.refresh_from_db()
    assert ours.status == Status.SUPERSEDED
    assert counted(centre, ours.ended_at.date()) == [(ours.rule.identity, Agreement.OTHER, "none", "verified", 1)]


@pytest.mark.parametrize("agent_had", [None, AGENT_S, WANTED])
def test_a_list_by_agreement_shows_what_is_counted(centre: Centre, actor: Actor, agent_had: str | None):
    centre.let(overwrite="agent")
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    if agent_had:
        centre.agent_chooses(row, agent_had)
    centre.decide(row)
    corrected(centre, centre.finish(centre.assignment(row)), actor)
    centre.publish((when("media", "is", "email"), WANTED))
    corrected(centre, centre.assign(), actor)

    tallying.count_day(centre.organization, centre.assignment(row).ended_at.date())

    for agreement in Agreement:
        counted = DecisionTally.everywhere.filter(source="", agreement=agreement).aggregate(n=Sum("count"))["n"]
        assert AssignmentFilter(agreement=agreement).apply(centre.organization).count() == (counted or 0)


# What cannot be


def test_a_reason_is_needed(centre: Centre, actor: Actor):
    with pytest.raises(CannotCorrect, match="Say why"):
        corrected(centre, verified(centre), actor, reason="  ")
    assert Assignment.everywhere.count() == 1


@pytest.mark.parametrize("status", [Status.PENDING, Status.APPLIED])
def test_what_is_still_under_way_is_waited_for(centre: Centre, actor: Actor, status: Status):
    assignment = centre.assign()
    if status == Status.APPLIED:
        centre.apply()

    with pytest.raises(CannotCorrect, match="still being written or read back"):
        corrected(centre, assignment, actor)
    assert not Act.objects.exists()


def test_what_ended_too_long_ago_is_left(centre: Centre, actor: Actor):
    ours = verified(centre)
    centre.clock.advance(timedelta(hours=centre.organization.too_late_h).total_seconds() + 1)

    with pytest.raises(CannotCorrect, match="more than 3 days ago"):
        corrected(centre, ours, actor)


@pytest.mark.parametrize(
    "columns",
    [
        {"status": Status.SKIPPED, "reason": SkipReason.NOT_CONNECTED},
        {"status": Status.SKIPPED, "reason": SkipReason.NO_WRAPUP_MEDIUM},
        {"status": Status.FAILED, "reason": FailReason.TOO_LATE},
    ],
)
def test_where_no_code_can_be_none_is_put(centre: Centre, columns: dict[str, str]):
    ours = verified(centre)
    for name, value in columns.items():
        setattr(ours, name, value)

    assert why_not(ours)


def test_a_code_must_exist_and_be_on_the_queue_and_be_another(centre: Centre, actor: Actor):
    ours = verified(centre)
    gone = WrapupCodeFactory(organization=centre.organization, name="Old", gone_at=app_now())
    with pytest.raises(CannotCorrect, match="Old no longer exists"):
        correct(ours, code=gone, over=centre.code(WANTED), reason=WHY, actor=actor)
    with pytest.raises(CannotCorrect, match="Resolved already"):
        corrected(centre, ours, actor, code=WANTED)

    centre.offer(QUEUE, WANTED)
    with pytest.raises(CannotCorrect, match="Escalated is not on the conversation's queue"):
        corrected(centre, ours, actor)


def test_a_correction_that_genesys_refuses_waits_for_a_person(centre: Centre, actor: Actor):
    made = corrected(centre, verified(centre), actor)
    centre.simulator.fault("status", operations=["POST */wrapup"], status=400, count=1)

    finished = centre.finish(made)

    assert (finished.status, finished.reason) == (Status.FAILED, FailReason.REJECTED)


# Whose code is it


def test_a_rule_s_code_is_nobody_s_choice_and_a_correction_is_somebody_s(centre: Centre, actor: Actor):
    ours = verified(centre)
    ours.communication.refresh_from_db()
    assert not is_a_person_s(ours)

    made = centre.finish(corrected(centre, ours, actor))
    made.communication.refresh_from_db()
    assert is_a_person_s(made)


def test_a_code_that_an_agent_chose_is_a_person_s_and_one_that_timed_out_is_not(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    centre.agent_chooses(row, AGENT_S)
    centre.decide(row)
    chosen = centre.assignment(row)

    assert is_a_person_s(chosen)
    chosen.communication.code_id = "ININ-WRAP-UP-TIMEOUT"
    assert not is_a_person_s(chosen)


def test_who_may_not_overwrite_replaces_a_rule_s_code_and_no_person_s(centre: Centre, actor: Actor):
    ours = verified(centre)
    asked = {"code": centre.codes[OTHER], "reason": WHY, "actor": actor, "may_overwrite": False}
    made = centre.finish(correct(ours, over=centre.code(WANTED), **asked))

    with pytest.raises(CannotCorrect, match="A person chose the code"):
        correct(made, over=centre.code(OTHER), **asked | {"code": centre.codes[AGENT_S]})


def test_nothing_is_handed_out_twice(centre: Centre, actor: Actor):
    corrected(centre, verified(centre), actor)

    first, second = (claim_next(centre.organization, worker=name) for name in ("worker-1", "worker-2"))

    assert getattr(first, "kind", None) == Attempt.Kind.READ
    assert not hasattr(second, "kind")

"""Back-fills: a preview that stores nothing, decisions behind fresh work; resumable, cancellable, by one release."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings

from tests.factories import PersonFactory
from tests.services.centre import ANY_CALL, OTHER, PLENTY, WANTED, Centre, alike, when
from tests.services.clock import Clock
from wrapups.domain.capabilities import Answer, Capabilities, Question
from wrapups.domain.status import FailReason, Lane, SkipReason, Status
from wrapups.models import Act, Assignment, Backfill, CallBudget, Conversation, Sweep
from wrapups.models.clock import app_now
from wrapups.services import backfilling, dispatching, filling, sharing
from wrapups.services.auditing import Actor
from wrapups.services.backfilling import CannotBackfill, ask_anew, cancel, confirm, day_begins
from wrapups.services.discovering import fall_behind
from wrapups.services.holding import Hold, Lost

DAY = 86_400
QUERY = ["POST */conversations/details/query"]
JOBS = ["POST */conversations/details/jobs"]
JOB = ["GET */details/jobs/{jobId}"]
RESULTS = ["GET */details/jobs/{jobId}/results"]
DELETE = "DELETE */details/jobs/{jobId}"
VIP = when("attribute.vip", "is", "yes")


@pytest.fixture
def actor(db: None) -> Actor:
    return Actor(PersonFactory(), "192.0.2.7")


@pytest.fixture
def days(centre: Centre) -> Callable[..., dict[str, Any]]:
    """Return the arguments of `ask` for the last so many days."""
    return lambda count: {
        "first_day": (centre.clock.now() - timedelta(days=count)).date(),
        "last_day": centre.clock.now().date(),
    }


def ended(ago_s: float, **values: Any) -> dict[str, Any]:
    return {"alert": -ago_s - 110, "talk": (-ago_s - 100, -ago_s), **values}


def some(centre: Centre, count: int, ago_s: float, **values: Any) -> list[str]:
    document = centre.calls.build(**ended(ago_s, **values))
    return centre.load(*(alike(document) for _ in range(count)))


def held(backfill: Backfill) -> Hold:
    """Hold a back-fill as a worker does."""
    return Hold(Backfill.everywhere.filter(pk=backfill.pk, state=backfill.state), lease_s=60)


def turn_of(centre: Centre, backfill: Backfill) -> Backfill:
    """Take one turn, as it is time; return the back-fill then."""
    CallBudget.objects.update(tokens=PLENTY)
    Backfill.everywhere.filter(pk=backfill.pk).update(due_at=centre.clock.now())
    filling.go_on(centre.organization, gateway=centre.gateway)
    backfill.refresh_from_db()
    return backfill


def until(centre: Centre, backfill: Backfill, state: Backfill.State, *, most: int = 40) -> Backfill:
    """Take turns until it has come to a state."""
    for _ in range(most):
        if turn_of(centre, backfill).state == state:
            return backfill
    raise AssertionError(f"{backfill} after {most} turns, not {state}: {backfill.problem}")


def previewed(centre: Centre, actor: Actor, **stretch: Any) -> Backfill:
    asked = backfilling.ask(centre.organization, reason="New rules", actor=actor, **stretch)
    return until(centre, asked, Backfill.State.READY)


def made(backfill: Backfill) -> list[Assignment]:
    return list(Assignment.everywhere.filter(backfill=backfill).order_by("pk"))


def read_all(centre: Centre, backfill: Backfill) -> None:
    """Take turns until all was read and decided, though not written yet."""
    for _ in range(40):
        turn_of(centre, backfill)
        if backfill.cursor.startswith('{"parts": []'):
            return
    raise AssertionError(f"{backfill}: {backfill.problem}")


@contextmanager
def unchanged(centre: Centre) -> Iterator[None]:
    def rows() -> list[int]:
        return [model.everywhere.of(centre.organization).count() for model in (Assignment, Conversation)]

    before = rows()
    yield
    assert rows() == before


# Asking


def test_a_day_begins_at_its_first_moment_also_where_midnight_is_skipped_or_comes_twice():
    assert day_begins(date(2026, 3, 29), "Europe/Berlin") == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert day_begins(date(2026, 3, 30), "Europe/Berlin") == datetime(2026, 3, 29, 22, tzinfo=UTC)
    assert day_begins(date(2026, 3, 29), "Asia/Beirut") == datetime(2026, 3, 28, 22, tzinfo=UTC)
    assert day_begins(date(2025, 11, 2), "America/Havana") == datetime(2025, 11, 2, 4, tzinfo=UTC)


def test_days_are_those_of_the_organization_and_never_reach_into_the_future(centre: Centre, actor: Actor):
    centre.publish((ANY_CALL, WANTED))
    centre.let(time_zone="Pacific/Kiritimati")
    local = centre.clock.now() + timedelta(hours=14)

    asked = backfilling.ask(
        centre.organization, first_day=local.date(), last_day=local.date(), reason="Try", actor=actor
    )

    assert asked.begins_at == day_begins(local.date(), "Pacific/Kiritimati")
    assert asked.ends_at == centre.clock.now()
    assert Act.objects.get(organization=centre.organization).reason == "Try"


@pytest.mark.parametrize(
    ("first", "last", "reason", "said"),
    [
        (2, 3, "Try", "not before it"),
        (-1, -1, "Try", "has begun"),
        (400, 0, "Try", "at most 366"),
        (2, 1, "  ", "Say why"),
    ],
)
def test_what_makes_no_sense_is_refused_with_what_to_do(
    first: int, last: int, reason: str, said: str, centre: Centre, actor: Actor
):
    centre.publish((ANY_CALL, WANTED))
    today = centre.clock.now().date()

    with pytest.raises(CannotBackfill, match=said):
        backfilling.ask(
            centre.organization,
            first_day=today - timedelta(days=first),
            last_day=today - timedelta(days=last),
            reason=reason,
            actor=actor,
        )


def test_without_rules_there_is_nothing_to_apply(centre: Centre, actor: Actor, days: Any):
    with pytest.raises(CannotBackfill, match="Publish a release"):
        backfilling.ask(centre.organization, reason="Try", actor=actor, **days(2))


def test_only_one_is_open_at_a_time(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    first = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(2))

    with pytest.raises(CannotBackfill, match="still open"):
        backfilling.ask(centre.organization, reason="Again", actor=actor, **days(2))
    cancel(first, with_assignments=False, actor=actor)

    assert backfilling.ask(centre.organization, reason="Again", actor=actor, **days(2))


# The preview


def test_a_preview_counts_by_code_queue_and_reason_and_stores_nothing(centre: Centre, actor: Actor, days: Any):
    queue = centre.queues["Technical Support"].genesys_id
    centre.publish((when("queue", "one_of", [queue]), WANTED), (when("duration_s", "at_least", 9_000), OTHER))
    centre.offer("Technical Support", WANTED, OTHER)
    centre.let(apply_from=centre.clock.now(), too_late_h=72)
    some(centre, 3, 2 * DAY)
    some(centre, 2, 4 * DAY)
    some(centre, 1, 2 * DAY, queue="Billing EU")
    some(centre, 1, 2 * DAY, queue=None)

    with unchanged(centre):
        ready = previewed(centre, actor, **days(10))

    assert ready.read == 7
    assert ready.counted == {
        "fates": {"assigned": 5, "skipped": 2},
        "codes": {str(centre.codes[WANTED].pk): 5},
        "queues": {queue: 5},
        "reasons": {SkipReason.NO_RULE: 1, SkipReason.NO_QUEUE: 1},
        "late": 2,
        "unread": 0,
    }


def test_a_code_that_is_not_on_the_queue_is_foreseen_to_fail(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    centre.offer("Technical Support", OTHER)
    some(centre, 2, 2 * DAY)

    ready = previewed(centre, actor, **days(10))

    assert ready.counted["fates"] == {"failed": 2}
    assert ready.counted["reasons"] == {FailReason.CODE_NOT_ON_QUEUE: 2}


def test_what_was_decided_before_is_known_but_what_matched_no_rule_is_looked_at_again(
    centre: Centre, actor: Actor, days: Any
):
    centre.publish((when("media", "one_of", ["email"]), WANTED))
    unmatched = some(centre, 2, 2 * DAY)
    centre.decide(*unmatched)
    centre.publish((ANY_CALL, WANTED))
    centre.decide(*some(centre, 3, 2 * DAY))

    ready = previewed(centre, actor, **days(10))

    assert ready.counted["fates"] == {"assigned": 2, "known": 3}


def test_policies_hold_for_a_back_fill_as_ever(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    chosen = centre.call(**ended(2 * DAY))
    centre.agent_chooses(chosen, OTHER)
    some(centre, 1, 2 * DAY, outboundCampaignId="a campaign")

    ready = previewed(centre, actor, **days(10))

    assert ready.counted["reasons"] == {SkipReason.AGENT_CHOSE: 1, SkipReason.CAMPAIGN: 1}


def test_what_genesys_was_seen_to_refuse_for_its_age_is_left_out(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    refused = {Question.REFUSED_AGE: Answer(3.0 * DAY, app_now(), 409, "general.conflict")}
    centre.let(capabilities={"media": Capabilities().with_answers("voice", refused).stored()})
    some(centre, 2, 2 * DAY)
    some(centre, 3, 4 * DAY)

    ready = previewed(centre, actor, **days(10))
    confirm(ready, actor=actor)
    read_all(centre, ready)

    assert ready.counted["fates"] == {"assigned": 2, "too_old": 3}
    assert len(made(ready)) == 2


def test_only_what_ended_in_the_stretch_is_counted_however_long_it_had_lasted(centre: Centre, actor: Actor):
    centre.publish((ANY_CALL, WANTED))
    noon = centre.clock.now()
    begin = day_begins((noon - timedelta(days=5)).date(), "UTC")
    since = (noon - begin).total_seconds()
    some(centre, 2, since + 60)
    centre.call(alert=-since - 2 * DAY, talk=(-since - 2 * DAY + 10, -since + 600))
    some(centre, 3, since - 3600)
    some(centre, 4, since - 2 * DAY)

    ready = previewed(centre, actor, first_day=begin.date(), last_day=begin.date())

    assert ready.counted["fates"] == {"assigned": 4}


@pytest.mark.parametrize("by", ["job", "queries"])
def test_the_preview_is_what_is_then_assigned(by: str, centre: Centre, actor: Actor, days: Any):
    centre.publish((when("queue", "one_of", [centre.queues["Technical Support"].genesys_id]), WANTED))
    if by == "queries":
        centre.simulator.revoke("analytics:conversationDetail:view")
        centre.simulator.grant("analytics:agentConversationDetail:view")
    for ago_s in (1 * DAY, 8 * DAY, 20 * DAY, 50 * DAY, 80 * DAY):
        some(centre, 60, ago_s)
    some(centre, 7, 9 * DAY, queue="Billing EU")

    ready = previewed(centre, actor, **days(90))
    confirm(ready, actor=actor)
    read_all(centre, ready)

    assert ready.counted["fates"] == {"assigned": 300, "skipped": 7}
    assert ready.assigned == 300
    assert sum(row.status == Status.PENDING for row in made(ready)) == 300
    assert {row.lane for row in made(ready)} == {Lane.BULK}
    assert (centre.counted(JOBS[0]) > 0) == (by == "job")
    assert centre.budget.refused_at is None


# Jobs


def test_a_job_is_waited_for_and_read_page_by_page(centre: Centre, actor: Actor, clock: Clock, days: Any):
    centre.simulator.switch(job_duration_s=60)
    centre.publish((ANY_CALL, WANTED))
    some(centre, 250, 5 * DAY)
    asked = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(10))

    turn_of(centre, asked)
    waiting = turn_of(centre, asked).read
    clock.advance(61)
    ready = until(centre, asked, Backfill.State.READY)

    assert (waiting, ready.read) == (0, 250)
    assert (centre.counted(JOBS[0]), centre.counted(RESULTS[0])) == (1, 3)


def test_what_jobs_cannot_see_yet_is_read_by_queries(centre: Centre, actor: Actor, days: Any):
    centre.simulator.switch(jobs_lag_s=2 * DAY)
    centre.publish((ANY_CALL, WANTED))
    some(centre, 3, DAY)
    some(centre, 4, 5 * DAY)

    ready = previewed(centre, actor, **days(10))

    assert ready.counted["fates"] == {"assigned": 7}
    assert centre.counted(RESULTS[0]) == 1


def test_what_a_job_knew_a_while_ago_is_read_again_before_it_is_written(centre: Centre, actor: Actor, days: Any):
    centre.simulator.switch(jobs_lag_s=DAY)
    centre.publish((ANY_CALL, WANTED))
    row = centre.call(**ended(5 * DAY))
    ready = previewed(centre, actor, **days(10))
    confirm(ready, actor=actor)
    read_all(centre, ready)
    centre.agent_chooses(row, OTHER)

    [assignment] = made(ready)
    centre.finish(assignment)

    assert (assignment.status, assignment.reason) == (Status.SKIPPED, SkipReason.AGENT_CHOSE)
    assert centre.effective_changes() == 0


def test_a_job_that_is_lost_is_asked_for_anew_and_nothing_counts_twice(
    centre: Centre, actor: Actor, clock: Clock, days: Any
):
    centre.publish((ANY_CALL, WANTED))
    some(centre, 250, 5 * DAY)
    centre.let(calls_per_minute=60)
    asked = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(10))
    while turn_of(centre, asked).read == 0:
        pass
    halfway = asked.read
    clock.advance(2 * DAY)

    ready = until(centre, asked, Backfill.State.READY)

    assert 0 < halfway < 250
    assert (ready.read, ready.begun_anew, ready.counted["fates"]) == (250, 1, {"assigned": 250})


def test_a_job_that_is_lost_again_and_again_is_given_up_with_the_reason(centre: Centre, actor: Actor, days: Any):
    centre.simulator.switch(job_lifetime_s=0)
    centre.publish((ANY_CALL, WANTED))
    asked = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(10))

    failed = until(centre, asked, Backfill.State.FAILED)

    assert "could not gather" in failed.problem
    assert centre.counted(JOBS[0]) == filling.MOST_ANEW + 1


def test_where_jobs_alone_are_refused_queries_do_and_no_call_is_held(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    some(centre, 3, 5 * DAY)
    centre.simulator.fault("status", operations=JOBS, status=403)

    ready = previewed(centre, actor, **days(10))

    assert ready.counted["fates"] == {"assigned": 3}
    assert centre.budget.refused_at is None


def test_attributes_that_the_rules_ask_for_come_from_jobs(centre: Centre, actor: Actor, days: Any):
    centre.publish((VIP, WANTED))
    some(centre, 2, 5 * DAY, attributes={"vip": "yes"})
    some(centre, 3, 5 * DAY)

    ready = previewed(centre, actor, **days(10))
    confirm(ready, actor=actor)
    read_all(centre, ready)

    assert ready.counted["fates"] == {"assigned": 2, "skipped": 3}
    assert ready.assigned == 2
    assert centre.counted("GET */conversations/{conversationId}") == 0


def test_attributes_that_no_job_shows_us_are_said_to_be_out_of_reach(centre: Centre, actor: Actor, days: Any):
    centre.publish((VIP, WANTED))
    centre.simulator.revoke("analytics:conversationDetail:view")
    centre.simulator.grant("analytics:agentConversationDetail:view")
    asked = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(10))

    failed = until(centre, asked, Backfill.State.FAILED)

    assert "participant attributes" in failed.problem
    assert "analytics:conversationDetail:view" in failed.problem


# Confirming


def test_a_preview_by_rules_that_are_no_longer_in_force_is_to_be_made_anew(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    some(centre, 2, 5 * DAY)
    ready = previewed(centre, actor, **days(10))
    newer = centre.publish((ANY_CALL, OTHER))

    with pytest.raises(CannotBackfill, match="anew"):
        confirm(ready, actor=actor)
    anew = until(centre, ask_anew(ready, actor=actor), Backfill.State.READY)

    ready.refresh_from_db()
    assert ready.state == Backfill.State.CANCELLED
    assert (anew.release_id, anew.begins_at, anew.ends_at) == (newer.pk, ready.begins_at, ready.ends_at)
    assert anew.counted["codes"] == {str(centre.codes[OTHER].pk): 2}


def test_a_release_published_while_it_runs_does_not_change_what_was_confirmed(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    some(centre, 2, 5 * DAY)
    ready = previewed(centre, actor, **days(10))
    confirm(ready, actor=actor)
    centre.publish((ANY_CALL, OTHER))

    read_all(centre, ready)

    assert {row.wrapup_code.name for row in made(ready)} == {WANTED}


def test_where_nothing_would_be_assigned_there_is_nothing_to_confirm(centre: Centre, actor: Actor, days: Any):
    centre.publish((when("media", "one_of", ["email"]), WANTED))
    some(centre, 2, 5 * DAY)
    ready = previewed(centre, actor, **days(10))

    with pytest.raises(CannotBackfill, match="nothing to do"):
        confirm(ready, actor=actor)


def test_only_a_preview_that_is_ready_can_be_confirmed(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    asked = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(10))

    with pytest.raises(CannotBackfill, match="reading and counting"):
        confirm(asked, actor=actor)


def test_it_is_done_when_the_last_of_its_assignments_is(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call(**ended(5 * DAY))
    ready = previewed(centre, actor, **days(10))
    confirm(ready, actor=actor)
    read_all(centre, ready)
    [assignment] = made(ready)
    before = turn_of(centre, ready).state

    centre.finish(assignment)
    after = turn_of(centre, ready).state

    assert (before, after) == (Backfill.State.RUNNING, Backfill.State.DONE)
    assert centre.code_on(row) == centre.code(WANTED)


def test_no_more_are_made_than_can_be_worked_on_soon(
    centre: Centre, actor: Actor, days: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(filling, "MOST_WAITING", 100)
    centre.publish((ANY_CALL, WANTED))
    some(centre, 250, 5 * DAY)
    ready = previewed(centre, actor, **days(10))
    confirm(ready, actor=actor)

    for _ in range(4):
        turn_of(centre, ready)
    full = ready.assigned
    Assignment.everywhere.filter(backfill=ready).update(status=Status.CANCELLED)
    turn_of(centre, ready)

    assert (full, ready.assigned) == (100, 200)


# Two workers, people who cancel


def test_two_workers_never_have_the_same_back_fill(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    asked = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(10))
    hold = held(asked)

    filling.go_on(centre.organization, gateway=centre.gateway)

    assert centre.simulator.calls()["calls"] == 0
    hold.release()
    assert filling.is_due(centre.organization)


def test_what_is_cancelled_is_touched_no_more_by_whoever_had_it(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    asked = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(10))
    hold = held(asked)
    cancel(asked, with_assignments=False, actor=actor)

    with pytest.raises(Lost):
        hold.keep(read=7)

    asked.refresh_from_db()
    assert (asked.state, asked.read) == (Backfill.State.CANCELLED, 0)


def test_the_job_of_what_is_cancelled_is_given_up_in_one_call_and_asked_about_no_more(
    centre: Centre, simulator, actor: Actor, days: Any
):
    simulator.switch(job_duration_s=600)
    centre.publish((ANY_CALL, WANTED))
    some(centre, 1, DAY)
    asked = backfilling.ask(centre.organization, reason="New rules", actor=actor, **days(2))
    turn_of(centre, asked)
    cancel(asked, with_assignments=False, actor=actor)
    assert filling.is_due(centre.organization)

    for _ in range(2):
        turn_of(centre, asked)

    assert centre.counted(DELETE) == 1
    assert (asked.state, asked.reading_job) == (Backfill.State.CANCELLED, "")
    assert not filling.is_due(centre.organization)


def test_a_job_that_genesys_does_not_give_up_is_left_to_expire(centre: Centre, simulator, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    asked = backfilling.ask(centre.organization, reason="New rules", actor=actor, **days(2))
    turn_of(centre, asked)
    cancel(asked, with_assignments=False, actor=actor)
    simulator.fault("status", operations=[DELETE], status=403)

    turn_of(centre, asked)

    assert not filling.is_due(centre.organization)
    assert centre.budget.refused_at is None


@pytest.mark.parametrize("with_assignments", [True, False])
def test_cancelling_asks_what_becomes_of_what_was_assigned(
    with_assignments: bool, centre: Centre, actor: Actor, days: Any
):
    centre.publish((ANY_CALL, WANTED))
    some(centre, 5, 5 * DAY)
    ready = previewed(centre, actor, **days(10))
    confirm(ready, actor=actor)
    read_all(centre, ready)
    sent = made(ready)[0]
    Assignment.everywhere.filter(pk=sent.pk).update(write_count=1)

    cancelled = cancel(ready, with_assignments=with_assignments, actor=actor)

    statuses = [row.status for row in made(ready)]
    assert cancelled == (4 if with_assignments else 0)
    assert statuses.count(Status.CANCELLED) == cancelled
    assert made(ready)[0].status == Status.PENDING
    assert not filling.is_due(centre.organization)


def test_cancelling_leaves_what_a_worker_may_have_sent_before_it_died(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    some(centre, 2, 5 * DAY)
    ready = previewed(centre, actor, **days(10))
    confirm(ready, actor=actor)
    read_all(centre, ready)
    left = centre.claim()
    centre.clock.advance(settings.LEASE_S + 1)
    dispatching.recover_expired(centre.organization)
    centre.settle()
    centre.apply()

    cancelled = cancel(ready, with_assignments=True, actor=actor)

    may_be_sent = Assignment.everywhere.get(pk=left.pk)
    assert (may_be_sent.status, may_be_sent.write_count) == (Status.PENDING, 0)
    assert cancelled == 1


def test_what_is_over_cannot_be_cancelled(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    asked = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(10))
    cancel(asked, with_assignments=False, actor=actor)

    with pytest.raises(CannotBackfill, match="cancelled"):
        cancel(asked, with_assignments=True, actor=actor)


# Beside everything else


def test_a_back_fill_waits_while_discovery_is_behind(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    asked = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(10))
    now = centre.clock.now()
    fall_behind(centre.organization, since=now - timedelta(hours=1), until=now)

    turn_of(centre, asked)

    assert centre.simulator.calls()["calls"] == 0
    Sweep.objects.update(until_at=None)
    assert until(centre, asked, Backfill.State.READY)


def test_a_turn_takes_no_more_than_the_back_lane_s_share(
    centre: Centre, actor: Actor, days: Any, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sharing, "time", SimpleNamespace(monotonic=lambda: 0.0))  # a turn that takes no time
    centre.publish((ANY_CALL, WANTED))
    centre.let(calls_per_minute=150)
    some(centre, 900, 5 * DAY)
    asked = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(10))
    turn_of(centre, asked)
    before = centre.simulator.calls()["calls"]

    turn_of(centre, asked)

    assert centre.simulator.calls()["calls"] - before == 5
    rest_s = (asked.due_at - centre.clock.now()).total_seconds()
    assert rest_s == pytest.approx(5 / (150 / 60 * sharing.BACK_SHARE))


def test_fresh_work_goes_before_a_back_fill_that_is_due_longer(centre: Centre, actor: Actor, days: Any):
    centre.publish((ANY_CALL, WANTED))
    some(centre, 3, 5 * DAY)
    ready = previewed(centre, actor, **days(10))
    confirm(ready, actor=actor)
    read_all(centre, ready)
    fresh = centre.assign()

    assert centre.claim().pk == fresh.pk


def test_throttling_is_learnt_from_and_the_back_fill_goes_on_later(
    centre: Centre, actor: Actor, clock: Clock, days: Any
):
    centre.publish((ANY_CALL, WANTED))
    some(centre, 3, 5 * DAY)
    asked = backfilling.ask(centre.organization, reason="Try", actor=actor, **days(10))
    centre.simulator.fault("r429", count=1, retry_after="30")

    turn_of(centre, asked)
    rest_s = (asked.due_at - clock.now()).total_seconds()
    clock.advance(31)

    assert rest_s == 30
    assert until(centre, asked, Backfill.State.READY).counted["fates"] == {"assigned": 3}

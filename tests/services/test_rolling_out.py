"""Shadow mode and gradual roll-out: which release decides what, and what is written of it."""

from datetime import timedelta

import pytest

from tests.factories import BackfillFactory, PersonFactory
from tests.services.centre import ANY_CALL, OTHER, QUEUE, WANTED, Centre
from wrapups.domain.rollout import Rollout, standing
from wrapups.domain.sentences import plain
from wrapups.domain.status import Lane, SkipReason, Status
from wrapups.models import Act, Assignment, Release
from wrapups.services import deciding, restoring, rolling_out
from wrapups.services.auditing import Actor
from wrapups.services.deciders import Deciders
from wrapups.services.explaining import explain
from wrapups.services.foreseeing import Fate, Foresight
from wrapups.services.intake import record_disposition
from wrapups.services.rolling_out import CannotWiden


@pytest.fixture
def actor(db: None) -> Actor:
    """Somebody who publishes."""
    return Actor(PersonFactory())


def in_steps(centre: Centre, percent: int, *, queues: tuple[str, ...] = ()) -> tuple[Release, Release]:
    """Put one release in force for this part, beside another that decides the rest."""
    before = centre.publish((ANY_CALL, OTHER))
    now = centre.publish((ANY_CALL, WANTED))
    ids = [centre.queues[name].genesys_id for name in queues]
    Release.everywhere.filter(pk=now.pk).update(rollout_percent=percent, rollout_queues=ids, beside=before)
    now.refresh_from_db()
    return before, now


def in_shadow(centre: Centre) -> Release:
    """Put a release in force that only decides and records."""
    release = centre.publish((ANY_CALL, WANTED))
    Release.everywhere.filter(pk=release.pk).update(shadow=True)
    release.refresh_from_db()
    return release


# Gradual roll-out


def test_who_falls_to_the_new_release_gets_its_code_and_everybody_else_the_earlier_one_s(centre: Centre):
    before, now = in_steps(centre, 50)
    rows = [centre.call() for _ in range(12)]

    centre.decide(*rows)

    for row in rows:
        assignment = centre.assignment(row)
        expected = now if standing(row["conversation_id"]) < 50 else before
        assert assignment.release == expected
        assert assignment.wrapup_code == centre.codes[WANTED if expected == now else OTHER]
    assert {centre.assignment(row).release_id for row in rows} == {before.pk, now.pk}


def test_it_can_be_for_some_queues_only(centre: Centre):
    before, now = in_steps(centre, 100, queues=(QUEUE,))
    here, elsewhere = centre.call(queue=QUEUE), centre.call(queue="Billing EU")

    centre.decide(here, elsewhere)

    assert centre.assignment(here).release == now
    assert centre.assignment(elsewhere).release == before


def test_what_is_unsent_stays_with_the_release_that_decided_it_when_the_roll_out_widens(centre: Centre, actor: Actor):
    before, now = in_steps(centre, 1)
    row = next(row for row in (centre.call() for _ in range(50)) if standing(row["conversation_id"]) >= 1)
    centre.decide(row)

    rolling_out.widen(now, Rollout(), actor=actor)
    centre.decide(row)

    assert centre.assignment(row).release == before


def test_a_release_beside_another_that_is_beside_a_third_leaves_the_rest_to_that(centre: Centre):
    first, second = in_steps(centre, 1, queues=(QUEUE,))
    third = centre.publish((ANY_CALL, WANTED))
    Release.everywhere.filter(pk=third.pk).update(rollout_percent=1, beside=second)
    third.refresh_from_db()
    ids = [f"conversation-{number}" for number in range(400)]
    low = next(each for each in ids if standing(each) < 1)
    high = next(each for each in ids if standing(each) >= 1)

    deciders = Deciders(third)

    assert deciders.of(low, None) == third
    assert deciders.of(high, centre.queues[QUEUE].genesys_id) == first
    assert Deciders(second).of(low, centre.queues[QUEUE].genesys_id) == second


def test_the_page_says_why_an_earlier_release_decided(centre: Centre):
    before, now = in_steps(centre, 1)
    row = next(row for row in (centre.call() for _ in range(50)) if standing(row["conversation_id"]) >= 1)
    Release.everywhere.filter(pk=before.pk).update(retired_at=centre.clock.now() - timedelta(minutes=5))
    Release.everywhere.filter(pk=now.pk).update(published_at=centre.clock.now() - timedelta(minutes=5))
    centre.decide(row)

    said = [plain(sentence) for sentence in explain(centre.assignment(row)).sentences]

    assert any(f"Release {before.number} decided it, since release {now.number}" in each for each in said)
    assert any("*1 %*" in each and f"{standing(row['conversation_id']):g} %" in each for each in said)


# Widening


def test_widening_is_on_record_and_changes_no_rule(centre: Centre, actor: Actor):
    _, now = in_steps(centre, 10, queues=(QUEUE,))
    rules = list(now.rules.values_list("pk", flat=True))

    wider = rolling_out.widen(now, Rollout(20), actor=actor)

    assert (wider.rollout_percent, wider.rollout_queues) == (20, [])
    assert list(wider.rules.values_list("pk", flat=True)) == rules
    assert Act.objects.get(organization=centre.organization).verb == "change the roll-out"


def test_taking_something_away_again_needs_a_reason(centre: Centre, actor: Actor):
    _, now = in_steps(centre, 50)

    with pytest.raises(CannotWiden, match="Say why"):
        rolling_out.widen(now, Rollout(10), actor=actor)
    narrower = rolling_out.widen(now, Rollout(10), actor=actor, reason="It chose badly on Billing")

    assert narrower.rollout_percent == 10
    assert Act.objects.get(organization=centre.organization).reason == "It chose badly on Billing"


def test_only_what_is_introduced_step_by_step_can_be_widened(centre: Centre, actor: Actor):
    whole = centre.publish((ANY_CALL, WANTED))
    with pytest.raises(CannotWiden, match="nothing stands beside"):
        rolling_out.widen(whole, Rollout(50), actor=actor)

    before, now = in_steps(centre, 50)
    with pytest.raises(CannotWiden, match="is retired"):
        rolling_out.widen(before, Rollout(50), actor=actor)
    with pytest.raises(CannotWiden, match="already"):
        rolling_out.widen(now, Rollout(50), actor=actor)
    with pytest.raises(CannotWiden, match="not known any more"):
        rolling_out.widen(now, Rollout(50, frozenset({"no queue of ours"})), actor=actor, reason="Less")


# Shadow mode


def test_in_shadow_mode_everything_is_decided_and_recorded_and_nothing_written(centre: Centre):
    release = in_shadow(centre)
    row = centre.call()

    centre.decide(row)
    centre.settle()

    assignment = centre.assignment(row)
    assert (assignment.status, assignment.reason) == (Status.SKIPPED, SkipReason.SHADOW)
    assert (assignment.release, assignment.wrapup_code) == (release, centre.codes[WANTED])
    assert assignment.rule is not None
    assert centre.counted("POST */wrapup") == 0
    assert centre.code_on(row) is None
    assert "chose" in plain(explain(assignment).sentences[0])


def test_what_is_recorded_follows_what_outside_systems_say(centre: Centre):
    asks = {"all": [{"fact": "disposition.crm", "operator": "is", "value": "REF-OK"}]}
    release = centre.publish((asks, OTHER), (ANY_CALL, WANTED))
    Release.everywhere.filter(pk=release.pk).update(shadow=True)
    row = centre.call()
    centre.decide(row)

    say(centre, row, "REF-OK")

    assignment = centre.assignment(row)
    assert (assignment.reason, assignment.wrapup_code) == (SkipReason.SHADOW, centre.codes[OTHER])
    assert assignment.generation == 0


def test_going_live_counts_from_now_on(centre: Centre, actor: Actor):
    shadow = in_shadow(centre)
    earlier, later = centre.call(), centre.call()
    centre.decide(earlier)

    live = restoring.put_back_in_force(shadow, reason="It was right", actor=actor)
    centre.decide(earlier, later)

    assert centre.assignment(earlier).reason == SkipReason.SHADOW
    assert (centre.assignment(later).status, centre.assignment(later).release) == (Status.PENDING, live)


def test_what_was_only_recorded_is_decided_anew_where_somebody_asks(centre: Centre, actor: Actor):
    shadow = in_shadow(centre)
    row = centre.call()
    centre.decide(row)
    live = restoring.put_back_in_force(shadow, reason="It was right", actor=actor)
    seen = centre.gateway.conversations([row["conversation_id"]])

    [foreseen] = Foresight(centre.organization, live, now=centre.clock.now()).of(seen)
    [made] = deciding.assign(centre.organization, live, seen, lane=Lane.BULK, backfill_pk=backfill(live, actor))

    recorded = Assignment.everywhere.get(communication=made.communication, generation=0)
    assert foreseen.fate is Fate.ASSIGNED
    assert (recorded.status, made.generation) == (Status.SUPERSEDED, 1)
    assert (centre.assignment(row).status, centre.assignment(row).release) == (Status.PENDING, live)


def test_a_code_the_agent_chose_is_said_to_be_kept_in_shadow_mode_too(centre: Centre):
    in_shadow(centre)
    row = centre.call()
    centre.agent_chooses(row, OTHER)

    centre.decide(row)

    assert centre.assignment(row).reason == SkipReason.AGENT_CHOSE


def say(centre: Centre, row: dict[str, object], code: str) -> None:
    record_disposition(
        centre.organization,
        source="crm",
        event_id=code,
        conversation_id=str(row["conversation_id"]),
        code=code,
        said_at=centre.clock.now(),
    )


def backfill(release: Release, actor: Actor) -> int:
    return int(BackfillFactory(organization=release.organization, release=release, person=actor.person).pk)

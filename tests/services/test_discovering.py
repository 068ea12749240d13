"""Finding ended conversations: a hundred a call, down to where the last look began, never before the beginning."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings

from tests.genesys.simulator.factories import Document
from tests.services.centre import ANY_CALL, OTHER, PLENTY, WANTED, Centre, alike, seconds_between, when
from tests.services.clock import Clock
from wrapups.domain.errors import RateLimited, Unclear
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Assignment, CallBudget, Conversation, Release, Sweep
from wrapups.services import discovering
from wrapups.services.catching_up import reconcile
from wrapups.services.deciding import decide
from wrapups.services.discovering import NoRelease, OutOfCalls, discover, look_at

QUERY = ["POST */conversations/details/query"]
ALONE = ["GET */conversations/{conversationId}"]
VIP = when("attribute.vip", "is", "yes")


def look(centre: Centre) -> int:
    """Look for ended conversations, as it is time; calls are in plenty."""
    CallBudget.objects.update(tokens=PLENTY)
    Sweep.objects.update(due_at=centre.clock.now())
    return discover(centre.organization, gateway=centre.gateway)


def since(centre: Centre, **distance: float) -> None:
    """Let the last look have seen everything up to then."""
    Sweep.objects.filter(organization=centre.organization).update(
        watermark_at=centre.clock.now() - timedelta(**distance)
    )


def sweep_of(centre: Centre, kind: Sweep.Kind = Sweep.Kind.DISCOVER) -> Sweep:
    return Sweep.objects.get(organization=centre.organization, kind=kind)


def ended(ago_s: float) -> dict[str, Any]:
    """Return when a call took place that ended so many seconds ago."""
    return {"alert": -ago_s - 110, "talk": (-ago_s - 100, -ago_s)}


def alike_calls(centre: Centre, count: int, **values: Any) -> list[Document]:
    """Return so many calls that differ in nothing but their ids."""
    document = centre.calls.build(**values)
    return [alike(document) for _ in range(count)]


def queries(centre: Centre) -> int:
    return centre.counted(QUERY[0])


def test_what_ended_since_the_last_look_is_decided_and_the_next_begins_there(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    row, newest = centre.call(**ended(300)), centre.call(**ended(60))

    new = look(centre)

    sweep = sweep_of(centre)
    assert new == 2
    assert [centre.assignment(each).status for each in (row, newest)] == [Status.PENDING] * 2
    assert sweep.watermark_at.isoformat(timespec="milliseconds") == newest["ended_at"].replace("Z", "+00:00")
    assert sweep.problem == ""
    assert seconds_between(centre.clock.now(), sweep.due_at) == settings.DISCOVER_EVERY_S


def test_nothing_is_looked_for_before_there_are_rules(centre: Centre):
    centre.call()

    assert look(centre) == 0
    assert centre.simulator.calls()["calls"] == 0


def test_nothing_is_looked_for_before_it_is_time(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    look(centre)

    assert discover(centre.organization, gateway=centre.gateway) == 0
    assert queries(centre) == 1


def test_what_ended_before_the_organization_was_connected_is_left_alone(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    centre.let(apply_from=centre.clock.now() - timedelta(seconds=200))
    centre.call(**ended(250))
    after = centre.call(**ended(150))

    new = look(centre)

    assert new == 1
    assert centre.assignment(after).status == Status.PENDING


def test_a_second_look_costs_one_call_and_changes_nothing(centre: Centre):
    centre.publish((when("media", "one_of", ["email"]), WANTED))
    since(centre, hours=1)
    centre.simulator.generate(60, within_s=1200)
    look(centre)
    before = (queries(centre), len(centre.entries("wrapups_assignment")))

    new = look(centre)

    assert new == 0
    assert queries(centre) == before[0] + 1
    assert len(centre.entries("wrapups_assignment")) == before[1]


def test_what_was_read_while_it_was_still_going_on_is_found_when_it_has_ended(centre: Centre, clock: Clock):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call(talk=(-100, 30))
    centre.decide(row)
    clock.advance(60)

    new = look(centre)

    assert new == 1
    assert centre.assignment(row)


def test_what_analytics_shows_ten_minutes_late_is_still_found(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    centre.call(**ended(10))
    look(centre)
    late = centre.call(**ended(500))

    assert look(centre) == 1
    assert centre.assignment(late)


def test_what_analytics_shows_later_still_is_found_when_the_day_is_gone_through(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    centre.call(**ended(10))
    look(centre)
    very_late = centre.call(**ended(7200))

    passed_over = look(centre)
    found = reconcile(centre.organization, gateway=centre.gateway)

    assert (passed_over, found) == (0, 1)
    assert centre.assignment(very_late)


def test_many_are_read_a_hundred_a_call_and_pages_that_are_known_are_not_read_again(centre: Centre):
    centre.publish((when("media", "one_of", ["email"]), WANTED))
    since(centre, hours=2)
    centre.load(*(call for ago_s in (600, 700, 800) for call in alike_calls(centre, 70, **ended(ago_s))))

    new = look(centre)
    first = queries(centre)
    look(centre)

    assert new == 210
    assert first == 3
    assert queries(centre) - first == 1


def test_reading_stops_at_the_first_end_before_the_last_look(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    since(centre, minutes=20)
    centre.load(*alike_calls(centre, 150, **ended(7200)))
    centre.call(**ended(60))

    new = look(centre)

    assert new == 1
    assert queries(centre) == 1


def test_a_look_that_fails_starts_again_from_the_same_place(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    since(centre, minutes=30)
    before = sweep_of(centre).watermark_at
    row = centre.call()
    centre.simulator.fault("e500_before", operations=QUERY, count=1)

    failed = look(centre)
    cut_short = sweep_of(centre)
    found = look(centre)

    assert (failed, found) == (0, 1)
    assert cut_short.watermark_at == before
    assert "500" in cut_short.problem
    assert centre.assignment(row)


def test_a_look_that_is_throttled_stops_everybody_and_starts_again_later(centre: Centre, clock: Clock):
    centre.publish((ANY_CALL, WANTED))
    centre.call()
    centre.simulator.fault("r429", operations=QUERY, count=1, retry_after="30")

    look(centre)

    assert seconds_between(clock.now(), centre.budget.wait_until) == 30
    clock.advance(31)
    assert look(centre) == 1


def test_a_look_that_runs_out_of_calls_keeps_what_it_found_and_resumes(centre: Centre, monkeypatch: pytest.MonkeyPatch):
    centre.publish((when("media", "one_of", ["email"]), WANTED))
    since(centre, hours=1)
    centre.load(*alike_calls(centre, 150, **ended(600)))
    before = sweep_of(centre).watermark_at
    monkeypatch.setattr(discovering, "CALL_PATIENCE_S", 0)
    CallBudget.objects.update(tokens=1)

    first = discover(centre.organization, gateway=centre.gateway)
    cut_short = sweep_of(centre)
    second = look(centre)

    assert (first, second) == (100, 50)
    assert cut_short.watermark_at == before
    assert "budget" in cut_short.problem


def test_while_calls_are_held_nothing_is_looked_for(centre: Centre, clock: Clock):
    centre.publish((ANY_CALL, WANTED))
    centre.call()
    CallBudget.objects.update(held_at=clock.now())

    assert look(centre) == 0
    assert queries(centre) == 0


def test_what_is_still_in_after_call_work_is_followed_by_the_next_look(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call(acw=(-100, None))
    look(centre)
    centre.agent_chooses(row, OTHER)

    look(centre)

    assert centre.assignment(row).reason == SkipReason.AGENT_CHOSE


# Participant attributes


def test_attributes_are_read_alone_only_where_the_rules_ask_for_them(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    centre.call(attributes={"vip": "yes"})

    look(centre)

    assert centre.counted(ALONE[0]) == 0


def test_attributes_that_the_rules_ask_for_are_read_once(centre: Centre):
    centre.let(grace_s=600)
    centre.publish((VIP, WANTED))
    row, other = centre.call(attributes={"vip": "yes"}), centre.call()

    look(centre)
    look(centre)

    assert centre.assignment(row).status == Status.PENDING
    assert centre.assignment(other).reason == SkipReason.NO_RULE
    assert centre.counted(ALONE[0]) == 2


def test_what_only_analytics_knows_is_not_lost_beside_attributes(centre: Centre):
    centre.publish((VIP, OTHER), (when("originating_direction", "is", "inbound"), WANTED))
    row = centre.call()

    look(centre)

    assert centre.assignment(row).wrapup_code.name == WANTED


@pytest.mark.parametrize("status", [403, 404])
def test_a_conversation_that_may_not_be_read_alone_is_decided_without_attributes(status: int, centre: Centre):
    centre.publish((VIP, OTHER), (ANY_CALL, WANTED))
    rows = [centre.call(), centre.call(attributes={"vip": "yes"})]
    centre.simulator.fault("status", operations=ALONE, status=status, count=1)

    new = look(centre)

    assert new == 2
    assert {centre.assignment(row).status for row in rows} == {Status.PENDING}
    assert sweep_of(centre).problem == ""


def test_a_conversation_that_cannot_be_read_now_holds_up_no_other_and_is_looked_for_again(centre: Centre):
    centre.publish((VIP, WANTED))
    since(centre, minutes=30)
    before = sweep_of(centre).watermark_at
    for _ in range(3):
        centre.call(attributes={"vip": "yes"})
    centre.simulator.fault("e500_before", operations=ALONE, count=1)

    first = look(centre)
    cut_short = sweep_of(centre)
    second = look(centre)

    assert (first, second) == (2, 1)
    assert cut_short.watermark_at == before
    assert "500" in cut_short.problem


def test_throttling_while_attributes_are_read_stops_everybody(centre: Centre, clock: Clock):
    centre.publish((VIP, WANTED))
    centre.call()
    centre.simulator.fault("r429", operations=ALONE, count=1, retry_after="30")

    new = look(centre)

    assert new == 0
    assert seconds_between(clock.now(), centre.budget.wait_until) == 30
    assert not Conversation.everywhere.exists()


# Given conversations


def test_given_conversations_are_decided_however_old_with_the_attributes_the_rules_ask_for(centre: Centre):
    centre.publish((VIP, WANTED))
    row = centre.call(**ended(86_400 * 3), attributes={"vip": "yes"})

    new = look_at(centre.organization, [row["conversation_id"]], gateway=centre.gateway)

    assert new == 1
    assert centre.assignment(row).status == Status.PENDING


def test_given_conversations_need_rules(centre: Centre):
    with pytest.raises(NoRelease, match="Publish a release"):
        look_at(centre.organization, [], gateway=centre.gateway)


def test_given_conversations_need_calls(centre: Centre, clock: Clock):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    CallBudget.objects.update(held_at=clock.now())

    with pytest.raises(OutOfCalls):
        look_at(centre.organization, [row["conversation_id"]], gateway=centre.gateway)


def test_throttling_while_given_conversations_are_read_stops_everybody(centre: Centre, clock: Clock):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    centre.simulator.fault("r429", count=1, retry_after="30")

    with pytest.raises(RateLimited):
        look_at(centre.organization, [row["conversation_id"]], gateway=centre.gateway)

    assert seconds_between(clock.now(), centre.budget.wait_until) == 30


def test_no_answer_while_attributes_of_given_conversations_are_read_feeds_the_breaker(centre: Centre):
    centre.publish((VIP, WANTED))
    row = centre.call()
    centre.simulator.fault("e500_before", operations=ALONE, count=1)

    with pytest.raises(Unclear):
        look_at(centre.organization, [row["conversation_id"]], gateway=centre.gateway)

    assert centre.budget.recent_calls != ""


def test_one_that_could_not_be_read_for_a_while_holds_up_no_look_any_more(centre: Centre):
    centre.publish((VIP, WANTED))
    since(centre, hours=1)
    centre.call(**ended(1200))
    newest = centre.call(**ended(60))
    centre.simulator.fault("e500_before", operations=ALONE, count=2)

    look(centre)
    kept_at = sweep_of(centre).watermark_at
    look(centre)
    moved_on = sweep_of(centre)

    assert seconds_between(kept_at, centre.clock.now()) == pytest.approx(3600, abs=1)
    assert moved_on.watermark_at.isoformat(timespec="milliseconds") == newest["ended_at"].replace("Z", "+00:00")
    assert moved_on.problem == ""


def test_a_retired_release_decides_nothing_any_more(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    Release.everywhere.update(state=Release.State.RETIRED)
    centre.call()

    assert look(centre) == 0
    assert not Assignment.everywhere.exists()


def test_a_leg_that_analytics_showed_later_than_its_conversation_is_decided_too(centre: Centre):
    release = centre.publish((ANY_CALL, WANTED))
    row = centre.call(**ended(300))
    [whole] = centre.gateway.conversations([row["conversation_id"]])
    decide(centre.organization, release, [replace(whole, communications=())])

    new = look(centre)

    assert new == 1
    assert centre.assignment(row).status == Status.PENDING

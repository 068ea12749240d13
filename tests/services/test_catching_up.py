"""Catching up after outages: in the back lane, a share of the calls a turn, while what ends now is decided as ever."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest

from tests.services.centre import ANY_CALL, OTHER, PLENTY, WANTED, Centre, alike, seconds_between, when
from tests.services.clock import Clock
from wrapups.domain import slices
from wrapups.domain.slices import Place
from wrapups.domain.status import Lane, SkipReason, Status
from wrapups.models import Assignment, CallBudget, Conversation, Sweep
from wrapups.services import catching_up, discovering, sharing, sweeping
from wrapups.services.catching_up import catch_up, reconcile
from wrapups.services.discovering import discover, fall_behind

QUERY = ["POST */conversations/details/query"]
ALONE = ["GET */conversations/{conversationId}"]
NO_RULE_MATCHES = when("media", "one_of", ["email"])
VIP = when("attribute.vip", "is", "yes")
HOUR = 3600


@pytest.fixture
def short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look goes through one page only, so that few conversations make an outage."""
    monkeypatch.setattr(discovering, "LOOK_CALLS", 1)


def duty(centre: Centre, kind: Sweep.Kind = Sweep.Kind.CATCH_UP) -> Sweep:
    return Sweep.objects.get(organization=centre.organization, kind=kind)


def gone_since(centre: Centre, **distance: float) -> None:
    """Let nobody have looked since then."""
    rows = Sweep.objects.filter(organization=centre.organization, kind=Sweep.Kind.DISCOVER)
    rows.update(watermark_at=centre.clock.now() - timedelta(**distance))


def calls_that_ended(centre: Centre, *ago_s: float, each: int = 1) -> list[str]:
    """Let so many calls have ended so many seconds ago; return the conversations' ids."""
    documents = [centre.calls.build(alert=-at - 110, talk=(-at - 100, -at)) for at in ago_s]
    return centre.load(*(alike(document) for document in documents for _ in range(each)))


def now_due(centre: Centre) -> None:
    CallBudget.objects.update(tokens=PLENTY)
    Sweep.objects.update(due_at=centre.clock.now())


def look(centre: Centre) -> int:
    now_due(centre)
    return discover(centre.organization, gateway=centre.gateway)


def turn_of(centre: Centre, duty: Callable[..., int] = catch_up) -> int:
    now_due(centre)
    return duty(centre.organization, gateway=centre.gateway)


def caught_up(centre: Centre, *, most: int = 30) -> int:
    """Take turns until nothing is left; return how many it took."""
    for turns in range(most):
        if duty(centre).until_at is None:
            return turns
        turn_of(centre)
    raise AssertionError(f"not through in {most} turns: {duty(centre).problem}")


def decided(centre: Centre) -> set[str]:
    return set(Conversation.everywhere.of(centre.organization).values_list("conversation_id", flat=True))


# After an outage


def test_the_newest_are_decided_at_once_and_the_rest_is_noted(centre: Centre, short_looks: None):
    centre.publish((NO_RULE_MATCHES, WANTED))
    gone_since(centre, hours=20)
    calls_that_ended(centre, 6 * HOUR, 12 * HOUR, each=80)
    newest = calls_that_ended(centre, 120, each=30)

    new = look(centre)

    behind, looking = duty(centre), duty(centre, Sweep.Kind.DISCOVER)
    assert new == 100
    assert set(newest) <= decided(centre)
    assert seconds_between(looking.watermark_at, centre.clock.now()) == pytest.approx(120, abs=1)
    assert seconds_between(behind.watermark_at, centre.clock.now()) == pytest.approx(20 * HOUR + 600, abs=1)
    assert seconds_between(behind.until_at, centre.clock.now()) == pytest.approx(6 * HOUR, abs=1)
    assert behind.due_at <= centre.clock.now()


def test_a_look_does_not_go_on_into_what_nobody_looked_at_for_long(centre: Centre):
    centre.publish((NO_RULE_MATCHES, WANTED))
    gone_since(centre, hours=20)
    calls_that_ended(centre, 2 * HOUR, 6 * HOUR, each=150)
    newest = calls_that_ended(centre, 60, each=30)

    look(centre)

    assert centre.counted(QUERY[0]) == 1
    assert set(newest) <= decided(centre)
    assert duty(centre).until_at is not None


def test_turn_by_turn_all_that_ended_meanwhile_is_decided_once(centre: Centre, short_looks: None):
    centre.publish((NO_RULE_MATCHES, WANTED))
    gone_since(centre, hours=20)
    made = calls_that_ended(centre, 120, HOUR, 6 * HOUR, 12 * HOUR, 19 * HOUR, each=60)
    too_early = calls_that_ended(centre, 22 * HOUR)
    centre.let(calls_per_minute=30)
    look(centre)

    turns = caught_up(centre)

    assert turns > 2
    assert decided(centre) == set(made)
    assert too_early[0] not in decided(centre)
    assert Assignment.everywhere.of(centre.organization).count() == len(made)


@pytest.mark.parametrize("missed", [3, 150], ids=["found by a look", "caught up on"])
def test_what_was_missed_waits_behind_fresh_work_although_it_is_due_longer(
    missed: int, centre: Centre, short_looks: None
):
    centre.publish((ANY_CALL, WANTED))
    gone_since(centre, hours=20)
    calls_that_ended(centre, 6 * HOUR, each=missed)
    look(centre)
    caught_up(centre)
    [fresh] = calls_that_ended(centre, 60)

    look(centre)

    lanes = Assignment.everywhere.of(centre.organization).values_list("lane", flat=True)
    assert sorted(lanes) == [Lane.BULK] * missed + [Lane.FRESH]
    assert centre.claim().ref.conversation_id == fresh


@pytest.mark.parametrize("outage", [0, 24])
def test_after_a_day_s_outage_what_ends_now_is_decided_in_as_many_calls_as_ever(
    outage: int, centre: Centre, short_looks: None
):
    centre.publish((NO_RULE_MATCHES, WANTED))
    gone_since(centre, hours=outage)
    if outage:
        calls_that_ended(centre, *(hour * HOUR for hour in range(1, 24)), each=40)
    look(centre)
    waited = []
    for _ in range(3):
        fresh = calls_that_ended(centre, 5, each=20)
        before = centre.counted(QUERY[0])
        look(centre)
        waited.append(centre.counted(QUERY[0]) - before)
        assert set(fresh) <= decided(centre)
        turn_of(centre)

    assert waited == [1, 1, 1]
    caught_up(centre)
    assert len(decided(centre)) == 60 + 23 * 40 * bool(outage)


def test_a_turn_takes_its_share_of_the_calls_and_rests_for_as_long_as_they_count(
    centre: Centre, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sharing, "time", SimpleNamespace(monotonic=lambda: 0.0))  # a turn that takes no time
    centre.publish((NO_RULE_MATCHES, WANTED))
    centre.let(calls_per_minute=150)
    calls_that_ended(centre, *(hour * HOUR for hour in range(1, 9)), each=100)
    fall_behind(centre.organization, since=clock.now() - timedelta(hours=10), until=clock.now())

    turn_of(centre)

    assert centre.counted(QUERY[0]) == 5
    rest_s = seconds_between(clock.now(), duty(centre).due_at)
    assert rest_s == pytest.approx(5 / (150 / 60 * sharing.BACK_SHARE))


def test_whoever_comes_next_goes_on_at_the_page_after_the_last(centre: Centre, clock: Clock):
    centre.publish((NO_RULE_MATCHES, WANTED))
    centre.let(calls_per_minute=30)
    calls_that_ended(centre, *(hour * HOUR for hour in range(1, 5)), each=100)
    fall_behind(centre.organization, since=clock.now() - timedelta(hours=10), until=clock.now())

    new = [turn_of(centre) for _ in range(6)]

    assert new == [100, 100, 100, 100, 0, 0]
    assert centre.counted(QUERY[0]) == 5
    assert duty(centre).until_at is None


def test_a_second_outage_widens_the_stretch_and_takes_the_duty_from_who_has_it(centre: Centre, clock: Clock):
    centre.publish((NO_RULE_MATCHES, WANTED))
    now = clock.now()
    fall_behind(centre.organization, since=now - timedelta(hours=10), until=now - timedelta(hours=5))
    with sweeping.turn(centre.organization.pk, Sweep.Kind.CATCH_UP, every_s=60) as mine:
        assert mine
        fall_behind(centre.organization, since=now - timedelta(hours=2), until=now - timedelta(hours=1))
        with pytest.raises(sweeping.TurnLost):
            mine.keep("elsewhere", since=None, until=None)

    behind = duty(centre)
    assert (behind.watermark_at, behind.until_at) == (now - timedelta(hours=10), now - timedelta(hours=1))
    assert (behind.cursor, behind.lease_until) == ("", None)


def test_what_ended_before_the_organization_was_connected_is_left_alone(centre: Centre, clock: Clock):
    centre.publish((NO_RULE_MATCHES, WANTED))
    centre.let(apply_from=clock.now() - timedelta(hours=3))
    [after] = calls_that_ended(centre, 2 * HOUR)
    calls_that_ended(centre, 4 * HOUR)
    fall_behind(centre.organization, since=clock.now() - timedelta(hours=10), until=clock.now())

    caught_up(centre)

    assert decided(centre) == {after}


def test_where_more_ended_than_can_be_paged_through_the_interval_is_halved(
    centre: Centre, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    centre.publish((NO_RULE_MATCHES, WANTED))
    monkeypatch.setattr(slices, "TOO_MANY", 150)
    made = calls_that_ended(centre, *(hour * HOUR for hour in range(1, 8)), each=50)
    fall_behind(centre.organization, since=clock.now() - timedelta(hours=9), until=clock.now())

    caught_up(centre)

    assert decided(centre) == set(made)


def test_what_ended_in_one_moment_beyond_what_genesys_shows_is_said_with_its_number(
    centre: Centre, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    centre.publish((NO_RULE_MATCHES, WANTED))
    monkeypatch.setattr(slices, "DEEPEST", 100)
    calls_that_ended(centre, HOUR, each=150)
    fall_behind(centre.organization, since=clock.now() - timedelta(hours=2), until=clock.now())

    caught_up(centre)

    assert len(decided(centre)) == 100
    assert "About 50 conversations between" in duty(centre).problem
    assert "were not read: Genesys Cloud shows at most 100 of one query." in duty(centre).problem


def test_an_outage_longer_than_an_interval_may_be_is_gone_through_in_slices(centre: Centre, clock: Clock):
    centre.publish((NO_RULE_MATCHES, WANTED))
    day = 24 * HOUR
    centre.let(apply_from=clock.now() - timedelta(days=90))
    made = calls_that_ended(centre, *(days * day for days in (1, 30, 40, 59)))
    fall_behind(centre.organization, since=clock.now() - timedelta(days=60), until=clock.now())

    caught_up(centre)

    assert decided(centre) == set(made)
    assert centre.counted(QUERY[0]) == 3


# Trouble


def test_an_error_is_learnt_from_said_and_the_same_page_read_again(centre: Centre, clock: Clock):
    centre.publish((NO_RULE_MATCHES, WANTED))
    made = calls_that_ended(centre, HOUR)
    fall_behind(centre.organization, since=clock.now() - timedelta(hours=2), until=clock.now())
    centre.simulator.fault("r429", operations=QUERY, count=1, retry_after="30")

    turn_of(centre)
    cut_short = duty(centre)
    clock.advance(31)
    caught_up(centre)

    assert seconds_between(clock.now(), centre.budget.wait_until) == -1
    assert "429" in cut_short.problem
    assert cut_short.until_at is not None
    assert decided(centre) == set(made)


def test_without_calls_nothing_is_caught_up_on_and_nothing_forgotten(
    centre: Centre, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    centre.publish((NO_RULE_MATCHES, WANTED))
    monkeypatch.setattr(sharing, "CALL_PATIENCE_S", 0)
    fall_behind(centre.organization, since=clock.now() - timedelta(hours=2), until=clock.now())
    now_due(centre)
    CallBudget.objects.update(held_at=clock.now())

    catch_up(centre.organization, gateway=centre.gateway)

    assert centre.counted(QUERY[0]) == 0
    assert "budget" in duty(centre).problem
    assert duty(centre).until_at is not None


def test_attributes_are_read_within_the_same_share_and_each_once(centre: Centre, clock: Clock):
    centre.publish((VIP, WANTED))
    centre.let(calls_per_minute=90)
    made = calls_that_ended(centre, HOUR, each=7)
    fall_behind(centre.organization, since=clock.now() - timedelta(hours=2), until=clock.now())

    first = turn_of(centre)
    caught_up(centre)

    assert first == 2
    assert centre.counted(ALONE[0]) == len(made)
    assert decided(centre) == set(made)


@pytest.mark.parametrize(("lasting", "read"), [(1, 1), (catching_up.TRIES + 1, 0)])
def test_one_that_cannot_be_read_is_tried_again_and_then_holds_up_nothing(
    lasting: int, read: int, centre: Centre, clock: Clock
):
    centre.publish((VIP, WANTED))
    calls_that_ended(centre, HOUR)
    fall_behind(centre.organization, since=clock.now() - timedelta(hours=2), until=clock.now())
    centre.simulator.fault("e500_before", operations=ALONE, count=lasting)

    turns = caught_up(centre)

    assert turns == lasting + read
    assert len(decided(centre)) == read


# The last day


def test_the_last_day_is_gone_through_in_turns_and_then_rests_for_an_hour(centre: Centre, clock: Clock):
    centre.publish((NO_RULE_MATCHES, WANTED))
    centre.let(calls_per_minute=30)
    made = calls_that_ended(centre, *(hour * HOUR for hour in (1, 5, 23)), each=50)
    calls_that_ended(centre, 25 * HOUR)

    first = turn_of(centre, reconcile)
    halfway = duty(centre, Sweep.Kind.RECONCILE)
    second = turn_of(centre, reconcile)
    after = duty(centre, Sweep.Kind.RECONCILE)

    assert (first, second) == (100, 50)
    assert Place.of_text(halfway.cursor).page == 2
    assert after.cursor == ""
    assert seconds_between(clock.now(), after.due_at) == 3600
    assert decided(centre) == set(made)


def test_the_last_day_waits_while_there_is_something_to_catch_up_on(centre: Centre, clock: Clock):
    centre.publish((NO_RULE_MATCHES, WANTED))
    fall_behind(centre.organization, since=clock.now() - timedelta(hours=2), until=clock.now())

    turn_of(centre, reconcile)

    assert centre.counted(QUERY[0]) == 0


def test_what_an_agent_has_chosen_since_is_theirs(centre: Centre, clock: Clock):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    centre.agent_chooses(row, OTHER)
    fall_behind(centre.organization, since=clock.now() - timedelta(hours=2), until=clock.now())

    caught_up(centre)

    found = centre.assignment(row)
    assert (found.status, found.reason) == (Status.SKIPPED, SkipReason.AGENT_CHOSE)

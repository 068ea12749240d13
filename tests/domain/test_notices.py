"""What follows from how a post was taken: pure, so every answer there is can be tried."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.notices import (
    BLAMES_THE_NOTICE,
    GIVE_UP_AFTER_S,
    HOLD_AFTER_FAILURES,
    HOLD_AFTER_S,
    LONGEST_REST_S,
    LONGEST_WAIT_S,
    VERSION,
    Health,
    NextTry,
    Outcome,
    Then,
    after_try,
    body,
)
from wrapups.domain.waiting import seconds_asked

DAY_S = float(GIVE_UP_AFTER_S)
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def then(outcome: Outcome, *, tries: int = 1, left_s: float = DAY_S, jitter: float = 0.5, **health: float) -> NextTry:
    failing = Health(int(health.get("failures", 1)), health.get("failing_for_s", 0.0))
    return after_try(outcome, tries=tries, left_s=left_s, health=failing, jitter=jitter)


@pytest.mark.parametrize("status", range(200, 300, 11))
def test_any_2xx_is_told_and_nothing_follows(status: int):
    assert then(Outcome(status)) == NextTry(Then.TOLD)


@pytest.mark.parametrize("status", [0, 301, 308, 400, 401, 403, 404, 408, 409, 422, 425, 429, 500, 502, 503, 504, 599])
def test_anything_else_is_tried_again(status: int):
    step = then(Outcome(status))

    assert step.then is Then.AGAIN
    assert step.after_s >= 1
    assert not step.hold_because
    assert step.problem


@pytest.mark.parametrize(
    ("status", "rests"),
    [*((status, False) for status in sorted(BLAMES_THE_NOTICE)), (0, True), (404, True), (500, True)],
)
def test_only_what_speaks_of_the_receiver_lets_it_rest(status: int, rests: bool):
    assert (then(Outcome(status)).rest_s > 0) == rests


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(("asked_s", "waits_s"), [(0, 1), (37, 37), (10**9, LONGEST_WAIT_S)])
def test_who_asks_for_time_gets_it_within_reason_and_for_everything_it_is_told(status: int, asked_s: int, waits_s: int):
    step = then(Outcome(status, asked_s=asked_s), jitter=0.0)

    assert (step.after_s, step.rest_s) == (waits_s, waits_s)


def test_a_500_does_not_choose_its_own_time():
    assert then(Outcome(500, asked_s=3000), jitter=1.0).after_s <= 2


def test_a_410_holds_and_keeps_the_notice():
    step = then(Outcome(410))

    assert step.then is Then.AGAIN
    assert "410" in step.hold_because


@pytest.mark.parametrize(
    ("failures", "failing_for_s", "held"),
    [
        (HOLD_AFTER_FAILURES, HOLD_AFTER_S, True),
        (HOLD_AFTER_FAILURES - 1, HOLD_AFTER_S, False),
        (10_000, HOLD_AFTER_S - 1, False),
    ],
)
def test_it_is_held_after_many_failures_over_a_long_time_and_not_after_one_of_the_two(failures, failing_for_s, held):
    step = then(Outcome(500), failures=failures, failing_for_s=failing_for_s)

    assert bool(step.hold_because) == held


@given(
    status=st.integers(0, 999),
    asked_s=st.none() | st.integers(-5, 10**12),
    tries=st.integers(1, 60_000),
    left_s=st.floats(-10, DAY_S),
    failures=st.integers(0, 10**9),
    jitter=st.floats(0, 1),
)
def test_whatever_comes_the_waits_are_bounded_and_nothing_waits_beyond_its_time(
    status: int, asked_s: int | None, tries: int, left_s: float, failures: int, jitter: float
):
    step = after_try(Outcome(status, asked_s), tries=tries, left_s=left_s, health=Health(failures, 0.0), jitter=jitter)

    assert 0 <= step.after_s <= LONGEST_WAIT_S * 1.1
    assert 0 <= step.rest_s <= max(LONGEST_REST_S, step.after_s)
    assert step.then is not Then.AGAIN or step.after_s < left_s
    assert (step.then is Then.TOLD) == (200 <= status < 300)


@given(tries=st.integers(1, 40), jitters=st.lists(st.floats(0, 1), min_size=2, max_size=2, unique=True))
def test_chance_spreads_the_tries_and_more_of_it_never_means_sooner(tries: int, jitters: list[float]):
    sooner, later = (then(Outcome(500), tries=tries, jitter=jitter).after_s for jitter in sorted(jitters))

    assert sooner <= later


def test_on_average_a_day_holds_dozens_of_tries_and_not_thousands():
    tries, at_s = 0, 0.0
    while at_s < DAY_S:
        tries += 1
        at_s += then(Outcome(500), tries=tries, jitter=0.5).after_s

    assert 40 <= tries <= 80


def test_what_is_told_is_the_same_in_every_byte_and_says_its_version_name_and_id():
    facts = {"assignment": {"status": "verified"}, "wrapup_code": {"name": "Zurück – ✓"}}

    first, second = (body(dict(facts), event="verified", event_id="1") for _ in range(2))

    assert first == second
    assert json.loads(first) == {"version": VERSION, "id": "1", "event": "verified", **facts}
    assert first.isascii()


@pytest.mark.parametrize(
    ("value", "asked_s"),
    [
        ("0", 0),
        ("37", 37),
        ("-5", None),
        ("٣", None),
        ("1e3", None),
        ("9" * 10, None),
        ("", None),
        ("soon", None),
        ("Sun, 01 Mar 2026 12:02:00 GMT", 120),
        ("Sun, 01 Mar 2026 11:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 12:02:00 -0000", 120),
    ],
)
def test_a_retry_after_is_read_as_seconds_or_as_a_date_or_not_at_all(value: str, asked_s: int | None):
    assert seconds_asked(value, now=NOW) == asked_s


@given(st.text(max_size=60))
def test_no_text_is_too_odd_to_be_a_retry_after(value: str):
    asked_s = seconds_asked(value, now=NOW)

    assert asked_s is None or 0 <= asked_s <= timedelta(days=10**6).total_seconds() * 10

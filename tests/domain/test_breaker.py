"""When everybody is held because Genesys Cloud is unwell."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.breaker import FEWEST, GONE_FIRST, LONGEST_OPEN_S, WINDOW, Breaker, Verdict, after_call

outcomes = st.lists(st.booleans(), max_size=80)


def fed(outcomes: list[bool], jitter: float = 0.5) -> Verdict:
    verdict = Verdict(Breaker())
    for answered in outcomes:
        verdict = after_call(verdict.breaker, answered=answered, jitter=jitter)
    return verdict


def one_gone_first(breaker: Breaker) -> Breaker:
    return replace(breaker, recent=GONE_FIRST)


def test_ten_calls_in_a_row_without_an_answer_open_it_for_thirty_seconds():
    assert not fed([False] * (FEWEST - 1)).breaker.is_open
    assert fed([False] * FEWEST).open_for_s == 30


def test_while_more_than_half_are_answered_it_stays_closed():
    assert not fed([True, True, False] * 20).breaker.is_open


def test_a_good_call_that_goes_first_closes_it():
    opened = one_gone_first(fed([False] * FEWEST).breaker)

    assert after_call(opened, answered=True, jitter=0.5) == Verdict(Breaker())


@given(outcomes)
def test_what_was_under_way_when_it_opened_changes_nothing(later):
    assert fed([*[False] * FEWEST, *later]).breaker == fed([False] * FEWEST).breaker


def test_each_bad_call_that_goes_first_doubles_the_next_one_up_to_ten_minutes():
    verdict, seconds = fed([False] * FEWEST), []
    for _ in range(7):
        verdict = after_call(one_gone_first(verdict.breaker), answered=False, jitter=0.5)
        seconds.append(verdict.open_for_s)

    assert seconds == [60, 120, 240, 480, 600, 600, 600]


@given(outcomes, st.floats(0, 1))
def test_it_never_holds_longer_than_ten_minutes_and_a_fifth(outcomes, jitter):
    assert 0 <= fed(outcomes, jitter).open_for_s <= LONGEST_OPEN_S * 1.2


@given(outcomes)
def test_it_remembers_no_more_than_its_window(outcomes):
    assert len(fed(outcomes).breaker.recent) <= WINDOW


@given(outcomes)
def test_a_good_call_never_opens_it(outcomes):
    assert fed([*outcomes, True]).open_for_s == 0

"""How long each kind is kept: safe by default, changed within bounds, and never guessed at."""

import pytest

from wrapups.domain.retention import MOST_DAYS, PERIODS, BadRetention, Kind, days_kept

UNIQUE_FOR_DAYS = 7


def test_without_a_choice_every_kind_is_kept_for_its_default():
    assert days_kept({}) == {kind: period.days for kind, period in PERIODS.items()}
    assert set(PERIODS) == set(Kind)


def test_a_choice_counts_for_its_kind_alone():
    assert days_kept({"events": 30}) == days_kept({}) | {Kind.EVENTS: 30}


def test_events_are_never_kept_for_less_than_their_ids_are_unique():
    assert PERIODS[Kind.EVENTS].least >= UNIQUE_FOR_DAYS
    with pytest.raises(BadRetention, match=f"events: choose a whole number of days from {UNIQUE_FOR_DAYS} to"):
        days_kept({"events": UNIQUE_FOR_DAYS - 1})


@pytest.mark.parametrize("days", [0, -1, MOST_DAYS + 1, 30.5, "30", True, None])
def test_days_that_are_no_whole_number_within_the_bounds_are_refused(days: object):
    with pytest.raises(BadRetention, match="imports: choose a whole number of days from 1"):
        days_kept({"imports": days})


def test_a_kind_that_there_is_not_is_refused_with_those_that_there_are():
    with pytest.raises(BadRetention, match=r"nothing called 'audit' to keep\. Use events, notices"):
        days_kept({"audit": 1})

"""Hours of the week by somebody's clock, through midnight, weekends and changed clocks."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.hours import QuietHours, WorkingHours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(22), time(7), (), BERLIN)
WEEKENDS = QuietHours(None, None, (5, 6), BERLIN)
OFFICE = WorkingHours(time(8), time(18), (0, 1, 2, 3, 4), BERLIN)


def berlin(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "at", "quiet"),
    [
        (NIGHT, "2026-03-02 21:59", False),
        (NIGHT, "2026-03-02 22:00", True),
        (NIGHT, "2026-03-03 03:00", True),
        (NIGHT, "2026-03-03 07:00", False),
        (QuietHours(time(12), time(13), (), BERLIN), "2026-03-02 12:30", True),
        (QuietHours(time(12), time(13), (), BERLIN), "2026-03-02 13:00", False),
        (QuietHours(time(9), time(9), (), BERLIN), "2026-03-02 09:00", False),
        (WEEKENDS, "2026-03-06 23:59", False),
        (WEEKENDS, "2026-03-07 12:00", True),
        (QuietHours(None, None, (), BERLIN), "2026-03-07 12:00", False),
    ],
)
def test_when_it_is_quiet(hours: QuietHours, at: str, quiet: bool):
    assert hours.cover(berlin(at)) is quiet


@pytest.mark.parametrize(
    ("hours", "at", "end"),
    [
        (NIGHT, "2026-03-02 23:00", "2026-03-03 07:00"),
        (NIGHT, "2026-03-28 23:00", "2026-03-29 07:00"),  # an hour shorter: clocks go forward
        (NIGHT, "2026-10-24 23:00", "2026-10-25 07:00"),  # an hour longer
        (WEEKENDS, "2026-03-07 12:00", "2026-03-09 00:00"),
        (QuietHours(time(22), time(7), (5, 6), BERLIN), "2026-03-06 23:00", "2026-03-09 07:00"),
        (NIGHT, "2026-03-02 12:00", "2026-03-02 12:00"),
    ],
)
def test_when_it_is_no_longer_quiet(hours: QuietHours, at: str, end: str):
    assert hours.end_after(berlin(at)) == berlin(end)


def test_seven_quiet_days_never_end():
    assert QuietHours(None, None, range(7), BERLIN).end_after(berlin("2026-03-02 12:00")) is None


TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(TIMES, TIMES, st.sets(st.integers(0, 6), max_size=6), st.integers(0, 365 * 1440))
def test_the_end_is_not_quiet_and_nothing_before_it_is_loud(begins: time, ends: time, days: set[int], minute: int):
    hours = QuietHours(begins, ends, days, BERLIN)
    moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)

    end = hours.end_after(moment)

    assert end is not None
    assert not hours.cover(end)
    between = [moment + (end - moment) * part / 7 for part in range(7)]
    assert all(hours.cover(each) for each in between if each < end - timedelta(minutes=1))


@pytest.mark.parametrize(
    ("last", "at", "silence_min"),
    [
        ("2026-03-02 09:00", "2026-03-02 10:00", 60),
        ("2026-03-01 09:00", "2026-03-02 08:20", 20),  # nobody worked at night
        (None, "2026-03-02 12:00", 240),
        ("2026-03-02 09:00", "2026-03-02 18:00", None),
        ("2026-03-06 09:00", "2026-03-07 10:00", None),
    ],
)
def test_silence_counts_within_working_hours(last: str | None, at: str, silence_min: int | None):
    silence_s = OFFICE.silence_s(berlin(last) if last else None, berlin(at))

    assert silence_s == (None if silence_min is None else silence_min * 60)

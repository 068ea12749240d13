"""Hours of the week by somebody's clock, through midnight, weekends and changed clocks."""

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest

from wrapups.domain.hours import QuietHours, WorkingHours

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = QuietHours(time(22), time(7), (), BERLIN)
WEEKENDS = QuietHours(None, None, (5, 6), BERLIN)
OFFICE = WorkingHours(time(8), time(18), (0, 1, 2, 3, 4), BERLIN)
NIGHT_SHIFT = WorkingHours(time(22), time(6), (0, 1, 2, 3, 4), BERLIN)
ROUND_THE_CLOCK = WorkingHours(time(0), time(0), range(7), BERLIN)
BUT_A_MINUTE = WorkingHours(time(0), time(23, 59), range(7), BERLIN)


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


@pytest.mark.parametrize(
    ("hours", "last", "at", "silence_min"),
    [
        (NIGHT_SHIFT, "2026-03-02 20:00", "2026-03-03 00:30", 150),  # counts from ten o'clock, over midnight
        (NIGHT_SHIFT, "2026-03-02 23:00", "2026-03-03 06:00", None),
        (NIGHT_SHIFT, "2026-03-06 23:00", "2026-03-07 05:00", 360),  # Friday's night ends on Saturday
        (NIGHT_SHIFT, "2026-03-06 23:00", "2026-03-07 23:00", None),
        (NIGHT_SHIFT, "2026-03-27 20:00", "2026-03-28 05:00", 420),
        (ROUND_THE_CLOCK, "2026-03-02 23:30", "2026-03-03 00:30", 60),
        (BUT_A_MINUTE, "2026-03-02 23:30", "2026-03-03 00:30", 60),
        (ROUND_THE_CLOCK, "2026-03-28 23:30", "2026-03-29 03:30", 180),  # clocks go forward
    ],
)
def test_silence_counts_over_midnight_where_people_work_then(
    hours: WorkingHours, last: str, at: str, silence_min: int | None
):
    silence_s = hours.silence_s(berlin(last), berlin(at))

    assert silence_s == (None if silence_min is None else silence_min * 60)


@pytest.mark.parametrize(
    ("begins", "ends", "days", "minutes"),
    [
        (time(8), time(18), (0, 1, 2, 3, 4), 600),
        (time(22), time(6), (0, 2), 480),
        (time(0), time(0), (3,), 1440),
        (time(0), time(0), (0, 5, 6), 3 * 1440),  # Saturday to Monday
        (time(0), time(23, 59), range(7), 7 * 1440 - 1),
    ],
)
def test_the_longest_that_people_work_without_a_pause(begins: time, ends: time, days: list[int], minutes: int):
    assert WorkingHours(begins, ends, days, BERLIN).longest_min == minutes

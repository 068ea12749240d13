"""When something is due that comes by the day or by the week."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.schedules import Every, Schedule

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        (Schedule(Every.DAY, 7, PARIS), "2026-11-22T05:59", "2026-11-22T06:00"),
        (Schedule(Every.DAY, 7, PARIS), "2026-11-22T06:00", "2026-11-23T06:00"),
        (Schedule(Every.DAY, 7, PARIS), "2026-10-24T06:00", "2026-10-25T06:00"),  # the clock goes back that night
        (Schedule(Every.DAY, 2, PARIS), "2026-03-28T12:00", "2026-03-29T01:00"),  # an hour that is skipped
        (Schedule(Every.DAY, 2, PARIS), "2026-10-24T12:00", "2026-10-25T00:00"),  # an hour that comes twice
        (Schedule(Every.DAY, 2, PARIS), "2026-10-25T00:00", "2026-10-26T01:00"),
        (Schedule(Every.WEEK, 7, PARIS, weekday=0), "2026-11-22T12:00", "2026-11-23T06:00"),
        (Schedule(Every.WEEK, 7, PARIS, weekday=6), "2026-11-22T12:00", "2026-11-29T06:00"),
    ],
)
def test_it_is_due_at_that_hour_of_the_zones_clock(schedule: Schedule, after: str, due: str):
    assert schedule.next_after(at(after)) == at(due)


@given(
    every=st.sampled_from(Every),
    hour=st.integers(0, 23),
    weekday=st.integers(0, 6),
    zone=st.sampled_from(["UTC", "Europe/Paris", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia"]),
    moment=st.datetimes(datetime(2000, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 (hypothesis adds the zone)
)
def test_it_is_due_once_a_day_or_once_a_week(every: Every, hour: int, weekday: int, zone: str, moment: datetime):
    schedule = Schedule(every, hour, ZoneInfo(zone), weekday)

    first = schedule.next_after(moment.replace(tzinfo=UTC))
    second = schedule.next_after(first)

    assert first > moment.replace(tzinfo=UTC)
    days = 1 if every is Every.DAY else 7
    assert timedelta(days=days, hours=-1) <= second - first <= timedelta(days=days + 1, hours=1)


def test_what_a_pause_has_let_pass_counts_once_as_the_latest():
    schedule = Schedule(Every.DAY, 7, PARIS)

    assert schedule.latest_until(at("2026-11-22T12:00"), since=at("2026-11-18T06:00")) == at("2026-11-22T06:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)

"""How a stretch of the past is read: by jobs as far as they can see, by queries else, each moment once."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.reading_plan import SHORT, AttributesOutOfReach, Plan, Source, plan
from wrapups.domain.slices import LONGEST

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
minutes = st.integers(-200 * 24 * 60, 0).map(lambda ago: NOON + timedelta(minutes=ago))


@given(st.lists(minutes, min_size=2, max_size=2).map(sorted), st.none() | minutes)
def test_every_moment_is_read_once_and_none_by_a_job_that_cannot_see_it(
    edges: list[datetime], jobs_until: datetime | None
):
    begin, end = edges

    parts = plan(begin, end, jobs_until=jobs_until, attributes=False).parts

    assert [later.slice.begins_at for later, _ in pairwise(parts)] == [
        earlier.slice.ends_at for _, earlier in pairwise(parts)
    ]
    assert (begin == end) == (parts == ())
    assert not parts or (parts[0].slice.ends_at, parts[-1].slice.begins_at) == (end, begin)
    assert all(part.slice.ends_at - part.slice.begins_at <= LONGEST for part in parts)
    assert all(jobs_until and part.slice.ends_at <= jobs_until for part in parts if part.source is Source.JOB)


def test_a_short_stretch_is_read_by_queries():
    [part] = plan(NOON - SHORT, NOON, jobs_until=NOON, attributes=False).parts

    assert part.source is Source.QUERY


def test_what_jobs_cannot_see_yet_is_read_by_queries():
    parts = plan(NOON - 3 * DAY, NOON, jobs_until=NOON - DAY, attributes=False).parts

    assert [part.source for part in parts] == [Source.QUERY, Source.JOB]


def test_where_the_rules_ask_for_attributes_only_jobs_will_do():
    [part] = plan(NOON - DAY / 2, NOON, jobs_until=NOON - DAY / 4, attributes=True).parts

    assert (part.source, part.slice.ends_at) == (Source.JOB, NOON - DAY / 4)


@pytest.mark.parametrize(
    ("jobs_until", "said"), [(None, "allows us none"), (NOON - DAY, "Try again in a day")], ids=["no jobs", "too young"]
)
def test_attributes_out_of_reach_are_said_to_be_so(jobs_until: datetime | None, said: str):
    with pytest.raises(AttributesOutOfReach, match=said):
        plan(NOON - DAY / 2, NOON, jobs_until=jobs_until, attributes=True)


def test_a_plan_goes_on_from_its_text():
    whole = plan(NOON - 90 * DAY, NOON, jobs_until=NOON - DAY, attributes=False)

    there = Plan.of_text(whole.after("cursor").to_text())

    assert there == whole.after("cursor")
    assert there.after("") == Plan(whole.parts[1:])
    assert Plan(()).over

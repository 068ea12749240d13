"""Slices of the past: they cover it exactly, never meet a limit of Genesys, and a walk through them misses nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain import slices as module
from wrapups.domain.slices import DEEPEST, LONGEST, SHORTEST, TOO_MANY, Place, Shown, Slice, slices

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PAGE_SIZE = 2
FIRST, LAST = datetime(2025, 1, 1), datetime(2026, 12, 31)  # noqa: DTZ001 (Hypothesis wants the bounds naive)
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@dataclass(frozen=True)
class Past:
    """Conversations by start and end, and how Genesys pages through them: by end, latest first, and only so deep."""

    conversations: tuple[tuple[datetime, datetime], ...]

    def page(self, one: Slice, page: int, size: int) -> tuple[list[int], Shown]:
        assert one.ends_at - one.begins_at <= LONGEST
        assert page * size <= module.DEEPEST
        first_day = one.begins_at.replace(hour=0, minute=0, second=0, microsecond=0)
        found = sorted(
            (-ended.timestamp(), key)
            for key, (started, ended) in enumerate(self.conversations)
            if first_day <= started < one.ends_at and ended >= one.begins_at
        )
        keys = [key for _, key in found[(page - 1) * size : page * size]]
        ends = [self.conversations[key][1] for key in keys]
        return keys, Shown(tuple(map(str, keys)), min(ends, default=None), len(found))


def walked(past: Past, since: datetime, until: datetime, lookback: timedelta) -> tuple[list[int], int]:
    """Return what a walk takes, in order, and how many pages it read."""
    place, taken, pages = Place.beginning(since - lookback, until), [], 0
    while not place.over:
        keys, shown = past.page(place.left[0], place.page, PAGE_SIZE)
        pages += 1
        if not place.too_many(shown):
            new = [key for key in keys if str(key) not in place.before]
            taken += [
                key
                for key in new
                if place.belongs(past.conversations[key][0]) and since <= past.conversations[key][1] < until
            ]
        place = Place.of_text(place.after(shown, floor=since, page_size=PAGE_SIZE).to_text())
    return taken, pages


@given(st.lists(moments, min_size=2, max_size=2).map(sorted), st.integers(1, 45))
def test_slices_cover_an_interval_exactly_without_overlap_and_none_is_too_long(edges: list[datetime], days: int):
    begin, end = edges

    found = slices(begin, end, longest=timedelta(days=days))

    assert all(timedelta() < each.ends_at - each.begins_at <= timedelta(days=days) for each in found)
    assert all(later.begins_at == earlier.ends_at for later, earlier in pairwise(found))
    if found:
        assert found[-1].begins_at <= begin < found[-1].begins_at + timedelta(milliseconds=1)
        assert found[0].ends_at - timedelta(milliseconds=1) < end <= found[0].ends_at


def test_an_empty_interval_has_no_slices():
    assert slices(NOON, NOON) == slices(NOON, NOON - LONGEST) == ()


@given(moments, st.integers(2, 10**9))
def test_halves_lie_side_by_side(begin: datetime, milliseconds: int):
    [whole] = slices(begin, begin + timedelta(milliseconds=milliseconds), longest=timedelta(days=40))

    later, earlier = whole.halves()

    assert (earlier.begins_at, earlier.ends_at, later.ends_at) == (whole.begins_at, later.begins_at, whole.ends_at)
    assert earlier.begins_at < earlier.ends_at < later.ends_at


@given(
    st.lists(
        st.tuples(st.integers(0, 6 * 24 * 60), st.sampled_from([0, 1, 7, 90, 26 * 60, 50 * 60])),
        max_size=40,
    ),
    st.integers(1, 60 * 24 * 4),
)
def test_a_walk_takes_all_that_ended_in_its_stretch_once_however_often_it_must_halve(
    lengths: list[tuple[int, int]], minutes: int
):
    week = NOON - timedelta(days=7)
    spans = [
        (week + timedelta(minutes=begin, seconds=begin % 60), timedelta(minutes=lasts)) for begin, lasts in lengths
    ]
    past = Past(tuple((start, start + lasts) for start, lasts in spans))
    since, until = NOON - timedelta(minutes=minutes), NOON
    with pytest.MonkeyPatch.context() as limits:
        limits.setattr(module, "TOO_MANY", 9)
        limits.setattr(module, "DEEPEST", 1000)
        taken, _ = walked(past, since, until, timedelta(days=4))

    wanted = [key for key, (_, ended) in enumerate(past.conversations) if since <= ended < until]
    assert sorted(taken) == wanted
    assert len(taken) == len(set(taken))


def test_a_slice_that_shows_too_many_is_halved_the_later_half_first():
    place = Place.beginning(NOON - timedelta(days=1), NOON)
    shown = Shown(("a",), NOON, TOO_MANY)

    halved = place.after(shown, floor=NOON - timedelta(days=1), page_size=100)

    assert place.too_many(shown)
    assert [each.begins_at for each in halved.left] == [NOON - timedelta(hours=12), NOON - timedelta(days=1)]
    assert halved.page == 1


def test_what_cannot_be_halved_any_more_is_read_as_deep_as_genesys_pages_and_no_deeper():
    place, pages, unread = Place.beginning(NOON - SHORTEST, NOON), 0, []

    while not place.over:
        pages += 1
        shown = Shown(tuple(f"{pages}-{n}" for n in range(100)), NOON, 10 * DEEPEST)
        unread.append(place.unread(shown, floor=NOON - SHORTEST, page_size=100))
        place = place.after(shown, floor=NOON - SHORTEST, page_size=100)

    assert pages * 100 == DEEPEST
    assert [number for number in unread if number] == [unread[-1]] == [9 * DEEPEST]


def test_a_page_that_ends_below_the_stretch_is_the_last_of_its_slice():
    since = NOON - timedelta(hours=1)
    place = Place.beginning(NOON - timedelta(days=2), NOON)

    after = place.after(Shown(("a", "b"), since - timedelta(seconds=1), 500), floor=since, page_size=2)

    assert after.over


def test_a_full_page_is_followed_by_another_whatever_the_approximate_total_says():
    place = Place.beginning(NOON - timedelta(hours=1), NOON)

    after = place.after(Shown(("a", "b"), NOON, 2), floor=NOON - timedelta(hours=1), page_size=2)

    assert (after.page, after.before) == (2, frozenset({"a", "b"}))


def test_what_is_left_is_reckoned_from_what_it_took_so_far():
    since = NOON - timedelta(hours=10)
    place = Place.beginning(since - timedelta(days=7), NOON)
    full = tuple(str(n) for n in range(100))

    later = place.after(Shown(full, NOON - timedelta(hours=2), 900), floor=since, page_size=100, calls=20)

    assert place.calls_left(since, NOON) is None
    assert later.calls_left(since, NOON) == 80
    assert Place(()).calls_left(since, NOON) == 0

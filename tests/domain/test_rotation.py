"""How much of the catalogue is read when, and in which order queues have their codes read."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.rotation import NEW_QUEUES_A_LOOK, QUEUES_A_LOOK, Extent, QueueTurn, extent, queues_to_read

BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def turn(id_: str, *, hours_ago: float | None = 1, in_use: bool = False) -> QueueTurn:
    return QueueTurn(id_, None if hours_ago is None else NOON - timedelta(hours=hours_ago), in_use)


turns = st.lists(
    st.builds(
        turn,
        st.uuids().map(str),
        hours_ago=st.none() | st.floats(0, 1000),
        in_use=st.booleans(),
    ),
    max_size=60,
)


@pytest.mark.parametrize(
    ("whole_at", "now", "expected"),
    [
        (None, NOON, Extent.EVERYTHING),
        (datetime(2026, 11, 22, 2, 30, tzinfo=UTC), NOON, Extent.LOOK),
        (datetime(2026, 11, 22, 1, 59, tzinfo=UTC), NOON, Extent.NIGHT),
        (datetime(2026, 11, 21, 2, 30, tzinfo=UTC), datetime(2026, 11, 22, 1, 59, tzinfo=UTC), Extent.LOOK),
        (datetime(2026, 11, 21, 2, 30, tzinfo=UTC), datetime(2026, 11, 22, 2, 1, tzinfo=UTC), Extent.NIGHT),
    ],
    ids=["never", "since three o'clock", "before three o'clock", "the night is yet to come", "the night has come"],
)
def test_everything_is_listed_once_a_night_by_the_organization_s_clock(
    whole_at: datetime | None, now: datetime, expected: Extent
) -> None:
    assert extent(whole_at, now=now, zone=BERLIN) is expected


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_a_night_in_which_the_clocks_change_is_one_night(day: str) -> None:
    midnight = datetime.fromisoformat(day).replace(tzinfo=BERLIN).astimezone(UTC)
    whole_at, readings = midnight - timedelta(hours=12), 0

    for minute in range(0, 24 * 60, 15):
        now = midnight + timedelta(minutes=minute)
        if extent(whole_at, now=now, zone=BERLIN) is Extent.NIGHT:
            whole_at, readings = now, readings + 1

    assert readings == 1


def test_a_look_reads_the_queues_in_use_that_have_waited_longest() -> None:
    queues = [turn("a", hours_ago=1, in_use=True), turn("b", hours_ago=3, in_use=True), turn("c", hours_ago=9)]

    assert queues_to_read([*queues, turn("d", hours_ago=2, in_use=True)], Extent.LOOK) == ["b", "d"]


def test_a_queue_that_has_changed_goes_first_and_one_in_use_before_others() -> None:
    queues = [turn("a", in_use=True), turn("b", hours_ago=None), turn("c", hours_ago=None, in_use=True)]

    assert queues_to_read(queues, Extent.LOOK) == ["c", "b"]


def test_a_night_reads_queues_in_use_and_a_seventh_of_the_others_the_oldest_first() -> None:
    idle = [turn(f"idle-{n:02}", hours_ago=100 - n) for n in range(20)]

    assert queues_to_read([turn("used", in_use=True), *idle], Extent.NIGHT) == ["used", "idle-00", "idle-01", "idle-02"]


@given(turns)
def test_a_look_never_reads_more_than_its_share(queues: list[QueueTurn]) -> None:
    chosen = queues_to_read(queues, Extent.LOOK)

    new = sum(queue.read_at is None for queue in queues)
    assert len(chosen) <= max(QUEUES_A_LOOK, min(new, NEW_QUEUES_A_LOOK))


@given(turns, st.sampled_from(Extent))
def test_no_queue_is_read_twice_and_everything_is_every_queue(queues: list[QueueTurn], extent: Extent) -> None:
    chosen = queues_to_read(queues, extent)

    assert len(chosen) == len(set(chosen))
    assert set(chosen) <= {queue.id for queue in queues}
    if extent is Extent.EVERYTHING:
        assert len(chosen) == len(queues)


@given(turns)
def test_seven_nights_read_the_codes_of_every_queue(queues: list[QueueTurn]) -> None:
    unread = {queue.id: queue for queue in queues}

    for night in range(7):
        for id_ in queues_to_read(queues, Extent.NIGHT):
            unread.pop(id_, None)
            queues = [
                QueueTurn(id_, NOON + timedelta(days=night), queue.in_use) if queue.id == id_ else queue
                for queue in queues
            ]

    assert not unread

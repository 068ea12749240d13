"""Introducing a release step by step: who falls to it follows from the conversation's id alone."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.rollout import Rollout, standing

PERCENTS = st.integers(1, 100)
QUEUES = st.frozensets(st.sampled_from("ABCD"))
ROLLOUTS = st.builds(Rollout, percent=PERCENTS, queue_ids=QUEUES)
CONVERSATIONS = [str(UUID(int=number * 2**64 + number)) for number in range(10_000)]


@given(percent=PERCENTS)
def test_the_share_of_ten_thousand_conversations_is_the_percent_asked_for_within_two(percent: int) -> None:
    rollout = Rollout(percent)

    taken = sum(rollout.takes(conversation_id, "A") for conversation_id in CONVERSATIONS)

    assert abs(taken / 100 - percent) < 2


@given(conversation_id=st.text(), narrow=PERCENTS, more=PERCENTS)
def test_whoever_is_in_stays_in_when_it_widens(conversation_id: str, narrow: int, more: int) -> None:
    wide = min(100, narrow + more)

    assert Rollout(wide).takes(conversation_id, None) or not Rollout(narrow).takes(conversation_id, None)


@given(conversation_id=st.text())
def test_the_whole_takes_everything(conversation_id: str) -> None:
    assert Rollout().takes(conversation_id, None)
    assert 0 <= standing(conversation_id) < 100


@given(conversation_id=st.text(), percent=PERCENTS, queues=st.lists(st.sampled_from(["A", "B", None]), min_size=2))
def test_by_percent_all_communications_of_a_conversation_fall_to_one_side(
    conversation_id: str, percent: int, queues: list[str | None]
) -> None:
    rollout = Rollout(percent)

    assert len({rollout.takes(conversation_id, queue) for queue in queues}) == 1


def test_where_a_conversation_stands_never_changes() -> None:
    assert standing("5f0c1f4e-9b1d-4c7a-8e2b-3a6d7c8e9f01") == 90.39


def test_with_queues_it_is_for_these_only() -> None:
    rollout = Rollout(queue_ids=frozenset({"A", "B"}))

    assert [rollout.takes("any", queue) for queue in ("A", "B", "C", None)] == [True, True, False, False]


@given(wide=ROLLOUTS, narrow=ROLLOUTS, conversation_id=st.text(), queue=st.sampled_from([*"ABCD", None]))
def test_one_that_covers_another_takes_whatever_that_takes(
    wide: Rollout, narrow: Rollout, conversation_id: str, queue: str | None
) -> None:
    if wide.covers(narrow) and narrow.takes(conversation_id, queue):
        assert wide.takes(conversation_id, queue)


@given(rollout=ROLLOUTS)
def test_the_whole_covers_every_other_and_each_covers_itself(rollout: Rollout) -> None:
    assert Rollout().covers(rollout)
    assert rollout.covers(rollout)
    assert rollout.is_whole == rollout.covers(Rollout())


@pytest.mark.parametrize("percent", [0, -1, 101])
def test_a_percentage_that_is_none_is_refused(percent: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 100"):
        Rollout(percent)

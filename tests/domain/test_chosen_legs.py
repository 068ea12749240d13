"""Which of a conversation's agent communications is the first, the last, the longest."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.factories import ENDED_AT, CommunicationSeenFactory, ConversationSeenFactory
from wrapups.domain.chosen_legs import Span, legs_of, spans_of
from wrapups.domain.eligibility import Legs

ONE_OF_THEM = (Legs.FIRST, Legs.LAST, Legs.LONGEST)


def at(seconds):
    return ENDED_AT + timedelta(seconds=seconds)


def span(name, began_s, ended_s):
    return Span(("", name), at(began_s), None if ended_s is None else at(ended_s))


def taken(*spans, legs, until_s=1000):
    return [key[1] for key, chosen in legs_of(spans, until=at(until_s)).items() if legs in chosen]


def test_a_single_communication_is_every_one_of_them():
    assert legs_of([span("only", 0, 60)], until=at(60)) == {("", "only"): frozenset(Legs)}


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        (Legs.EVERY, ["a", "b", "c"]),
        (Legs.FIRST, ["a"]),
        (Legs.LAST, ["c"]),
        (Legs.LONGEST, ["b"]),
    ],
)
def test_of_a_transfer_each_choice_takes_its_own(legs, expected):
    assert taken(span("c", 200, 210), span("a", 0, 20), span("b", 20, 200), legs=legs) == expected


def test_what_still_goes_on_has_lasted_until_it_was_read():
    spans = (span("ended", 0, 60), span("goes on", 60, None))

    assert taken(*spans, legs=Legs.LONGEST, until_s=100) == ["ended"]
    assert taken(*spans, legs=Legs.LONGEST, until_s=180) == ["goes on"]


@given(
    spans=st.lists(
        st.tuples(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 9))), min_size=1, max_size=6
    ).flatmap(lambda times: st.permutations([span(str(n), *each) for n, each in enumerate(times)]))
)
def test_each_choice_takes_exactly_one_whatever_order_they_are_read_in(spans):
    chosen = legs_of(spans, until=at(10))

    assert all(Legs.EVERY in legs for legs in chosen.values())
    assert [sum(legs in of_one for of_one in chosen.values()) for legs in ONE_OF_THEM] == [1, 1, 1]
    assert chosen == legs_of(sorted(spans, key=lambda each: each.key), until=at(10))


def test_nobody_who_cannot_be_wrapped_up_is_among_them():
    spoke = CommunicationSeenFactory()
    others = [
        CommunicationSeenFactory(observing=True),
        CommunicationSeenFactory(connected_at=None),
        CommunicationSeenFactory(purpose="customer", user_id=None),
        CommunicationSeenFactory(media_type="screenmonitoring"),
    ]

    spans = spans_of(ConversationSeenFactory(communications=(*others, spoke)))

    assert [each.key for each in spans] == [(spoke.participant_id, spoke.communication_id)]

"""Facts: what is known of one communication, in plain JSON."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.factories import (
    ENDED_AT,
    CommunicationSeenFactory,
    ConversationSeenFactory,
    DispositionSaidFactory,
)
from wrapups.domain.conversation import Wrapup
from wrapups.domain.facts import (
    FACTS,
    DispositionSaid,
    Kind,
    UnknownFact,
    fact_named,
    facts_of,
    unread,
    with_dispositions,
)


def facts_with(*, conversation=None, dispositions=(), **communication):
    return facts_of(
        ConversationSeenFactory(**conversation or {}), CommunicationSeenFactory(**communication), dispositions
    )


@pytest.mark.parametrize(
    ("name", "conversation", "communication", "expected"),
    [
        ("queue", {}, {"queue_id": "q"}, "q"),
        ("division", {"division_ids": ("home", "eu", "eu")}, {}, ["eu", "home"]),
        ("media", {}, {"media_type": "email"}, "email"),
        ("direction", {}, {"direction": "outbound"}, "outbound"),
        ("originating_direction", {"originating_direction": "inbound"}, {}, "inbound"),
        ("agent", {}, {"user_id": "ann"}, "ann"),
        ("duration_s", {}, {"connected_at": ENDED_AT - timedelta(seconds=75.5), "ended_at": ENDED_AT}, 75.5),
        ("talk_s", {}, {"talk_s": 60.0}, 60.0),
        ("hold_s", {}, {"held_s": 15.5}, 15.5),
        ("acw_s", {}, {"acw_s": 12}, 12),
        ("disconnect_type", {}, {"disconnect_type": "peer"}, "peer"),
        ("ani", {"ani": "tel:+441632960001"}, {}, "tel:+441632960001"),
        ("dnis", {"dnis": "tel:+15550100"}, {}, "tel:+15550100"),
        ("flow_outcome", {"flow_outcomes": ("paid",)}, {}, ["paid"]),
        ("campaign", {"campaign": True}, {}, True),
        ("code", {}, {"wrapup": Wrapup("code-resolved")}, "code-resolved"),
        ("system_code", {}, {"wrapup": Wrapup("ININ-WRAP-UP-TIMEOUT")}, "ININ-WRAP-UP-TIMEOUT"),
        ("attribute.crm.disposition", {"attributes": {"crm.disposition": "REF-OK"}}, {}, "REF-OK"),
        ("attribute.empty", {"attributes": {"empty": ""}}, {}, ""),
    ],
)
def test_a_fact_is_read_from_the_conversation(name, conversation, communication, expected):
    assert facts_with(conversation=conversation, **communication)[name] == expected


@pytest.mark.parametrize(
    ("name", "communication"),
    [
        ("queue", {"queue_id": None}),
        ("duration_s", {"connected_at": None}),
        ("ani", {}),
        ("code", {"wrapup": None}),
        ("code", {"wrapup": Wrapup("ININ-WRAP-UP-TIMEOUT")}),
        ("code", {"wrapup": Wrapup("code-resolved", provisional=True)}),
        ("attribute.unheard", {}),
    ],
)
def test_what_is_not_known_is_left_out(name, communication):
    assert name not in facts_with(**communication)


def test_the_others_are_the_purposes_of_every_other_participant():
    mine = CommunicationSeenFactory(participant_id="me")
    others = [CommunicationSeenFactory(purpose=purpose) for purpose in ("customer", "agent", "acd", "customer")]
    conversation = ConversationSeenFactory(communications=(mine, *others))

    assert facts_of(conversation, mine)["others"] == ["acd", "agent", "customer"]


def test_my_own_second_leg_is_no_other_participant():
    mine = CommunicationSeenFactory(participant_id="me")
    conversation = ConversationSeenFactory(communications=(mine, CommunicationSeenFactory(participant_id="me")))

    assert facts_of(conversation, mine)["others"] == []


def test_each_source_has_its_last_word_and_all_codes_are_kept():
    said = [
        DispositionSaidFactory(source="crm", code="REF-OK", said_at=ENDED_AT + timedelta(minutes=2)),
        DispositionSaidFactory(source="crm", code="RES-017", said_at=ENDED_AT),
        DispositionSaidFactory(source="survey", code="CB-48"),
    ]

    facts = facts_with(dispositions=said)

    assert (facts["disposition.crm"], facts["disposition.survey"]) == ("REF-OK", "CB-48")
    assert facts["disposition"] == ["CB-48", "REF-OK", "RES-017"]


def test_of_two_words_in_the_same_instant_the_later_in_the_list_counts():
    said = [DispositionSaidFactory(code="first"), DispositionSaidFactory(code="second")]

    assert facts_with(dispositions=said)["disposition.crm"] == "second"


@given(
    attributes=st.dictionaries(st.text(), st.text(), max_size=4),
    ani=st.text(),
    outcomes=st.lists(st.text(), max_size=3),
    talk_s=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    said=st.lists(
        st.builds(DispositionSaid, source=st.text(), code=st.text(), notes=st.just(""), said_at=st.just(ENDED_AT)),
        max_size=3,
    ),
)
def test_facts_come_back_equal_from_json_and_hold_nothing_that_jsonb_refuses(attributes, ani, outcomes, talk_s, said):
    facts = facts_with(
        conversation={"attributes": attributes, "ani": ani, "flow_outcomes": tuple(outcomes)},
        talk_s=talk_s,
        dispositions=said,
    )

    stored = json.dumps(facts, ensure_ascii=False)

    assert json.loads(stored) == facts
    assert "\\u0000" not in stored
    assert stored.encode("utf-8")
    assert all(fact_named(name).name == name for name in facts)


@given(st.lists(st.tuples(st.sampled_from(("crm", "survey", "\0", " ")), st.text(max_size=2)), max_size=4))
def test_new_dispositions_take_the_place_of_the_old_in_stored_facts(words):
    conversation, communication = ConversationSeenFactory(), CommunicationSeenFactory()
    old = [DispositionSaidFactory(source="crm"), DispositionSaidFactory(source="phone")]
    new = [DispositionSaidFactory(source=source, code=code) for source, code in words]

    facts = with_dispositions(facts_of(conversation, communication, old), new)

    assert facts == facts_of(conversation, communication, new)
    assert facts["disposition"] == sorted({code.replace("\0", "") for _, code in words})


def test_half_a_surrogate_pair_and_nul_are_dropped_from_text():
    assert facts_with(conversation={"attributes": {"a\0": "x\ud800\0y"}})["attribute.a"] == "xy"


@pytest.mark.parametrize("name", ["colour", "attribute.", "attribute. ", "disposition.", "queue.name", "", "."])
def test_a_fact_nobody_knows_is_refused_with_the_list_of_those_there_are(name):
    with pytest.raises(UnknownFact, match=r"Choose one of queue, .*attribute\.<name>"):
        fact_named(name)


def test_every_choice_says_what_it_is_chosen_from():
    choices = [fact for fact in FACTS.values() if fact.kind in (Kind.CHOICE, Kind.CHOICES)]

    assert all(bool(fact.catalogue) != bool(fact.choices) for fact in choices)


@pytest.mark.parametrize(
    ("attributes", "names", "expected"),
    [
        (None, ["queue", "attribute.vip"], True),
        (None, ["queue", "disposition.crm"], False),
        ({}, ["attribute.vip"], False),
    ],
)
def test_attributes_are_unread_only_where_the_reading_has_none_and_a_rule_asks(attributes, names, expected):
    assert unread(names, ConversationSeenFactory(attributes=attributes)) is expected

"""What a push or post says, in the forms of each kind of source."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wrapups.domain.envelopes import FIRST, LAST, READERS, BadEnvelope, Envelope, Kind, read, render

CONVERSATION = "6f1b4a52-0c1e-4c4e-9a51-0d6a6f0c2b11"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NOON_MS = 1_772_366_400_000
USER_END = f"v2.detail.events.conversation.{CONVERSATION}.user.end"

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=128).filter(
    lambda text: text == text.strip()
)
NOTES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=1000)
INSTANTS = st.integers(0, int((LAST - FIRST).total_seconds() * 1e6) - 1).map(
    lambda us: FIRST + timedelta(microseconds=us)
)
ENVELOPES = st.builds(
    Envelope, LINES, st.uuids().map(str), INSTANTS, st.sampled_from([Kind.ENDED, Kind.CODED])
) | st.builds(Envelope, LINES, st.uuids().map(str), INSTANTS, st.sampled_from(Kind), LINES, NOTES)


def plain(**changed: Any) -> dict[str, Any]:
    """A disposition as the plain webhook tells it; a field that is changed to `...` is left out."""
    said = {
        "event_id": "crm-1",
        "kind": "disposition",
        "conversation_id": CONVERSATION,
        "occurred_at": "2026-03-01T12:00:00Z",
        "disposition": "REF-OK",
    } | changed
    return {name: value for name, value in said.items() if value is not ...}


def trigger(**changed: Any) -> dict[str, Any]:
    """The end of an agent's part as our data action posts it."""
    said = {
        "topicName": USER_END,
        "conversationId": CONVERSATION,
        "participantId": "p",
        "sessionId": "s",
        "eventTime": NOON_MS,
    } | changed
    return {name: value for name, value in said.items() if value is not ...}


def eventbridge(**changed: Any) -> dict[str, Any]:
    """The same event as EventBridge wraps it."""
    body = {name: value for name, value in trigger(**changed).items() if name != "topicName"}
    return {
        "version": "0",
        "id": "c0ffee00-0000-4000-8000-000000000000",
        "detail-type": "v2.detail.events.conversation.{id}.user.end",
        "source": "aws.partner/genesys.com/cloud/a/b",
        "detail": {"topicName": changed.get("topicName", USER_END), "version": "2", "eventBody": body},
    }


def of(kind: str, document: Any) -> Envelope:
    return read(kind, json.dumps(document))


def refusal(kind: str, document: Any) -> BadEnvelope:
    with pytest.raises(BadEnvelope) as refused:
        of(kind, document)
    return refused.value


@given(ENVELOPES)
def test_the_plain_form_reads_back_as_it_was_written(envelope: Envelope):
    assert read("webhook", render(envelope)) == envelope
    assert read("listener", render(envelope).encode()) == envelope


@given(
    st.sampled_from(sorted(READERS)),
    st.binary(max_size=80)
    | st.text('{}[]:,"\\ud8b019-. ', max_size=40)
    | st.recursive(
        st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["event_id", "kind", "topicName", "detail", "eventBody", "eventTime", "x"]), inner
            )
        ),
        max_leaves=8,
    ).map(json.dumps),
)
def test_nothing_that_comes_raises_anything_but_a_bad_envelope(kind: str, raw: bytes | str):
    with suppress(BadEnvelope):
        read(kind, raw)


FIELDS = ("event_id", "kind", "conversation_id", "occurred_at", "disposition", "notes")
ODD = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers())


@given(st.dictionaries(st.sampled_from(FIELDS), ODD, min_size=1), st.sampled_from(["plain", "trigger", "eventbridge"]))
def test_one_field_with_something_odd_in_it_raises_nothing_else(odd: dict[str, Any], form: str):
    build = {"plain": plain, "trigger": trigger, "eventbridge": eventbridge}[form]
    names = {"event_id": "participantId", "conversation_id": "conversationId", "occurred_at": "eventTime"}
    changed = odd if form == "plain" else {names.get(name, name): value for name, value in odd.items()}

    with suppress(BadEnvelope):
        of("webhook" if form == "plain" else form, build(**changed))


def test_a_disposition_in_the_plain_form():
    said = of("webhook", plain(conversation_id=CONVERSATION.upper(), notes="by phone"))

    assert said == Envelope("crm-1", CONVERSATION, NOON, Kind.DISPOSITION, "REF-OK", "by phone")


def test_an_end_in_the_plain_form_may_bring_a_disposition_or_none():
    assert of("webhook", plain(kind="ended")).disposition == "REF-OK"
    assert of("webhook", plain(kind="ended", disposition=...)).disposition is None


def test_an_event_of_our_data_action():
    said = of("trigger", trigger())

    assert (said.kind, said.conversation_id, said.occurred_at) == (Kind.ENDED, CONVERSATION, NOON)


def test_a_flow_may_add_a_disposition_or_leave_it_empty():
    assert of("trigger", trigger(disposition="survey-5", notes="bot")).disposition == "survey-5"
    assert of("trigger", trigger(disposition="", notes="")).disposition is None


def test_a_data_action_may_write_the_time_as_text():
    assert of("trigger", trigger(eventTime=str(NOON_MS))) == of("trigger", trigger())


def test_the_same_event_has_the_same_name_whichever_way_it_came_and_however_often():
    assert of("eventbridge", eventbridge()) == of("trigger", trigger())
    assert of("eventbridge", eventbridge() | {"id": "another"}) == of("eventbridge", eventbridge())


@pytest.mark.parametrize("changed", [{"sessionId": "s2"}, {"participantId": "p2"}, {"eventTime": NOON_MS + 1}])
def test_another_leg_or_another_time_is_another_event(changed: dict[str, Any]):
    assert of("trigger", trigger(**changed)).event_id != of("trigger", trigger()).event_id


@pytest.mark.parametrize(
    ("word", "kind"), [("user.end", "ended"), ("customer.end", "ended"), ("acw", "coded"), ("wrapup", "coded")]
)
def test_each_topic_that_is_of_use_tells_one_thing(word: str, kind: str):
    assert of("trigger", trigger(topicName=f"v2.detail.events.conversation.{{id}}.{word}")).kind == kind


@pytest.mark.parametrize(
    "topic", ["", "v2.detail.events.conversation.x.user.start", "v2.users.x.conversations", USER_END + " "]
)
def test_a_topic_that_tells_of_no_ending_is_named_as_the_trouble(topic: str):
    assert refusal("trigger", trigger(topicName=topic)).where == "topicName"
    assert refusal("eventbridge", eventbridge(topicName=topic)).where == "detail.topicName"


@pytest.mark.parametrize(
    ("where", "changed"),
    [
        ("event_id", {"event_id": ...}),
        ("event_id", {"event_id": None}),
        ("event_id", {"event_id": 7}),
        ("event_id", {"event_id": "  "}),
        ("event_id", {"event_id": "a\nb"}),
        ("event_id", {"event_id": "x" * 129}),
        ("kind", {"kind": "started"}),
        ("kind", {"kind": True}),
        ("conversation_id", {"conversation_id": "12"}),
        ("conversation_id", {"conversation_id": f" {CONVERSATION}"}),
        ("conversation_id", {"conversation_id": CONVERSATION.replace("-", "")}),
        ("conversation_id", {"conversation_id": CONVERSATION.replace("-", "%2F")}),
        ("conversation_id", {"conversation_id": "../" + CONVERSATION}),
        ("conversation_id", {"conversation_id": "x" * 10_000}),
        ("occurred_at", {"occurred_at": "2026-03-01T12:00:00"}),
        ("occurred_at", {"occurred_at": "2026-03-01"}),
        ("occurred_at", {"occurred_at": "2026-W09-7T12:00:00Z"}),
        ("occurred_at", {"occurred_at": "2026-02-30T12:00:00Z"}),
        ("occurred_at", {"occurred_at": "2026-12-31T23:59:60Z"}),
        ("occurred_at", {"occurred_at": "2026-03-01T12:00:00+25:00"}),
        ("occurred_at", {"occurred_at": "0001-01-01T00:00:00+14:00"}),
        ("occurred_at", {"occurred_at": "9999-12-31T23:59:59-14:00"}),
        ("occurred_at", {"occurred_at": LAST.isoformat()}),
        ("occurred_at", {"occurred_at": NOON_MS}),
        ("disposition", {"disposition": ...}),
        ("disposition", {"disposition": ""}),
        ("disposition", {"disposition": ["REF-OK"]}),
        ("disposition", {"disposition": "x" * 129}),
        ("notes", {"notes": "x" * 1001}),
        ("notes", {"kind": "ended", "disposition": ..., "notes": "x"}),
        ("", {"organization": 2}),
    ],
)
def test_what_is_wrong_with_the_plain_form_is_said_at_the_field(where: str, changed: dict[str, Any]):
    assert refusal("webhook", plain(**changed)).where == where


@pytest.mark.parametrize("time", [0, -1, 1.5, True, NOON_MS // 1000, NOON_MS * 1000, "noon", "١٢", None, 2**63 - 1])
def test_a_time_that_is_no_count_of_milliseconds_is_refused(time: Any):
    assert refusal("trigger", trigger(eventTime=time)).where == "eventTime"
    assert refusal("eventbridge", eventbridge(eventTime=time)).where == "detail.eventBody.eventTime"


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("webhook", "[]"),
        ("webhook", '"text"'),
        ("webhook", "7"),
        ("webhook", '{"event_id": "a", "event_id": "b"}'),
        ("webhook", '{"event_id": {"deep": 1}}'),
        ("webhook", '{"event_id": "\\ud800"}'),
        ("webhook", b'{"event_id": "\xff"}'),
        ("trigger", "[" * 100_000),
        ("eventbridge", '{"detail": []}'),
        ("eventbridge", '{"detail": {"topicName": 1, "eventBody": {}}}'),
        ("eventbridge", '{"detail": {"eventBody": NaN}}'),
    ],
)
def test_what_is_no_strict_json_of_that_form_is_refused(kind: str, raw: bytes | str):
    with pytest.raises(BadEnvelope):
        read(kind, raw)


def test_a_refusal_repeats_nothing_that_was_sent():
    said = refusal("webhook", plain(conversation_id="4111 1111 1111 1111"))

    assert "4111" not in str(said)

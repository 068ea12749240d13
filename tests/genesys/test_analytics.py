"""Reading a conversation as analytics renders it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from wrapups.domain.conversation import Acw, CommunicationSeen, ConversationSeen, Wrapup
from wrapups.domain.errors import Unclear
from wrapups.genesys import analytics

READ_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
START = datetime(2026, 11, 21, 9, tzinfo=UTC)
SAMPLE = Path(__file__).parents[3] / "shared" / "genesys" / "sample-conversation-details.json"


def at(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def segment(kind: str, start: float, end: float | None = None, **more: Any) -> dict[str, Any]:
    ended = {} if end is None else {"segmentEnd": at(end)}
    return {"segmentType": kind, "segmentStart": at(start), **ended, **more}


def session(*segments: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"sessionId": "s-1", "mediaType": "voice", "direction": "inbound", "segments": list(segments), **more}


def participant(*sessions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"participantId": "p-1", "purpose": "agent", "userId": "u-1", "sessions": list(sessions), **more}


def read(*participants: dict[str, Any], **more: Any) -> ConversationSeen:
    return analytics.conversation(
        {"conversationId": "c-1", "participants": list(participants), **more}, read_at=READ_AT
    )


def leg(*segments: dict[str, Any], **more: Any) -> CommunicationSeen:
    (communication,) = read(participant(session(*segments, **more))).communications
    return communication


TALKED = segment("interact", 5, 65, disconnectType="peer", queueId="q-1")


def test_a_leg_is_connected_when_it_first_interacts_and_ends_before_its_after_call_work():
    seen = leg(segment("alert", 0, 5, queueId="q-1"), TALKED, segment("wrapup", 65, 95, wrapUpCode="code"))

    assert (seen.connected_at, seen.ended_at) == (START + timedelta(seconds=5), START + timedelta(seconds=65))


def test_a_leg_that_only_alerted_was_never_connected():
    seen = leg(segment("alert", 0, 12, disconnectType="noAnswerTransfer"))

    assert (seen.connected_at, seen.disconnect_type) == (None, "noAnswerTransfer")
    assert seen.ended_at == START + timedelta(seconds=12)


def test_a_leg_with_an_open_segment_has_not_ended_and_its_lengths_are_not_known():
    seen = leg(segment("interact", 0, 10), segment("hold", 10))

    assert (seen.ended_at, seen.talk_s, seen.held_s) == (None, None, None)


def test_talk_and_hold_are_the_sums_of_their_segments():
    seen = leg(segment("interact", 0, 10), segment("hold", 10, 14), segment("interact", 14, 20))

    assert (seen.talk_s, seen.held_s) == (16.0, 4.0)


def test_segments_are_read_in_the_order_of_their_start():
    seen = leg(segment("interact", 14, 20, disconnectType="client"), segment("alert", 0, 5), segment("hold", 5, 14))

    assert (seen.disconnect_type, seen.connected_at) == ("client", START + timedelta(seconds=5))


@pytest.mark.parametrize(
    ("segments", "more", "expected"),
    [
        ([], {}, Acw.UNKNOWN),
        ([segment("wrapup", 65)], {}, Acw.PENDING),
        ([segment("wrapup", 65, 70)], {}, Acw.COMPLETE),
        ([], {"acwSkipped": True}, Acw.SKIPPED),
        ([segment("wrapup", 65, 65)], {"acwSkipped": True}, Acw.SKIPPED),
        ([], {"acwSkipped": None}, Acw.UNKNOWN),
    ],
)
def test_after_call_work_is_pending_until_its_segment_ends(segments, more, expected):
    assert leg(TALKED, *segments, **more).acw is expected


def test_after_call_work_has_a_length_and_an_end():
    seen = leg(TALKED, segment("wrapup", 65, 95.5))

    assert (seen.acw_s, seen.acw_ended_at) == (30.5, START + timedelta(seconds=95.5))


def test_the_wrap_up_is_that_of_the_wrap_up_segment():
    assert leg(TALKED, segment("wrapup", 65, 95, wrapUpCode="code", wrapUpNote="n")).wrapup == Wrapup("code", "n")


@pytest.mark.parametrize("code", [{}, {"wrapUpCode": None}, {"wrapUpCode": ""}, {"wrapUpNote": "only words"}])
def test_a_wrap_up_segment_without_a_code_is_no_wrap_up(code):
    assert leg(TALKED, segment("wrapup", 65, 95, **code)).wrapup is None


def test_of_several_wrap_up_segments_the_one_that_started_last_counts():
    first, second = segment("wrapup", 65, 95, wrapUpCode="first"), segment("wrapup", 200, 200, wrapUpCode="second")

    assert leg(TALKED, second, first).wrapup == Wrapup("second")


def test_after_call_work_that_two_segments_share_counts_once():
    assert leg(TALKED, segment("wrapup", 65, 95), segment("wrapup", 65, 95), segment("wrapup", 200, 205)).acw_s == 35


@pytest.mark.parametrize(
    ("segments", "more"),
    [
        ([segment("monitoring", 0, 9)], {}),
        ([segment("coaching", 0, 9)], {}),
        ([segment("barging", 0, 9)], {}),
        ([TALKED], {"monitoredParticipantId": "p-9"}),
        ([TALKED], {"coachedParticipantId": "p-9"}),
        ([TALKED], {"bargedParticipantId": "p-9"}),
    ],
)
def test_whoever_listens_in_is_observing(segments, more):
    assert leg(*segments, **more).observing


def test_a_parked_message_is_parked_and_not_ended():
    seen = leg(segment("interact", 0, 60), segment("parked", 60), mediaType="message")

    assert (seen.parked, seen.ended_at) == (True, None)


def test_a_message_that_was_parked_and_taken_up_again_is_not_parked():
    assert not leg(segment("interact", 0, 60), segment("parked", 60, 90), segment("interact", 90, 95)).parked


@pytest.mark.parametrize(
    "conversation",
    [
        read(participant(session(TALKED), purpose="dialer")),
        read(participant(session(TALKED), purpose="campaign")),
        read(participant(session(TALKED), purpose="outbound")),
        read(participant(session(TALKED), attributes={"dialerCampaignId": "k-1"})),
        read(participant(session(TALKED, outboundCampaignId="k-1"))),
    ],
)
def test_a_dialers_conversation_is_a_campaigns(conversation):
    assert conversation.campaign


def test_the_customers_numbers_are_shown_as_people_write_them():
    customer = participant(session(ani="tel:+15550100", dnis="tel:+441632960001"), purpose="customer")
    agent = participant(session(ani="tel:+15550199", dnis="tel:+15550198"))

    seen = read(agent, customer)

    assert (seen.ani, seen.dnis) == ("+15550100", "+441632960001")


def test_attributes_are_not_known_where_none_are_shown():
    assert read(participant()).attributes is None
    assert read(participant(attributes={})).attributes == {}


def test_attributes_of_all_participants_are_one_and_the_later_wins():
    seen = read(participant(attributes={"a": "1", "b": "1"}), participant(attributes={"b": "2", "c": None}))

    assert seen.attributes == {"a": "1", "b": "2", "c": ""}


def test_flow_outcomes_are_told_once_each():
    outcomes = [{"flowOutcomeId": "o-1"}, {"flowOutcomeId": "o-2"}, {"flowOutcomeId": "o-1"}, {"flowOutcome": "x"}]

    assert read(participant(session(flow={"outcomes": outcomes}))).flow_outcomes == ("o-1", "o-2")


def test_what_is_new_to_us_is_kept_as_it_is_called():
    seen = leg(segment("hovering", 0, 9, disconnectType="evaporated"), mediaType="hologram")

    assert (seen.media_type, seen.disconnect_type, seen.connected_at) == ("hologram", "evaporated", None)


def test_a_null_is_as_good_as_nothing():
    seen = leg(segment("interact", 0, 9, disconnectType=None, queueId=None), mediaType=None, direction=None)

    assert (seen.media_type, seen.disconnect_type, seen.queue_id, seen.direction) == ("unknown", "", None, "")


def test_a_nul_character_is_dropped_because_the_database_stores_none():
    assert leg(TALKED, segment("wrapup", 65, 95, wrapUpCode="c", wrapUpNote="a\x00b")).wrapup == Wrapup("c", "ab")


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        "<html>",
        {"conversations": {}},
        {"conversations": [None]},
        {"conversations": [{}]},
        {"conversations": [{"conversationId": 7}]},
        {"conversations": [{"conversationId": "c", "conversationEnd": "yesterday"}]},
        {"conversations": [{"conversationId": "c", "conversationEnd": "2026-11-21T09:00:00"}]},
        {"conversations": [{"conversationId": "c", "conversationEnd": 1}]},
        {"conversations": [{"conversationId": "c", "divisionIds": [1]}]},
        {"conversations": [{"conversationId": "c", "participants": [{"participantId": "p", "sessions": [{}]}]}]},
        {"conversations": [], "totalHits": "many"},
    ],
)
def test_an_answer_that_makes_no_sense_is_unclear(answer):
    with pytest.raises(Unclear, match="could not be read"):
        analytics.ended_page(answer, read_at=READ_AT)


@pytest.fixture
def sample() -> tuple[ConversationSeen, ...]:
    """Ten real conversations, read in place; they are not ours to copy."""
    if not SAMPLE.exists():
        pytest.skip("no real sample beside the project")
    return analytics.ended_page(json.loads(SAMPLE.read_bytes()), read_at=READ_AT).conversations


def test_every_conversation_and_communication_is_read(sample):
    assert (len(sample), sum(len(each.communications) for each in sample)) == (10, 55)


def test_every_agent_leg_is_a_finished_voice_leg_on_a_queue(sample):
    legs = [leg for each in sample for leg in each.communications if leg.purpose == "agent"]

    assert len(legs) == 8
    assert all(leg.media_type == "voice" and leg.queue_id and leg.user_id for leg in legs)
    assert all(leg.connected_at and leg.ended_at and leg.acw is Acw.COMPLETE for leg in legs)


def test_one_agent_leg_of_eight_carries_no_code(sample):
    bare = [leg for each in sample for leg in each.communications if leg.purpose == "agent" and not leg.wrapup]

    assert [leg.disconnect_type for leg in bare] == ["transfer"]


def test_talk_is_what_genesys_itself_counted(sample):
    counted = {
        s["sessionId"]: sum(m["value"] for m in s["metrics"] if m["name"] == "tTalk") / 1000
        for c in json.loads(SAMPLE.read_bytes())["conversations"]
        for p in c["participants"]
        for s in p["sessions"]
        if p["purpose"] == "agent"
    }
    legs = [leg for each in sample for leg in each.communications if leg.purpose == "agent"]

    assert {leg.communication_id: leg.talk_s for leg in legs} == pytest.approx(counted)

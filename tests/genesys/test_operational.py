"""Reading a conversation as the operational API renders it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from wrapups.domain.conversation import Acw, CommunicationSeen, ConversationSeen, Wrapup
from wrapups.domain.errors import Unclear
from wrapups.genesys import operational
from wrapups.genesys.media import MEDIA

READ_AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
START = datetime(2026, 11, 21, 9, tzinfo=UTC)


def at(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def call(**more: Any) -> dict[str, Any]:
    times = {"connectedTime": at(5), "disconnectedTime": at(65)}
    return {"id": "s-1", "state": "disconnected", "direction": "inbound", **times, **more}


def participant(**more: Any) -> dict[str, Any]:
    return {"id": "p-1", "purpose": "agent", "userId": "u-1", "queueId": "q-1", **more}


def read(*participants: dict[str, Any], **more: Any) -> ConversationSeen:
    return operational.conversation({"id": "c-1", "participants": list(participants), **more}, read_at=READ_AT)


def leg(of: dict[str, Any] | None = None, **more: Any) -> CommunicationSeen:
    (communication,) = read(participant(calls=[call(**more)], **(of or {}))).communications
    return communication


@pytest.mark.parametrize("media_type", list(MEDIA))
def test_every_mediums_communications_are_found_under_its_own_name(media_type):
    seen = read(participant(**{MEDIA[media_type].participant_key: [call()]}))

    assert [each.media_type for each in seen.communications] == [media_type]


def test_a_communication_is_read_with_its_participant():
    seen = leg()

    assert (seen.participant_id, seen.communication_id, seen.user_id, seen.queue_id) == ("p-1", "s-1", "u-1", "q-1")
    assert (seen.connected_at, seen.ended_at) == (START + timedelta(seconds=5), START + timedelta(seconds=65))


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("client", "client"),
        ("endpoint.donotdisturb", "dndEndpoint"),
        ("transfer.conference", "conferenceTransfer"),
        ("transfer.consult", "consultTransfer"),
        ("transfer.donotdisturb", "dndTransfer"),
        ("transfer.forward", "forwardTransfer"),
        ("transfer.noanswer", "noAnswerTransfer"),
        ("transfer.notavailable", "notAvailableTransfer"),
        ("transport.failure", "transportFailure"),
        ("session.expired", "sessionExpired"),
        ("evaporated", "evaporated"),
        (None, ""),
    ],
)
def test_disconnect_types_are_spelled_as_in_analytics(theirs, ours):
    assert leg(disconnectType=theirs).disconnect_type == ours


def test_talk_and_hold_are_the_sums_of_their_segments():
    segments = [
        {"type": "Interact", "startTime": at(5), "endTime": at(15)},
        {"type": "hold", "startTime": at(15), "endTime": at(25)},
        {"type": "interact", "startTime": at(25), "endTime": at(65)},
    ]
    seen = leg(segments=segments)

    assert (seen.talk_s, seen.held_s) == (50.0, 10.0)


def test_lengths_are_not_known_where_no_segments_are_shown():
    assert (leg().talk_s, leg().held_s) == (None, None)


@pytest.mark.parametrize("state", list(Acw))
def test_after_call_work_is_in_the_state_it_is_said_to_be(state):
    assert leg(afterCallWork={"state": state.value}).acw is state


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        ({}, Acw.UNKNOWN),
        ({"startAcwTime": at(65)}, Acw.PENDING),
        ({"startAcwTime": at(65), "endAcwTime": at(70)}, Acw.UNKNOWN),
    ],
)
def test_where_the_communication_says_nothing_of_after_call_work_its_participant_may(of, expected):
    assert leg(of).acw is expected
    assert leg(of, afterCallWork={"state": "hovering"}).acw is expected


def test_after_call_work_has_a_length_and_an_end():
    seen = leg(afterCallWork={"state": "complete", "startTime": at(65), "endTime": at(95)})

    assert (seen.acw_s, seen.acw_ended_at) == (30.0, START + timedelta(seconds=95))


def test_the_wrap_up_is_the_communications_own():
    wrapup = {"code": "code", "notes": "n", "provisional": False}

    assert leg({"wrapup": {"code": "other"}}, wrapup=wrapup).wrapup == Wrapup("code", "n")


def test_a_draft_is_shown_as_provisional():
    assert leg(wrapup={"code": "code", "provisional": True}).wrapup == Wrapup("code", provisional=True)


@pytest.mark.parametrize("wrapup", [None, {}, {"code": None, "provisional": True}, {"code": "", "notes": "n"}])
def test_a_wrap_up_without_a_code_is_none(wrapup):
    assert leg(wrapup=wrapup).wrapup is None


def test_a_wrap_up_only_the_participant_carries_counts_for_its_communications():
    assert leg({"wrapup": {"code": "code"}}).wrapup == Wrapup("code")


def test_a_wrap_up_of_one_communication_is_not_given_to_its_neighbour():
    callback, spoken = call(id="s-1"), call(id="s-2", wrapup={"code": "code"})
    seen = read(participant(callbacks=[callback], calls=[spoken], wrapup={"code": "code"}))

    assert {each.media_type: each.wrapup for each in seen.communications} == {"callback": None, "voice": Wrapup("code")}


@pytest.mark.parametrize(
    "of",
    [
        {"mediaRoles": ["monitor"]},
        {"mediaRoles": ["full", "COACH"]},
        {"mediaRoles": ["barge"]},
        {"monitoredParticipantId": "p-9"},
        {"coachedParticipantId": "p-9"},
        {"bargedParticipantId": "p-9"},
    ],
)
def test_whoever_listens_in_is_observing(of):
    assert leg(of).observing


def test_taking_part_is_not_observing():
    assert not leg({"mediaRoles": ["full"]}).observing


def test_a_parked_email_is_parked_and_not_ended():
    seen = read(participant(emails=[call(state="parked", disconnectedTime=None)])).communications[0]

    assert (seen.parked, seen.ended_at) == (True, None)


@pytest.mark.parametrize(
    "of",
    [
        {"purpose": "dialer"},
        {"purpose": "campaign"},
        {"purpose": "outbound"},
        {"attributes": {"dialerCampaignId": "k-1"}},
        {"callbacks": [call(externalCampaign=True)]},
        {"callbacks": [call(dialerPreview={"campaignId": "k-1"})]},
    ],
)
def test_a_dialers_conversation_is_a_campaigns(of):
    assert read(participant(**of)).campaign


def test_what_is_said_of_the_whole_conversation_is_read():
    customer = participant(purpose="customer", ani="tel:+15550100", dnis="tel:+441632960001", attributes={"a": "1"})
    divisions = [{"division": {"id": "d-1"}}, {"division": {"id": "d-2"}}]

    seen = read(participant(ani="tel:+15550199"), customer, startTime=at(0), endTime=at(65), divisions=divisions)

    assert (seen.ani, seen.dnis, seen.attributes) == ("+15550100", "+441632960001", {"a": "1"})
    assert (seen.started_at, seen.ended_at) == (START, START + timedelta(seconds=65))
    assert (seen.division_ids, seen.read_at) == (("d-1", "d-2"), READ_AT)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        {},
        [],
        {"id": None},
        {"id": "c", "participants": [{}, {"calls": [{}]}]},
        {"id": "c", "participants": [participant(calls={})]},
        {"id": "c", "participants": [participant(calls=[call(wrapup="code")])]},
        {"id": "c", "participants": [participant(attributes=["a"])]},
        {"id": "c", "divisions": [{"division": "d"}]},
        {"id": "c", "endTime": "soon"},
    ],
)
def test_an_answer_that_makes_no_sense_is_unclear(answer):
    with pytest.raises(Unclear, match="could not be read"):
        operational.conversation(answer, read_at=READ_AT)


@pytest.mark.parametrize("answer", [None, {}, {"code": None, "notes": None}])
def test_an_empty_read_back_is_no_wrap_up(answer):
    assert operational.assigned_wrapup(answer) is None


def test_a_read_back_that_is_no_object_is_unclear():
    with pytest.raises(Unclear):
        operational.assigned_wrapup("<html>")

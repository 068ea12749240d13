"""A conversation as analytics renders it: participants, their sessions, and what happened in segments.

Source: the analytics models of PureCloudPlatformClientV2 269 (`sessionId` is the communication id), and ten
real conversations.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wrapups.domain.conversation import Acw, CommunicationSeen, ConversationSeen, EndedPage, Wrapup
from wrapups.genesys.fields import Json, moment, number, record, records, required_text, text, texts

OBSERVING_SEGMENTS = frozenset({"monitoring", "coaching", "barging", "screenmonitoring"})
CONNECTED_SEGMENTS = OBSERVING_SEGMENTS | {"interact", "hold", "parked", "ivr", "voicemail", "sharing"}
OBSERVED = ("monitoredParticipantId", "coachedParticipantId", "bargedParticipantId")
CAMPAIGN_PURPOSES = frozenset({"campaign", "dialer", "outbound"})
"""`outbound` is the outbound flow, which only campaigns run. Better one too many: a first wrap-up on a campaign call
makes the dialer act, and cannot be taken back."""
CAMPAIGN_ATTRIBUTE = "dialerCampaignId"
"""Set by the dialer on the customer; the one sign of a campaign that the operational API shows besides the purpose."""
CUSTOMER_PURPOSES = frozenset({"customer", "external"})


def ended_page(answer: object, *, read_at: datetime) -> EndedPage:
    """Return the page of a details query. Raises Unclear where the answer makes no sense."""
    page = record(answer, "answer")
    seen = tuple(conversation(each, read_at=read_at) for each in records(page, "conversations"))
    return EndedPage(seen, number(page, "totalHits") or 0)


def conversation(seen: Json, *, read_at: datetime) -> ConversationSeen:
    """Return one conversation of a details answer. Raises Unclear where it makes no sense."""
    participants = records(seen, "participants")
    sessions = [session for participant in participants for session in records(participant, "sessions")]
    return ConversationSeen(
        conversation_id=required_text(seen, "conversationId"),
        read_at=read_at,
        started_at=moment(seen, "conversationStart"),
        ended_at=moment(seen, "conversationEnd"),
        originating_direction=text(seen, "originatingDirection"),
        division_ids=texts(seen, "divisionIds"),
        ani=_customers(participants, "ani"),
        dnis=_customers(participants, "dnis"),
        campaign=of_campaign(participants) or any(text(session, "outboundCampaignId") for session in sessions),
        flow_outcomes=_flow_outcomes(sessions),
        attributes=merged_attributes(participants),
        communications=tuple(
            _communication(participant, session)
            for participant in participants
            for session in records(participant, "sessions")
        ),
    )


def merged_attributes(participants: Sequence[Json]) -> dict[str, str] | None:
    """Return the attributes of all participants as one, a later participant's winning; None if none were shown."""
    if not any("attributes" in participant for participant in participants):
        return None
    merged: dict[str, str] = {}
    for participant in participants:
        attributes = record(participant.get("attributes") or {}, "attributes")
        merged |= {name: text(attributes, name) for name in attributes}
    return merged


def of_campaign(participants: Sequence[Json]) -> bool:
    """Return whether a participant is a dialer's, or carries what a dialer sets."""
    return any(
        text(participant, "purpose") in CAMPAIGN_PURPOSES
        or CAMPAIGN_ATTRIBUTE in record(participant.get("attributes") or {}, "attributes")
        for participant in participants
    )


def bare_number(address: str) -> str:
    """Return a telephone number without its `tel:`, as people write it in a rule."""
    return address.removeprefix("tel:")


def seconds(spans: Sequence[tuple[datetime, datetime]]) -> float:
    """Return the length of some spans of time together."""
    return sum((end - start for start, end in spans), timedelta()).total_seconds()


def _communication(participant: Json, session: Json) -> CommunicationSeen:
    segments = sorted(records(session, "segments"), key=lambda segment: text(segment, "segmentStart"))
    talk = [segment for segment in segments if text(segment, "segmentType") != "wrapup"]
    wrapups = [segment for segment in segments if text(segment, "segmentType") == "wrapup"]
    kinds = [text(segment, "segmentType") for segment in talk]
    ends = [moment(segment, "segmentEnd") for segment in talk]
    ended_at = max((end for end in ends if end), default=None) if all(ends) else None
    return CommunicationSeen(
        participant_id=required_text(participant, "participantId"),
        communication_id=required_text(session, "sessionId"),
        media_type=text(session, "mediaType") or "unknown",
        purpose=text(participant, "purpose"),
        user_id=text(participant, "userId") or None,
        queue_id=next((queue for segment in reversed(segments) if (queue := text(segment, "queueId"))), None),
        direction=text(session, "direction"),
        connected_at=_connected_at(talk),
        ended_at=ended_at,
        disconnect_type=next((how for segment in reversed(talk) if (how := text(segment, "disconnectType"))), ""),
        held_s=_spent_s(talk, "hold") if ended_at else None,
        talk_s=_spent_s(talk, "interact") if ended_at else None,
        acw=_acw(session, wrapups),
        acw_s=_spent_s(wrapups, "wrapup") if wrapups and moment(wrapups[-1], "segmentEnd") else None,
        acw_ended_at=moment(wrapups[-1], "segmentEnd") if wrapups else None,
        parked=bool(talk) and kinds[-1] == "parked" and ends[-1] is None,
        observing=not OBSERVING_SEGMENTS.isdisjoint(kinds) or any(text(session, name) for name in OBSERVED),
        wrapup=_wrapup(wrapups[-1]) if wrapups else None,
    )


def _connected_at(talk: Sequence[Json]) -> datetime | None:
    connected = (segment for segment in talk if text(segment, "segmentType") in CONNECTED_SEGMENTS)
    return next((moment(segment, "segmentStart") for segment in connected), None)


def _acw(session: Json, wrapups: Sequence[Json]) -> Acw:
    if session.get("acwSkipped") is True:
        return Acw.SKIPPED
    if not wrapups:
        return Acw.UNKNOWN
    return Acw.COMPLETE if moment(wrapups[-1], "segmentEnd") else Acw.PENDING


def _wrapup(segment: Json) -> Wrapup | None:
    code = text(segment, "wrapUpCode")
    return Wrapup(code, text(segment, "wrapUpNote")) if code else None


def _spent_s(segments: Sequence[Json], kind: str) -> float:
    of_kind = [segment for segment in segments if text(segment, "segmentType") == kind]
    spans = [(moment(segment, "segmentStart"), moment(segment, "segmentEnd")) for segment in of_kind]
    return seconds([(start, end) for start, end in spans if start and end])


def _customers(participants: Sequence[Json], name: str) -> str:
    for participant in participants:
        if text(participant, "purpose") in CUSTOMER_PURPOSES:
            for session in records(participant, "sessions"):
                if address := text(session, name):
                    return bare_number(address)
    return ""


def _flow_outcomes(sessions: Sequence[Json]) -> tuple[str, ...]:
    flows = [record(session["flow"], "flow") for session in sessions if session.get("flow") is not None]
    outcomes = [text(outcome, "flowOutcomeId") for flow in flows for outcome in records(flow, "outcomes")]
    return tuple(dict.fromkeys(outcome for outcome in outcomes if outcome))

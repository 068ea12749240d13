"""A conversation as analytics renders it: participants, their sessions, and what happened in segments.

Source: the analytics models of PureCloudPlatformClientV2 269 (`sessionId` is the communication id), and ten
real conversations.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from wrapups.domain.conversation import Acw, CommunicationSeen, ConversationSeen, EndedPage, Wrapup
from wrapups.domain.details_jobs import STATES, DetailsPage, JobState
from wrapups.genesys.fields import Json, moment, number, record, records, required_moment, required_text, text, texts
from wrapups.genesys.renderings import (
    CUSTOMER_PURPOSES,
    OBSERVED,
    Span,
    first_address,
    merged_attributes,
    of_campaign,
    spent_s,
)

LAKE_LAGS_AT_MOST = timedelta(days=1)
"""How far the data lake that jobs read may be behind, by Genesys' announcement of 2020; its availability says more."""
OBSERVING_SEGMENTS = frozenset({"monitoring", "coaching", "barging", "screenmonitoring"})
CONNECTED_SEGMENTS = OBSERVING_SEGMENTS | {"interact", "hold", "parked", "ivr", "voicemail", "sharing"}


def ended_page(answer: object, *, read_at: datetime) -> EndedPage:
    """Return the page of a details query. Raises Unclear where the answer makes no sense."""
    page = record(answer, "answer")
    seen = tuple(conversation(each, read_at=read_at) for each in records(page, "conversations"))
    return EndedPage(seen, number(page, "totalHits") or 0)


def job_id(answer: object) -> str:
    """Return the id of a job that was submitted. Raises Unclear where the answer has none."""
    return required_text(record(answer, "answer"), "jobId")


def job_state(answer: object) -> JobState:
    """Return what may be done about a job. Raises Unclear where the answer makes no sense."""
    return STATES.get(required_text(record(answer, "answer"), "state"), JobState.LOST)


def available_until(answer: object) -> datetime:
    """Return the time up to which jobs know conversations. Raises Unclear where the answer makes no sense."""
    return required_moment(record(answer, "answer"), "dataAvailabilityDate")


def job_page(answer: object, *, now: datetime) -> DetailsPage:
    """Return a page of a job's results. Raises Unclear where the answer makes no sense.

    They show what the data lake knew, so that is when they were read; where Genesys does not say, a day ago.
    """
    page = record(answer, "answer")
    lake = moment(page, "dataAvailabilityDate") or now - LAKE_LAGS_AT_MOST
    seen = tuple(conversation(each, read_at=min(now, lake)) for each in records(page, "conversations"))
    return DetailsPage(seen, text(page, "cursor"))


def conversation(seen: Json, *, read_at: datetime) -> ConversationSeen:
    """Return one conversation of a details answer. Raises Unclear where it makes no sense."""
    participants = records(seen, "participants")
    legs = [(participant, session) for participant in participants for session in records(participant, "sessions")]
    sessions = [session for _, session in legs]
    customers = [session for participant, session in legs if text(participant, "purpose") in CUSTOMER_PURPOSES]
    return ConversationSeen(
        conversation_id=required_text(seen, "conversationId"),
        read_at=read_at,
        started_at=moment(seen, "conversationStart"),
        ended_at=moment(seen, "conversationEnd"),
        originating_direction=text(seen, "originatingDirection"),
        division_ids=texts(seen, "divisionIds"),
        ani=first_address(customers, "ani"),
        dnis=first_address(customers, "dnis"),
        campaign=of_campaign(participants) or any(text(session, "outboundCampaignId") for session in sessions),
        flow_outcomes=_flow_outcomes(sessions),
        attributes=merged_attributes(participants),
        communications=tuple(_communication(participant, session) for participant, session in legs),
    )


def _communication(participant: Json, session: Json) -> CommunicationSeen:
    segments = sorted(records(session, "segments"), key=lambda segment: text(segment, "segmentStart"))
    talk = [segment for segment in segments if text(segment, "segmentType") != "wrapup"]
    wrapups = [segment for segment in segments if text(segment, "segmentType") == "wrapup"]
    talked, wrapped = [_span(segment) for segment in talk], [_span(segment) for segment in wrapups]
    ended_at = max((span.end for span in talked if span.end), default=None) if all(s.end for s in talked) else None
    acw_ended_at = wrapped[-1].end if wrapped else None
    return CommunicationSeen(
        participant_id=required_text(participant, "participantId"),
        communication_id=required_text(session, "sessionId"),
        media_type=text(session, "mediaType") or "unknown",
        purpose=text(participant, "purpose"),
        user_id=text(participant, "userId") or None,
        queue_id=_last(segments, "queueId") or None,
        direction=text(session, "direction"),
        connected_at=next((span.start for span in talked if span.kind in CONNECTED_SEGMENTS), None),
        ended_at=ended_at,
        disconnect_type=_last(talk, "disconnectType"),
        held_s=spent_s(talked, "hold") if ended_at else None,
        talk_s=spent_s(talked, "interact") if ended_at else None,
        acw=_acw(session, wrapped),
        acw_s=spent_s(wrapped, "wrapup") if acw_ended_at else None,
        acw_ended_at=acw_ended_at,
        parked=bool(talked) and talked[-1].kind == "parked" and talked[-1].end is None,
        observing=_observes(session, talked),
        wrapup=_wrapup(wrapups[-1]) if wrapups else None,
    )


def _span(segment: Json) -> Span:
    return Span(text(segment, "segmentType"), required_moment(segment, "segmentStart"), moment(segment, "segmentEnd"))


def _last(segments: Sequence[Json], name: str) -> str:
    return next((said for segment in reversed(segments) if (said := text(segment, name))), "")


def _acw(session: Json, wrapped: Sequence[Span]) -> Acw:
    if session.get("acwSkipped") is True:
        return Acw.SKIPPED
    if not wrapped:
        return Acw.UNKNOWN
    return Acw.COMPLETE if wrapped[-1].end else Acw.PENDING


def _observes(session: Json, talked: Sequence[Span]) -> bool:
    return any(span.kind in OBSERVING_SEGMENTS for span in talked) or any(text(session, name) for name in OBSERVED)


def _wrapup(segment: Json) -> Wrapup | None:
    code = text(segment, "wrapUpCode")
    return Wrapup(code, text(segment, "wrapUpNote")) if code else None


def _flow_outcomes(sessions: Sequence[Json]) -> tuple[str, ...]:
    flows = [record(session["flow"], "flow") for session in sessions if session.get("flow") is not None]
    outcomes = [text(outcome, "flowOutcomeId") for flow in flows for outcome in records(flow, "outcomes")]
    return tuple(dict.fromkeys(outcome for outcome in outcomes if outcome))

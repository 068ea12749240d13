"""A conversation as the operational API renders it: participants, and under each a list of communications per medium.

Source: the models Conversation, Participant, Call, Email ... of PureCloudPlatformClientV2 269.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

from wrapups.domain.conversation import Acw, CommunicationSeen, ConversationSeen, Wrapup
from wrapups.genesys.fields import Json, moment, record, records, required_moment, required_text, text, texts
from wrapups.genesys.media import MEDIA
from wrapups.genesys.renderings import (
    CUSTOMER_PURPOSES,
    OBSERVED,
    Span,
    first_address,
    merged_attributes,
    of_campaign,
    spent_s,
)

OBSERVING_ROLES = frozenset({"monitor", "coach", "barge"})

ANALYTICS_DISCONNECT_TYPES: Mapping[str, str] = {
    "endpoint.donotdisturb": "dndEndpoint",
    "endpoint.dnd": "dndEndpoint",
    "transfer.conference": "conferenceTransfer",
    "transfer.consult": "consultTransfer",
    "transfer.donotdisturb": "dndTransfer",
    "transfer.dnd": "dndTransfer",
    "transfer.forward": "forwardTransfer",
    "transfer.noanswer": "noAnswerTransfer",
    "transfer.notavailable": "notAvailableTransfer",
    "transport.failure": "transportFailure",
    "session.expired": "sessionExpired",
}
"""REST and event spellings that differ from analytics; the others are alike."""


def conversation(answer: object, *, read_at: datetime) -> ConversationSeen:
    """Return the conversation of `GET /conversations/{id}`. Raises Unclear where the answer makes no sense."""
    seen = record(answer, "answer")
    participants = records(seen, "participants")
    customers = [each for each in participants if text(each, "purpose") in CUSTOMER_PURPOSES]
    memberships = [record(member.get("division") or {}, "division") for member in records(seen, "divisions")]
    return ConversationSeen(
        conversation_id=required_text(seen, "id"),
        read_at=read_at,
        started_at=moment(seen, "startTime"),
        ended_at=moment(seen, "endTime"),
        division_ids=tuple(division for member in memberships if (division := text(member, "id"))),
        ani=first_address(customers, "ani"),
        dnis=first_address(customers, "dnis"),
        campaign=of_campaign(participants) or any(_previewed(participant) for participant in participants),
        attributes=merged_attributes(participants),
        communications=tuple(each for participant in participants for each in _communications(participant)),
    )


def assigned_wrapup(answer: object) -> Wrapup | None:
    """Return the wrap-up of a read-back, or None for an empty one (what is sent when none is set is not documented)."""
    return _wrapup(record(answer if answer is not None else {}, "answer"))


def _communications(participant: Json) -> Iterator[CommunicationSeen]:
    seen = [
        (media_type, each)
        for media_type, medium in MEDIA.items()
        for each in records(participant, medium.participant_key)
    ]
    # Before 2023 the participant alone carried the code; it still does where no communication has one of its own.
    of_participant = None if any(_own_wrapup(each) for _, each in seen) else _own_wrapup(participant)
    for media_type, each in seen:
        yield _communication(participant, media_type, each, of_participant)


def _communication(participant: Json, media_type: str, leg: Json, of_participant: Wrapup | None) -> CommunicationSeen:
    acw = record(leg.get("afterCallWork") or {}, "afterCallWork")
    acw_started_at, acw_ended_at = moment(acw, "startTime"), moment(acw, "endTime")
    ended_at = moment(leg, "disconnectedTime")
    how, spans = text(leg, "disconnectType"), _spans(leg)
    return CommunicationSeen(
        participant_id=required_text(participant, "id"),
        communication_id=required_text(leg, "id"),
        media_type=media_type,
        purpose=text(participant, "purpose"),
        user_id=text(participant, "userId") or None,
        queue_id=text(participant, "queueId") or None,
        direction=text(leg, "direction"),
        connected_at=moment(leg, "connectedTime"),
        ended_at=ended_at,
        disconnect_type=ANALYTICS_DISCONNECT_TYPES.get(how, how),
        held_s=spent_s(spans, "hold") if spans and ended_at else None,
        talk_s=spent_s(spans, "interact") if spans and ended_at else None,
        acw=_acw(participant, acw),
        acw_s=(acw_ended_at - acw_started_at).total_seconds() if acw_started_at and acw_ended_at else None,
        acw_ended_at=acw_ended_at,
        parked=text(leg, "state") == "parked",
        observing=_observes(participant),
        wrapup=_own_wrapup(leg) or of_participant,
    )


def _acw(participant: Json, acw: Json) -> Acw:
    state = text(acw, "state")
    if state in frozenset(Acw):
        return Acw(state)
    running = moment(participant, "startAcwTime") and not moment(participant, "endAcwTime")
    return Acw.PENDING if running else Acw.UNKNOWN


def _own_wrapup(holder: Json) -> Wrapup | None:
    return _wrapup(record(holder.get("wrapup") or {}, "wrapup"))


def _wrapup(wrapup: Json) -> Wrapup | None:
    code = text(wrapup, "code")
    return Wrapup(code, text(wrapup, "notes"), wrapup.get("provisional") is True) if code else None


def _spans(leg: Json) -> list[Span]:
    """Return what a communication went through, kinds spelled as in analytics; empty for a medium that tells none."""
    return [
        Span(text(each, "type").lower(), required_moment(each, "startTime"), moment(each, "endTime"))
        for each in sorted(records(leg, "segments"), key=lambda each: text(each, "startTime"))
    ]


def _observes(participant: Json) -> bool:
    roles = {role.lower() for role in texts(participant, "mediaRoles")}
    return not OBSERVING_ROLES.isdisjoint(roles) or any(text(participant, name) for name in OBSERVED)


def _previewed(participant: Json) -> bool:
    """Return whether a campaign showed its contact to the agent before the call, as a callback."""
    return any(
        each.get("externalCampaign") is True
        or text(record(each.get("dialerPreview") or {}, "dialerPreview"), "campaignId")
        for each in records(participant, "callbacks")
    )

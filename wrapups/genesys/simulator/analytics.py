"""A conversation as analytics shows it, at the instant analytics has come to."""

from typing import Any

import orjson

from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.instants import Instant
from wrapups.genesys.simulator.switches import Switches
from wrapups.genesys.simulator.timeline import Document, Leg, seen_at
from wrapups.genesys.simulator.wrapup import AfterCallWork, Wrapup

CHOSEN = ("segmentEnd", "wrapUpCode", "wrapUpNote", "wrapUpTags")
"""What a wrap-up segment says because of who wrapped up and when."""


def analytics_json(conversation: Conversation, now: Instant, switches: Switches, *, attributes: bool) -> bytes:
    """Return the rendering at `now` as JSON, kept once nothing can change it any more but a write."""
    if now < conversation.settled_at:
        return orjson.dumps(analytics_document(conversation, now, switches, attributes=attributes))
    kind = "analytics of jobs" if attributes else "analytics"
    if kind not in conversation.rendered:
        document = analytics_document(conversation, now, switches, attributes=attributes)
        conversation.rendered[kind] = orjson.dumps(document)
    return conversation.rendered[kind]


def analytics_document(
    conversation: Conversation, now: Instant, switches: Switches, *, attributes: bool
) -> dict[str, Any]:
    """Return the conversation as analytics shows it at `now`; only jobs show participant attributes."""
    document = conversation.timeline.document
    if now < conversation.timeline.settled_at:
        document = seen_at(document, now)
    if conversation.writes:
        document = _with_wrapups(conversation, document, now, switches)
    if attributes:
        return document
    participants = [
        {key: value for key, value in participant.items() if key != "attributes"}
        for participant in document.get("participants", [])
    ]
    return document | {"participants": participants}


def _with_wrapups(conversation: Conversation, document: Document, now: Instant, switches: Switches) -> Document:
    participants = [
        participant
        | {
            "sessions": [
                _wrapped(conversation, session, now, switches)
                if session["sessionId"] in conversation.writes
                else session
                for session in participant.get("sessions", [])
            ]
        }
        for participant in document.get("participants", [])
    ]
    return document | {"participants": participants}


def _wrapped(conversation: Conversation, session: Document, now: Instant, switches: Switches) -> Document:
    """Return the session with the wrap-up segments that its writes leave it with."""
    leg = conversation.timeline.legs[session["sessionId"]]
    acw = conversation.after_call_work(leg, now, switches)
    wrapups = acw.wrapups if switches.analytics_shows_late_writes else _in_time(leg, acw)
    talk = [segment for segment in session["segments"] if segment["segmentType"] != "wrapup"]
    skipped = {"acwSkipped": True} if acw.state == "skipped" else {}
    if acw.started_at is None and not wrapups:
        return session
    shown = wrapups if switches.rewrite_adds_segment else wrapups[-1:]
    segments = [_segment(leg, acw, wrapup, last=wrapup is shown[-1]) for wrapup in shown] or [_segment(leg, acw, None)]
    return session | {"segments": [*talk, *segments]} | skipped


def _in_time(leg: Leg, acw: AfterCallWork) -> tuple[Wrapup, ...]:
    """Return the wrap-ups that were there when after-call work was first over."""
    own_end = leg.acw.get("segmentEnd") if leg.acw else leg.ended_at
    first = acw.wrapups[0].at if acw.started_at and acw.wrapups and own_end is None else own_end
    return tuple(wrapup for wrapup in acw.wrapups if wrapup.at <= (first or ""))


def _segment(leg: Leg, acw: AfterCallWork, wrapup: Wrapup | None, *, last: bool = True) -> Document:
    """Return one wrap-up segment: the leg's own, or one that begins where the leg ended."""
    plain = {key: value for key, value in (leg.acw or {}).items() if key not in CHOSEN}
    segment: Document = {
        "conference": False,
        "segmentStart": acw.started_at or leg.ended_at or (wrapup.at if wrapup else ""),
        "segmentType": "wrapup",
    }
    optional = {"disconnectType": leg.disconnect_type, "queueId": leg.queue_id}
    segment |= {key: value for key, value in optional.items() if value is not None} | plain
    end = acw.ended_at if last and acw.started_at else wrapup.ended_at if wrapup else None
    if end is not None:
        segment["segmentEnd"] = end
    if wrapup is not None:
        segment |= _shown(wrapup)
    return segment


def _shown(wrapup: Wrapup) -> Document:
    shown = {"wrapUpCode": wrapup.code, "wrapUpNote": wrapup.notes, "wrapUpTags": list(wrapup.tags) or None}
    return {key: value for key, value in shown.items() if value is not None}

"""Ends a leg before its time: the timeline of a conversation one of whose legs was disconnected."""

from wrapups.genesys.simulator.instants import LAST, Instant, epoch, shifted
from wrapups.genesys.simulator.timeline import Document, Leg, Timeline


def disconnected(timeline: Timeline, leg: Leg, at: Instant) -> Timeline:
    """Return the timeline in which `leg` ends at `at` and its after-call work follows at once.

    When nobody but the customer is left then, the conversation ends with it.
    """
    moved_s = epoch(at) - epoch(leg.ended_at) if leg.ended_at else 0.0
    alone = not any(_talks_on(other, at) for other in timeline.legs.values() if other is not leg)
    participants = []
    for participant in timeline.document["participants"]:
        sessions = []
        for session in participant["sessions"]:
            if session["sessionId"] == leg.id:
                sessions.append(_cut(session, at, "client", moved_s))
            else:
                sessions.append(_cut(session, at, "endpoint", 0.0) if alone else session)
        participants.append(participant | {"sessions": sessions})
    document = timeline.document | {"participants": participants}
    return Timeline(document | {"conversationEnd": at} if alone else document)


def _talks_on(leg: Leg, at: Instant) -> bool:
    return leg.participant.get("purpose") != "customer" and leg.started_at <= at < (leg.ended_at or LAST)


def _cut(session: Document, at: Instant, why: str, moved_s: float) -> Document:
    """Return the session with its talk ended at `at` and its wrap-up moved by as much."""
    segments = []
    for segment in session["segments"]:
        if segment["segmentType"] == "wrapup":
            segments.append(_moved(segment, at, moved_s))
        elif segment["segmentStart"] <= at < segment.get("segmentEnd", LAST):
            segments.append(segment | {"segmentEnd": at, "disconnectType": why})
        elif segment["segmentStart"] <= at:
            segments.append(segment)
    return session | {"segments": segments}


def _moved(segment: Document, at: Instant, moved_s: float) -> Document:
    if not moved_s:
        return segment
    moved = segment | {"segmentStart": at}
    if "segmentEnd" in segment:
        moved["segmentEnd"] = shifted(segment["segmentEnd"], moved_s)
    return moved

"""A conversation as an unchangeable timeline, in the form of analytics, and what of it had happened by an instant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from wrapups.genesys.simulator.instants import LAST, Instant
from wrapups.genesys.simulator.media import BY_ANALYTICS, Medium

Document = dict[str, Any]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
DATED = {"segments": ("segmentStart", "segmentEnd"), "metrics": ("emitDate",), "mediaEndpointStats": ("eventTime",)}
CONNECTED_SEGMENTS = ("interact", "hold", "parked", "ivr", "voicemail", "sharing", "monitoring", "coaching", "barging")
OBSERVED = ("monitoredParticipantId", "coachedParticipantId", "bargedParticipantId")
OUTCOMES = ("segmentEnd", "disconnectType", "wrapUpCode", "wrapUpNote", "wrapUpTags", "errorCode", "sipResponseCodes")
"""What a segment only says once it is over."""


@dataclass(slots=True)
class Leg:
    """One session of one participant: a communication. Its documents are never changed."""

    participant: Document
    session: Document
    talk: list[Document] = field(init=False)
    acw: Document | None = field(init=False)

    def __post_init__(self) -> None:
        segments = self.session.get("segments", [])
        self.talk = [segment for segment in segments if segment["segmentType"] != "wrapup"]
        self.acw = next((segment for segment in reversed(segments) if segment["segmentType"] == "wrapup"), None)

    @property
    def id(self) -> str:
        """Return the communication id (analytics: sessionId)."""
        return str(self.session["sessionId"])

    @property
    def medium(self) -> Medium:
        """Return the medium of this leg."""
        return BY_ANALYTICS[self.session["mediaType"]]

    @property
    def queue_id(self) -> str | None:
        """Return the queue this leg was on last, if any."""
        return next((s["queueId"] for s in reversed(self.talk) if "queueId" in s), None)

    @property
    def started_at(self) -> Instant:
        """Return when this leg began."""
        return min((segment["segmentStart"] for segment in self.talk), default=LAST)

    @property
    def connected_at(self) -> Instant | None:
        """Return when this leg was connected; None when it never was."""
        return next((s["segmentStart"] for s in self.talk if s["segmentType"] in CONNECTED_SEGMENTS), None)

    @property
    def ended_at(self) -> Instant | None:
        """Return when this leg ends, its after-call work aside; None when that is open."""
        if any("segmentEnd" not in segment for segment in self.talk):
            return None
        return max((segment["segmentEnd"] for segment in self.talk), default=None)

    @property
    def observes(self) -> bool:
        """Return whether this leg monitors, coaches or barges in."""
        return any(name in self.session for name in OBSERVED)

    @property
    def is_agents(self) -> bool:
        """Return whether this is the leg of an agent who takes part."""
        return self.participant.get("purpose") == "agent" and "userId" in self.participant and not self.observes


@dataclass(slots=True)
class Timeline:
    """One conversation; `settled_at` is the instant after which nothing in it happens by itself."""

    document: Document
    legs: dict[str, Leg] = field(init=False)
    settled_at: Instant = field(init=False)

    def __post_init__(self) -> None:
        self.legs = {
            session["sessionId"]: Leg(participant, session)
            for participant in self.document.get("participants", [])
            for session in participant.get("sessions", [])
        }
        self.settled_at = max(_instants(self.document), default="")

    @property
    def id(self) -> str:
        """Return the conversation id."""
        return str(self.document["conversationId"])

    @property
    def started_at(self) -> Instant:
        """Return when the conversation began."""
        return str(self.document["conversationStart"])

    @property
    def ended_at(self) -> Instant | None:
        """Return when the last participant leaves; None while that is open."""
        return self.document.get("conversationEnd")

    @property
    def division_ids(self) -> list[str]:
        """Return the divisions the conversation belongs to."""
        return self.document.get("divisionIds", [])


def seen_at(document: Document, now: Instant) -> Document:
    """Return what of a conversation's document had happened by `now`; `document` stays as it is."""
    seen = {key: value for key, value in document.items() if key != "participants"}
    if seen.get("conversationEnd", "") > now:
        del seen["conversationEnd"]
    seen["participants"] = [
        participant | {"sessions": sessions}
        for participant in document.get("participants", [])
        if (sessions := [_session_seen(session, now) for session in participant["sessions"] if _begun(session, now)])
    ]
    return seen


def _begun(session: Document, now: Instant) -> bool:
    segments = session.get("segments", [])
    return not segments or any(segment["segmentStart"] <= now for segment in segments)


def _session_seen(session: Document, now: Instant) -> Document:
    seen = dict(session)
    for part, (first, *_) in DATED.items():
        if part in seen:
            seen[part] = [item for item in seen[part] if item[first] <= now]
    if "segments" in seen:
        seen["segments"] = [
            {key: value for key, value in segment.items() if key not in OUTCOMES}
            if segment.get("segmentEnd", LAST) > now
            else segment
            for segment in seen["segments"]
        ]
    return seen


def _instants(value: object) -> Iterator[Instant]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _instants(item)
    elif isinstance(value, list):
        for item in value:
            yield from _instants(item)
    elif isinstance(value, str) and INSTANT.fullmatch(value):
        yield value

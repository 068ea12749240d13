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
    """One session of one participant: a communication. Its documents are never changed.

    `id` is the communication id (analytics: sessionId), `queue_id` the queue it was on last. `connected_at` is None
    when it never was; `ended_at`, after-call work aside, is None when that is open. `acw` is its wrap-up segment.
    `observes` says that it monitors, coaches or barges in.
    """

    participant: Document
    session: Document
    id: str = field(init=False)
    medium: Medium = field(init=False)
    talk: list[Document] = field(init=False)
    acw: Document | None = field(init=False)
    queue_id: str | None = field(init=False)
    started_at: Instant = field(init=False)
    connected_at: Instant | None = field(init=False)
    ended_at: Instant | None = field(init=False)
    disconnect_type: str | None = field(init=False)
    observes: bool = field(init=False)

    def __post_init__(self) -> None:
        segments = self.session.get("segments", [])
        self.id = self.session["sessionId"]
        self.medium = BY_ANALYTICS[self.session["mediaType"]]
        self.talk = talk = [segment for segment in segments if segment["segmentType"] != "wrapup"]
        self.acw = next((segment for segment in reversed(segments) if segment["segmentType"] == "wrapup"), None)
        self.queue_id = next((s["queueId"] for s in reversed(talk) if "queueId" in s), None)
        self.started_at = min((segment["segmentStart"] for segment in talk), default=LAST)
        self.connected_at = next((s["segmentStart"] for s in talk if s["segmentType"] in CONNECTED_SEGMENTS), None)
        ends = [segment.get("segmentEnd") for segment in talk]
        self.ended_at = None if None in ends else max(ends, default=None)
        self.disconnect_type = next((s["disconnectType"] for s in reversed(talk) if "disconnectType" in s), None)
        self.observes = any(name in self.session for name in OBSERVED)

    @property
    def is_agents(self) -> bool:
        """Return whether this is the leg of an agent who takes part."""
        return self.participant.get("purpose") == "agent" and "userId" in self.participant and not self.observes

    def is_over(self, now: Instant) -> bool:
        """Return whether this leg has ended by `now`, whatever its after-call work."""
        return self.ended_at is not None and self.ended_at <= now


@dataclass(slots=True)
class Timeline:
    """One conversation; `ended_at` is None while that is open.

    `settled_at` is the instant after which nothing in it happens by itself.
    """

    document: Document
    id: str = field(init=False)
    started_at: Instant = field(init=False)
    ended_at: Instant | None = field(init=False)
    division_ids: list[str] = field(init=False)
    legs: dict[str, Leg] = field(init=False)
    settled_at: Instant = field(init=False)

    def __post_init__(self) -> None:
        self.id = self.document["conversationId"]
        self.started_at = self.document["conversationStart"]
        self.ended_at = self.document.get("conversationEnd")
        self.division_ids = self.document.get("divisionIds", [])
        self.legs = {
            session["sessionId"]: Leg(participant, session)
            for participant in self.document.get("participants", [])
            for session in participant.get("sessions", [])
        }
        self.settled_at = max(instants(self.document), default="")


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


def instants(value: object) -> Iterator[Instant]:
    if isinstance(value, dict):
        for item in value.values():
            yield from instants(item)
    elif isinstance(value, list):
        for item in value:
            yield from instants(item)
    elif isinstance(value, str) and INSTANT.fullmatch(value):
        yield value

"""One communication as the operational API shows it: state, times, segments, after-call work and wrap-up."""

from dataclasses import dataclass

from wrapups.genesys.simulator.catalogue import Catalogue
from wrapups.genesys.simulator.instants import LAST, Instant
from wrapups.genesys.simulator.timeline import Document, Leg
from wrapups.genesys.simulator.wrapup import AfterCallWork, Wrapup

STATES = {
    "alert": "alerting",
    "contacting": "contacting",
    "converting": "converting",
    "dialing": "dialing",
    "parked": "parked",
    "scheduled": "scheduled",
    "transmitting": "transmitting",
    "uploading": "uploading",
}
"""The state of a running segment; every other segment means connected."""
POSSIBLE = {
    "calls": {"alerting", "dialing", "contacting", "converting", "uploading", "transmitting"},
    "callbacks": {"alerting", "dialing", "contacting", "scheduled"},
    "emails": {"alerting", "parked", "transmitting"},
    "messages": {"alerting", "parked"},
}
"""The states each medium knows beside connected and disconnected; the others know alerting only."""
DISCONNECTS = {
    "conferenceTransfer": "transfer.conference",
    "consultTransfer": "transfer.consult",
    "dndEndpoint": "endpoint.donotdisturb",
    "dndTransfer": "transfer.donotdisturb",
    "forwardTransfer": "transfer.forward",
    "noAnswerTransfer": "transfer.noanswer",
    "notAvailableTransfer": "transfer.notavailable",
    "sessionExpired": "session.expired",
    "transportFailure": "transport.failure",
}
"""REST spells these with dots; the others are spelled alike."""
HOLDABLE = {"calls", "callbacks", "emails", "messages", "chats", "socialExpressions"}
CALLBACK_FIELDS = ("callbackNumbers", "callbackUserName", "skipEnabled", "timeoutSeconds", "callbackScheduledTime")


@dataclass(frozen=True, slots=True)
class Seen:
    """A leg at `now`: the segment that runs (None before and after), its state and its after-call work."""

    leg: Leg
    now: Instant
    running: str | None
    state: str
    acw: AfterCallWork


def seen(leg: Leg, now: Instant, acw: AfterCallWork) -> Seen:
    """Return a leg as it is at `now`, with the after-call work given."""
    running = next((s for s in reversed(leg.talk) if s["segmentStart"] <= now < s.get("segmentEnd", LAST)), None)
    kind = running["segmentType"] if running else None
    return Seen(leg, now, kind, state_named(leg, kind) if kind else "disconnected", acw)


def state_named(leg: Leg, segment_type: str) -> str:
    """Return the state of a segment of this type, as far as the leg's medium knows it."""
    state = STATES.get(segment_type, "connected")
    return state if state in POSSIBLE.get(leg.medium.rest, {"alerting"}) else "connected"


def communication_body(one: Seen, catalogue: Catalogue) -> Document:
    """Return the communication: a `Call`, `Email`, `Message` ... by its medium."""
    leg, session = one.leg, one.leg.session
    body: Document = {"id": leg.id, "state": one.state}
    if leg.talk and leg.medium.rest != "socialExpressions":
        body["initialState"] = state_named(leg, leg.talk[0]["segmentType"])
    if leg.medium.direction:
        body["direction"] = session.get("direction", "inbound")
    if leg.medium.segments:
        body["segments"] = [_segment(s, one.now) for s in leg.talk if s["segmentStart"] <= one.now]
    body |= leg_times(one)
    body |= {name: session[name] for name in ("provider", "peerId") if name in session}
    if leg.medium.rest in HOLDABLE:
        body["held"] = one.running == "hold"
    if leg.medium.rest == "callbacks":
        body |= {name: session[name] for name in CALLBACK_FIELDS if name in session}
    if leg.medium.rest == "messages":
        body["type"] = session.get("messageType", "unknown")
    if leg.is_agents and leg.medium.wrapup:
        body |= _after_call_work(one, catalogue)
    return body


def leg_times(one: Seen) -> Document:
    """Return when a leg alerted, connected and disconnected, and why, as far as it has come."""
    leg = one.leg
    alerting = next((s["segmentStart"] for s in leg.talk if s["segmentType"] == "alert"), None)
    body = past("startAlertingTime", alerting, one.now) | past("connectedTime", leg.connected_at, one.now)
    if one.state == "disconnected":
        body |= past("disconnectedTime", leg.ended_at, one.now)
        if leg.disconnect_type is not None:
            body["disconnectType"] = DISCONNECTS.get(leg.disconnect_type, leg.disconnect_type)
    return body


def wrapup_body(acw: AfterCallWork, catalogue: Catalogue) -> Document:
    """Return `{"wrapup": Wrapup}`, the draft if there is one; empty when there is no wrap-up at all."""
    wrapup = acw.draft or acw.wrapup
    if wrapup is None:
        return {}
    code = catalogue.codes.get(wrapup.code or "")
    name = {"name": code.name if code else wrapup.code} if wrapup.code else {}
    return {"wrapup": assigned_body(wrapup) | name | {"provisional": wrapup is acw.draft}}


def assigned_body(wrapup: Wrapup) -> Document:
    """Return the `AssignedWrapupCode` of a wrap-up."""
    body = {
        "code": wrapup.code,
        "notes": wrapup.notes,
        "tags": list(wrapup.tags) or None,
        "durationSeconds": wrapup.duration_s,
        "endTime": wrapup.ended_at,
    }
    return {name: value for name, value in body.items() if value is not None}


def past(name: str, at: Instant | None, now: Instant) -> Document:
    """Return the instant under a name if it is over, else nothing."""
    return {name: at} if at is not None and at <= now else {}


def _after_call_work(one: Seen, catalogue: Catalogue) -> Document:
    acw = one.acw
    body: Document = {"state": acw.state}
    body |= past("startTime", acw.started_at, one.now) | past("endTime", acw.ended_at, one.now)
    queue = catalogue.queues.get(one.leg.queue_id or "")
    asked = queue is not None and queue.acw_prompt == "AGENT_REQUESTED" and acw.started_at is not None
    return {"afterCallWork": body, "afterCallWorkRequired": asked} | wrapup_body(acw, catalogue)


def _segment(segment: Document, now: Instant) -> Document:
    body = {"startTime": segment["segmentStart"], "type": segment["segmentType"]}
    if segment.get("segmentEnd", LAST) <= now:
        body["endTime"] = segment["segmentEnd"]
        if "disconnectType" in segment:
            why = segment["disconnectType"]
            body |= {"disconnectType": DISCONNECTS.get(why, why), "howEnded": "disconnect"}
    return body

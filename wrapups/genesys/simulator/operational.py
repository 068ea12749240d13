"""A conversation as the operational API shows it: `Conversation` of all media, and one per medium."""

from typing import Any

from wrapups.genesys.simulator.catalogue import PROMPTS, REQUIRED_PROMPTS, Catalogue
from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.instants import LAST, Instant
from wrapups.genesys.simulator.media import Medium
from wrapups.genesys.simulator.switches import Switches
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
ROLES = {"monitoredParticipantId": "monitor", "coachedParticipantId": "coach", "bargedParticipantId": "barge"}


class Rendering:
    """Renders one conversation at `now`, with the writes that had reached the operational API by `written`."""

    def __init__(
        self, conversation: Conversation, catalogue: Catalogue, switches: Switches, now: Instant, written: Instant
    ) -> None:
        self.conversation = conversation
        self.timeline = conversation.timeline
        self.catalogue = catalogue
        self.switches = switches
        self.now = now
        self.written = written

    def conversation_body(self) -> Document:
        """Return the `Conversation`, all media in one."""
        body = self._head()
        body["startTime"] = self.timeline.started_at
        body |= self._if_past("endTime", self.timeline.ended_at)
        body["recordingState"] = "NONE"
        body["participants"] = [self.participant(p) for p in self._participants() if self._legs(p)]
        body["selfUri"] = f"/api/v2/conversations/{self.timeline.id}"
        return body

    def media_body(self, medium: Medium) -> Document | None:
        """Return the conversation of one medium, such as a `CallConversation`; None when it has no such part."""
        participants = [
            self._media_participant(participant, legs[-1])
            for participant in self._participants()
            if (legs := [leg for leg in self._legs(participant) if leg.medium is medium])
        ]
        if not participants:
            return None
        own = f"/api/v2/conversations/{medium.path}/{self.timeline.id}"
        return self._head() | {"participants": participants, "otherMediaUris": [], "selfUri": own}

    def participant(self, participant: Document) -> Document:
        """Return one `Participant` with a communication per leg."""
        legs = self._legs(participant)
        body = self._person(participant, legs)
        body |= {"name": participant.get("participantName", ""), "attributes": participant.get("attributes", {})}
        if user_id := participant.get("userId"):
            body |= {"userId": user_id, "userUri": f"/api/v2/users/{user_id}"}
        if queue_id := next((leg.queue_id for leg in reversed(legs) if leg.queue_id), None):
            body |= {"queueId": queue_id, "queueName": self._queue_name(queue_id)}
        for leg in legs:
            body.setdefault(leg.medium.rest, []).append(self._communication(leg))
        return body

    def _head(self) -> Document:
        divisions = [
            {
                "division": {
                    "id": division_id,
                    "name": self.catalogue.divisions[division_id].name,
                    "selfUri": f"/api/v2/authorization/divisions/{division_id}",
                },
                "entities": [],
            }
            for division_id in self.timeline.division_ids
        ]
        return {"id": self.timeline.id, "divisions": divisions}

    def _participants(self) -> list[Document]:
        return list(self.timeline.document.get("participants", []))

    def _legs(self, participant: Document) -> list[Leg]:
        """Return the legs of a participant that have begun."""
        legs = (self.timeline.legs[session["sessionId"]] for session in participant.get("sessions", []))
        return [leg for leg in legs if leg.started_at <= self.now]

    def _acw(self, leg: Leg) -> AfterCallWork:
        """Return after-call work as shown: it runs with the clock, but writes take their time to be seen."""
        return self.conversation.after_call_work(leg, self.now, self.switches, written=self.written)

    def _if_past(self, name: str, at: Instant | None) -> Document:
        return {name: at} if at is not None and at <= self.now else {}

    def _person(self, participant: Document, legs: list[Leg]) -> Document:
        """Return what a `Participant` and a media participant have in common."""
        started = min(leg.started_at for leg in legs)
        connected = min((leg.connected_at or LAST for leg in legs), default=LAST)
        ends = [leg.ended_at or LAST for leg in legs]
        body: Document = {"id": participant["participantId"], "purpose": participant.get("purpose"), "startTime": started}
        body |= self._if_past("connectedTime", connected) | self._if_past("endTime", max(ends))
        session = legs[0].session
        for name, shown in (("ani", "ani"), ("dnis", "dnis"), ("remote", "address")):
            if name in session:
                body[shown] = session[name]
        for name, role in ROLES.items():
            if name in session:
                body |= {"mediaRoles": [role], name: session[name]}
        return body | self._wrapping(legs[-1])

    def _wrapping(self, leg: Leg) -> Document:
        """Return the wrap-up part of a participant, which is that of its last leg."""
        if not leg.is_agents:
            return {"wrapupRequired": False}
        acw = self._acw(leg)
        queue = self.catalogue.queues.get(leg.queue_id or "")
        connected = leg.connected_at is not None and leg.medium.wrapup
        required = connected and queue is not None and queue.acw_prompt in REQUIRED_PROMPTS
        body: Document = {"wrapupRequired": required, "wrapupSkipped": acw.state == "skipped"}
        if queue is not None and connected:
            body["wrapupPrompt"] = PROMPTS[queue.acw_prompt]
            if queue.acw_timeout_s is not None:
                body["wrapupTimeoutMs"] = round(queue.acw_timeout_s * 1000)
        times = {"startAcwTime": acw.started_at, "endAcwTime": acw.ended_at}
        body |= {name: at for name, at in times.items() if at is not None}
        if (shown := acw.draft or acw.wrapup) is not None:
            body["wrapup"] = self._wrapup(shown, provisional=shown is acw.draft)
        return body

    def _wrapup(self, wrapup: Wrapup, *, provisional: bool) -> Document:
        code = self.catalogue.codes.get(wrapup.code or "")
        body = {
            "code": wrapup.code,
            "name": code.name if code else wrapup.code,
            "notes": wrapup.notes,
            "tags": list(wrapup.tags) or None,
            "durationSeconds": wrapup.duration_s,
            "endTime": wrapup.ended_at,
        }
        return {name: value for name, value in body.items() if value is not None} | {"provisional": provisional}

    def _communication(self, leg: Leg) -> Document:
        body: Document = {"id": leg.id, "state": self._state(leg)}
        if leg.medium.rest not in ("socialExpressions",):
            body["initialState"] = self._named(leg, leg.talk[0]["segmentType"]) if leg.talk else "connected"
        if leg.medium.direction:
            body["direction"] = leg.session.get("direction", "inbound")
        if leg.medium.segments:
            body["segments"] = [self._segment(segment) for segment in leg.talk if segment["segmentStart"] <= self.now]
        body |= self._leg_times(leg)
        body |= {name: leg.session[name] for name in ("provider", "peerId") if name in leg.session}
        if leg.medium.rest in ("calls", "callbacks", "emails", "messages", "chats", "socialExpressions"):
            body["held"] = self._running(leg) == "hold"
        if leg.medium.rest == "callbacks":
            names = ("callbackNumbers", "callbackUserName", "skipEnabled", "timeoutSeconds", "callbackScheduledTime")
            body |= {name: leg.session[name] for name in names if name in leg.session}
        if leg.medium.rest == "messages":
            body["type"] = leg.session.get("messageType", "unknown")
        if leg.is_agents and leg.medium.wrapup:
            body |= self._after_call_work(leg)
        return body

    def _leg_times(self, leg: Leg) -> Document:
        alerting = next((s["segmentStart"] for s in leg.talk if s["segmentType"] == "alert"), None)
        body = self._if_past("startAlertingTime", alerting) | self._if_past("connectedTime", leg.connected_at)
        if self._state(leg) == "disconnected":
            body |= self._if_past("disconnectedTime", leg.ended_at)
            why = next((s["disconnectType"] for s in reversed(leg.talk) if "disconnectType" in s), None)
            if why is not None:
                body["disconnectType"] = DISCONNECTS.get(why, why)
        return body

    def _after_call_work(self, leg: Leg) -> Document:
        acw = self._acw(leg)
        body: Document = {"state": acw.state}
        times = {"startTime": acw.started_at, "endTime": acw.ended_at}
        body |= {name: at for name, at in times.items() if at is not None}
        queue = self.catalogue.queues.get(leg.queue_id or "")
        asked = queue is not None and queue.acw_prompt == "AGENT_REQUESTED"
        shown: Document = {"afterCallWork": body, "afterCallWorkRequired": asked and acw.started_at is not None}
        if (wrapup := acw.draft or acw.wrapup) is not None:
            shown["wrapup"] = self._wrapup(wrapup, provisional=wrapup is acw.draft)
        return shown

    def _segment(self, segment: Document) -> Document:
        ended = segment.get("segmentEnd", LAST) <= self.now
        body = {"startTime": segment["segmentStart"], "type": segment["segmentType"]}
        if ended:
            body["endTime"] = segment["segmentEnd"]
            if "disconnectType" in segment:
                why = DISCONNECTS.get(segment["disconnectType"], segment["disconnectType"])
                body |= {"disconnectType": why, "howEnded": "disconnect"}
        return body

    def _running(self, leg: Leg) -> str | None:
        """Return the type of the segment that runs now; None before and after."""
        running = [s for s in leg.talk if s["segmentStart"] <= self.now < s.get("segmentEnd", LAST)]
        return str(running[-1]["segmentType"]) if running else None

    def _state(self, leg: Leg) -> str:
        running = self._running(leg)
        return "disconnected" if running is None else self._named(leg, running)

    @staticmethod
    def _named(leg: Leg, segment_type: str) -> str:
        state = STATES.get(segment_type, "connected")
        return state if state in POSSIBLE.get(leg.medium.rest, {"alerting"}) else "connected"

    def _media_participant(self, participant: Document, leg: Leg) -> Document:
        body = self._person(participant, [leg]) | {"state": self._state(leg), "held": self._running(leg) == "hold"}
        body |= {"name": participant.get("participantName", ""), "attributes": participant.get("attributes", {})}
        body["direction"] = leg.session.get("direction", "inbound")
        alerting = self._leg_times(leg)
        body |= {name: alerting[name] for name in ("startAlertingTime", "disconnectType") if name in alerting}
        if user_id := participant.get("userId"):
            body["user"] = {"id": user_id, "selfUri": f"/api/v2/users/{user_id}"}
        if queue_id := leg.queue_id:
            body["queue"] = {"id": queue_id, "selfUri": f"/api/v2/routing/queues/{queue_id}"}
        return body | ({"provider": leg.session["provider"]} if "provider" in leg.session else {})

    def _queue_name(self, queue_id: str) -> str:
        queue = self.catalogue.queues.get(queue_id)
        return queue.name if queue else ""

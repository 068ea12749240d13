"""A conversation as the operational API shows it: `Conversation` of all media, and one per medium."""

from collections.abc import Sequence

from wrapups.genesys.simulator.catalogue import PROMPTS, REQUIRED_PROMPTS, Catalogue
from wrapups.genesys.simulator.communication import (
    CALLBACK_FIELDS,
    Seen,
    communication_body,
    leg_times,
    past,
    seen,
    wrapup_body,
)
from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.instants import LAST, Instant
from wrapups.genesys.simulator.media import Medium
from wrapups.genesys.simulator.switches import Switches
from wrapups.genesys.simulator.timeline import Document

ROLES = {"monitoredParticipantId": "monitor", "coachedParticipantId": "coach", "bargedParticipantId": "barge"}

NUMBERS = ("ani", "dnis")
OWN_FIELDS = {"calls": NUMBERS, "callbacks": CALLBACK_FIELDS}
"""What the media participants of only one medium have."""


class Rendering:
    """Renders one conversation at `now`, with the writes that had reached the operational API by `written`."""

    def __init__(
        self, conversation: Conversation, catalogue: Catalogue, switches: Switches, now: Instant, written: Instant
    ) -> None:
        self.timeline = conversation.timeline
        self.catalogue = catalogue
        self.now = now
        self.by_participant: dict[str, list[Seen]] = {}
        for leg in self.timeline.legs.values():
            if leg.started_at <= now:
                acw = conversation.after_call_work(leg, now, switches, written=written)
                self.by_participant.setdefault(leg.participant["participantId"], []).append(seen(leg, now, acw))

    def conversation_body(self) -> Document:
        """Return the `Conversation`, all media in one."""
        return {
            **self._head(),
            "startTime": self.timeline.started_at,
            **past("endTime", self.timeline.ended_at, self.now),
            "recordingState": "NONE",
            "participants": [self._participant(legs) for legs in self.by_participant.values()],
            "selfUri": f"/api/v2/conversations/{self.timeline.id}",
        }

    def media_body(self, medium: Medium) -> Document | None:
        """Return the conversation of one medium, such as a `CallConversation`; None when it has no such part."""
        of_medium = ([one for one in legs if one.leg.medium is medium] for legs in self.by_participant.values())
        participants = [self._media_participant(legs[-1]) for legs in of_medium if legs]
        if not participants:
            return None
        own = f"/api/v2/conversations/{medium.path}/{self.timeline.id}"
        return {**self._head(), "participants": participants, "otherMediaUris": [], "selfUri": own}

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

    def _participant(self, legs: list[Seen]) -> Document:
        """Return one `Participant` with a communication per leg."""
        body = self._person(legs) | _fields(legs[0], NUMBERS)
        if user_id := legs[0].leg.participant.get("userId"):
            body |= {"userId": user_id, "userUri": f"/api/v2/users/{user_id}"}
        if queue_id := next((one.leg.queue_id for one in reversed(legs) if one.leg.queue_id), None):
            body |= {"queueId": queue_id, "queueName": self.catalogue.queues[queue_id].name}
        for one in legs:
            body.setdefault(one.leg.medium.rest, []).append(communication_body(one, self.catalogue))
        return body

    def _media_participant(self, one: Seen) -> Document:
        """Return one `CallMediaParticipant`, `EmailMediaParticipant` ...: flat, with no after-call work."""
        times = leg_times(one)
        body = self._person([one]) | {"state": one.state, "held": one.running == "hold"}
        body["direction"] = one.leg.session.get("direction", "inbound")
        body |= {name: times[name] for name in ("startAlertingTime", "disconnectType") if name in times}
        if user_id := one.leg.participant.get("userId"):
            body["user"] = {"id": user_id, "selfUri": f"/api/v2/users/{user_id}"}
        if queue_id := one.leg.queue_id:
            body["queue"] = {"id": queue_id, "selfUri": f"/api/v2/routing/queues/{queue_id}"}
        return body | _fields(one, ("provider", *OWN_FIELDS.get(one.leg.medium.rest, ())))

    def _person(self, legs: list[Seen]) -> Document:
        """Return what a `Participant` and a media participant have in common."""
        participant, session = legs[0].leg.participant, legs[0].leg.session
        connected = min(one.leg.connected_at or LAST for one in legs)
        ended = max(one.leg.ended_at or LAST for one in legs)
        body: Document = {
            "id": participant["participantId"],
            "purpose": participant.get("purpose"),
            "name": participant.get("participantName", ""),
            "attributes": participant.get("attributes", {}),
            "startTime": min(one.leg.started_at for one in legs),
            **past("connectedTime", connected, self.now),
            **past("endTime", ended, self.now),
        }
        if "remote" in session:
            body["address"] = session["remote"]
        for name, role in ROLES.items():
            if name in session:
                body |= {"mediaRoles": [role], name: session[name]}
        return body | self._wrapping(legs[-1])

    def _wrapping(self, one: Seen) -> Document:
        """Return the wrap-up part of a participant, which is that of its last leg."""
        if not one.leg.is_agents:
            return {"wrapupRequired": False}
        queue = self.catalogue.queues.get(one.leg.queue_id or "")
        prompted = queue is not None and one.leg.connected_at is not None and one.leg.medium.wrapup
        body: Document = {"wrapupRequired": False, "wrapupSkipped": one.acw.state == "skipped"}
        if queue is not None and prompted:
            body |= {"wrapupRequired": queue.acw_prompt in REQUIRED_PROMPTS, "wrapupPrompt": PROMPTS[queue.acw_prompt]}
            if queue.acw_timeout_s is not None:
                body["wrapupTimeoutMs"] = round(queue.acw_timeout_s * 1000)
        body |= past("startAcwTime", one.acw.started_at, self.now) | past("endAcwTime", one.acw.ended_at, self.now)
        return body | wrapup_body(one.acw, self.catalogue)


def _fields(one: Seen, names: Sequence[str]) -> Document:
    return {name: one.leg.session[name] for name in names if name in one.leg.session}

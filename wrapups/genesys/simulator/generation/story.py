"""Writes one conversation down as analytics shows it, in seconds from its beginning; `placed` puts it into time."""

import random
from typing import Any
from uuid import uuid5

from wrapups.genesys.simulator.catalogue import TIMED_PROMPTS, TIMEOUT_CODE, Agent, Catalogue, Queue
from wrapups.genesys.simulator.contact_centre import NAMESPACE
from wrapups.genesys.simulator.instants import Instant, shifted
from wrapups.genesys.simulator.timeline import Document, Timeline

DATES = ("segmentStart", "segmentEnd", "emitDate", "conversationStart", "conversationEnd", "callbackScheduledTime")
FIRST_NAMES = ("Maple", "Rowan", "Juniper", "Sage", "Hazel", "Aspen", "Laurel", "Linden", "Clover", "Briar")
LAST_NAMES = ("Testwood", "Samplefield", "Fakeham", "Mockridge", "Demofield", "Trialby", "Exampleton", "Dummond")

AREAS = ("212", "303", "415", "503", "617")
OWN_NUMBERS = ("tel:+18005550100", "tel:+18005550101", "tel:+18885550102", "tel:+441632960000", "tel:+441632960001")


class Story:
    """One conversation in the writing. `speed` divides every duration, `rng` and `key` make it what it is.

    `still_wrapping_up` says that it is about an agent whose after-call work goes on.
    """

    def __init__(self, key: str, catalogue: Catalogue, *, speed: float = 1.0) -> None:
        self.key = key
        self.rng = random.Random(key)  # noqa: S311 - plays, protects nothing
        self.catalogue = catalogue
        self.speed = speed
        self.counted = 0
        self.still_wrapping_up = False
        self.document: Document = {
            "conversationId": self.identity(),
            "conversationStart": 0.0,
            "divisionIds": [],
            "originatingDirection": "inbound",
            "participants": [],
        }
        self.customer_name = f"{self.rng.choice(FIRST_NAMES)} {self.rng.choice(LAST_NAMES)}"

    def identity(self) -> str:
        """Return the next id of this conversation's things."""
        self.counted += 1
        return str(uuid5(NAMESPACE, f"conversation/{self.key}/{self.counted}"))

    def seconds(self, low: float, high: float) -> float:
        """Return a duration between two bounds, in seconds, at the story's speed."""
        return round(self.rng.uniform(low, high) / self.speed, 3)

    def phone(self) -> str:
        """Return a customer's number, out of the ranges reserved for fiction."""
        if self.rng.random() < 0.5:
            return f"tel:+1{self.rng.choice(AREAS)}55501{self.rng.randrange(100):02d}"
        return f"tel:+441632960{self.rng.randrange(1000):03d}"

    def own_number(self) -> str:
        """Return one of the few numbers the contact centre is called on."""
        return self.rng.choice(OWN_NUMBERS)

    def party(self, purpose: str, *, agent: Agent | None = None, **fields: Any) -> Document:
        """Add a participant and return it."""
        participant: Document = {"participantId": self.identity(), "purpose": purpose, **fields}
        if agent is not None:
            participant |= {"userId": agent.id, "participantName": agent.name}
        self.document["participants"].append(participant | {"sessions": []})
        return self.document["participants"][-1]

    def session(self, participant: Document, medium: str, *, direction: str = "inbound", **fields: Any) -> Document:
        """Add a session of a medium to a participant and return it."""
        session: Document = {"sessionId": self.identity(), "mediaType": medium, "direction": direction, **fields}
        participant["sessions"].append(session | {"segments": []})
        return participant["sessions"][-1]

    def segment(self, session: Document, kind: str, start: float, end: float | None, **fields: Any) -> float:
        """Add a segment to a session and return its end; None is open, and returned as its start."""
        segment: Document = {"conference": False, "segmentStart": start, "segmentType": kind}
        if end is not None:
            segment["segmentEnd"] = end
        segment |= {name: value for name, value in fields.items() if value is not None}
        session["segments"].append(segment)
        return start if end is None else end

    def queue(self, medium: str) -> Queue:
        """Return one of the queues of a medium, the campaign's aside, and put the conversation into its division."""
        fitting = [
            queue
            for queue in self.catalogue.queues.values()
            if medium in queue.media and queue.name != "Outbound Renewals"
        ]
        return self.on(self.rng.choice(fitting))

    def on(self, queue: Queue) -> Queue:
        """Put the conversation into the division of a queue and return the queue."""
        if queue.division_id not in self.document["divisionIds"]:
            self.document["divisionIds"].append(queue.division_id)
        return queue

    def agent(self, queue: Queue, *, other_than: str | None = None) -> Agent:
        """Return one of the agents of a queue."""
        agents = [a for a in self.catalogue.agents.values() if queue.id in a.queue_ids and a.id != other_than]
        return self.rng.choice(agents)

    def wrap_up(self, session: Document, queue: Queue, end: float, why: str) -> None:
        """Let the agent do their after-call work, as the queue asks and agents are: they often choose nothing."""
        chance = self.rng.random()
        if queue.acw_prompt == "AGENT_REQUESTED" and chance < 0.7:
            return
        if queue.acw_prompt == "OPTIONAL" and chance < 0.75:
            if chance < 0.3:
                session["acwSkipped"] = True
            return
        code: str | None = self.rng.choice(queue.code_ids)
        done = end + self.seconds(4, 25)
        if queue.acw_prompt in TIMED_PROMPTS and chance < 0.6:
            code, done = TIMEOUT_CODE, end + (queue.acw_timeout_s or 0) / self.speed
        elif queue.acw_prompt == "MANDATORY" and chance < 0.5:
            code = None
        self.segment(session, "wrapup", end, done, queueId=queue.id, disconnectType=why, wrapUpCode=code)

    def finish(self, end: float | None) -> Document:
        """Return the document, ended after so many seconds; None is still running."""
        if end is not None:
            self.document["conversationEnd"] = end
        if not self.document["divisionIds"]:
            self.document["divisionIds"] = [self.catalogue.home.id]
        return self.document


def placed(document: Document, start: Instant) -> Timeline:
    """Return the timeline of a document in seconds whose conversation begins at `start`."""
    return Timeline(_dated(document, start))


def _dated(value: Any, start: Instant, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _dated(item, start, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_dated(item, start) for item in value]
    return shifted(start, value) if name in DATES else value

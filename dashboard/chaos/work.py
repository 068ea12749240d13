"""The conversations a run is fed with: each ended, one agent's leg, and a code of ours due on it.

The showcase's rules want the same code on all of them: on calls whose after-call work timed out (so that a system code
is replaced), and on e-mails and messages that carry none.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.instants import instant

Document = dict[str, Any]

WANTED, AGENTS_CHOICE = "Resolved", "Escalated"
TIMED_OUT = "ININ-WRAP-UP-TIMEOUT"
MEDIA: tuple[tuple[str, str, str | None], ...] = (
    ("voice", "Billing EU", TIMED_OUT),
    ("email", "Refunds", None),
    ("message", "Chat Care", None),
)
"""Media type, queue, and the code that is there before ours."""
TALK_S = 60


class Work:
    """Makes conversations and hands them to the simulator; the same seed makes the same ones."""

    def __init__(self, simulator: SimulatorControl, *, seed: int) -> None:
        self.legs: list[tuple[str, str]] = []
        """Conversation and communication id of every agent's leg."""
        self._simulator = simulator
        self._random = random.Random(seed)  # noqa: S311 (plays, protects nothing)
        catalogue = simulator.catalogue()
        self._queues: Mapping[str, str] = {queue["name"]: queue["id"] for queue in catalogue["queues"]}
        self._agents = [agent["id"] for agent in catalogue["agents"]]
        self._division_id = catalogue["divisions"][0]["id"]

    def feed(self, count: int, *, ended_within_s: float) -> list[str]:
        """Let so many conversations have ended in the last `ended_within_s` seconds; return their ids."""
        now = datetime.fromisoformat(self._simulator.now())
        ends = (now - timedelta(seconds=self._random.uniform(0, ended_within_s)) for _ in range(count))
        documents = [self._ended(at) for at in ends]
        self.legs += [(one["conversationId"], one["participants"][1]["sessions"][0]["sessionId"]) for one in documents]
        return self._simulator.load({"conversations": documents})

    def _ended(self, at: datetime) -> Document:
        medium, queue, code = self._random.choice(MEDIA)
        began = at - timedelta(seconds=TALK_S)
        spoken = {"segmentType": "interact", **_between(began, at), "disconnectType": "endpoint"}
        return {
            "conversationId": self._identity(),
            "conversationStart": instant(began),
            "conversationEnd": instant(at),
            "originatingDirection": "inbound",
            "divisionIds": [self._division_id],
            "participants": [
                self._participant({"purpose": "customer"}, medium, [spoken]),
                self._participant(
                    {"purpose": "agent", "userId": self._random.choice(self._agents)},
                    medium,
                    list(_agents_segments(began, at, self._queues[queue], code)),
                ),
            ],
        }

    def _participant(self, about: Document, medium: str, segments: list[Document]) -> Document:
        session = {
            "sessionId": self._identity(),
            "mediaType": medium,
            "direction": "inbound",
            "segments": [{"conference": False, **segment} for segment in segments],
        }
        return about | {"participantId": self._identity(), "sessions": [session]}

    def _identity(self) -> str:
        return str(UUID(int=self._random.getrandbits(128), version=4))


def _agents_segments(began: datetime, at: datetime, queue_id: str, code: str | None) -> Iterator[Document]:
    talked_until = at - timedelta(seconds=10) if code else at
    talk = {"segmentType": "interact", **_between(began, talked_until), "disconnectType": "peer"}
    yield talk | {"queueId": queue_id}
    if code:
        yield {"segmentType": "wrapup", **_between(talked_until, at), "queueId": queue_id, "wrapUpCode": code}


def _between(start: datetime, end: datetime) -> Document:
    return {"segmentStart": instant(start), "segmentEnd": instant(end)}

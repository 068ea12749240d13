"""Conversations to load, valid without arguments; times are seconds from now, negative in the past."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.instants import instant

Document = dict[str, Any]


class CallFactory:
    """Makes the analytics document of one call between a customer and an agent on a queue.

    `talk` is when it was connected and ended (None: not yet), `acw` when after-call work begins and ends, if any.
    """

    def __init__(self, simulator: SimulatorControl) -> None:
        self.simulator = simulator
        self.now = datetime.fromisoformat(simulator.now())

    def at(self, seconds: float) -> str:
        """Return the instant so many seconds from now."""
        return instant(self.now + timedelta(seconds=seconds))

    def build(
        self,
        *,
        alert: float = -210,
        talk: tuple[float, float | None] | None = (-200, -100),
        acw: tuple[float, float | None] | None = None,
        code: str | None = None,
        queue: str | None = "Technical Support",
        purpose: str = "agent",
        disconnect_type: str = "peer",
        attributes: dict[str, str] | None = None,
        **session: Any,
    ) -> Document:
        """Return the document, not loaded yet."""
        queue_id: Document = {"queueId": self.simulator.queue_id(queue)} if queue else {}
        segments: list[Document] = [self.segment("alert", alert, talk[0] if talk else alert + 10, **queue_id)]
        if talk:
            segments.append(self.segment("interact", talk[0], talk[1], disconnectType=disconnect_type, **queue_id))
        if acw:
            chosen: Document = {"wrapUpCode": code} if code else {}
            segments.append(self.segment("wrapup", acw[0], acw[1], **queue_id, **chosen))
        agent = {"purpose": purpose, "userId": self.simulator.catalogue()["agents"][0]["id"]}
        end = talk[1] if talk else alert + 10
        spoken = [self.segment("interact", alert, end, disconnectType="endpoint")]
        return {
            "conversationId": str(uuid4()),
            "conversationStart": self.at(alert),
            "originatingDirection": "inbound",
            "divisionIds": [self.simulator.catalogue()["divisions"][0]["id"]],
            "participants": [
                self.participant({"purpose": "customer", "attributes": attributes or {}}, spoken),
                self.participant(agent, segments, **session),
            ],
        } | ({} if end is None else {"conversationEnd": self.at(end)})

    def create(self, **values: Any) -> dict[str, Any]:
        """Load a call and return its agent's row of the simulator's state."""
        document = self.build(**values)
        self.simulator.load({"conversations": [document]})
        session_id = document["participants"][1]["sessions"][0]["sessionId"]
        return row_of(self.simulator, session_id)

    def segment(self, kind: str, start: float, end: float | None, **fields: Any) -> Document:
        """Return one segment; what only its end tells is left out where it has none."""
        segment = {"conference": False, "segmentType": kind, "segmentStart": self.at(start), **fields}
        return segment if end is None else segment | {"segmentEnd": self.at(end)}

    @staticmethod
    def participant(about: Document, segments: list[Document], **session: Any) -> Document:
        """Return one participant with one session."""
        one = {"sessionId": str(uuid4()), "mediaType": "voice", "direction": "inbound", "segments": segments}
        return about | {"participantId": str(uuid4()), "sessions": [one | session]}


def row_of(simulator: SimulatorControl, communication_id: str) -> dict[str, Any]:
    """Return the present row of one communication."""
    return next(row for row in simulator.state() if row["communication_id"] == communication_id)

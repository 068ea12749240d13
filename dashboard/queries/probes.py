"""Probes for reading: their list, and one with what it found and every call it made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.queries.findings import PATHS, Finding, findings, media_words
from dashboard.queries.names import Names
from dashboard.queries.words import code_words
from wrapups.domain.capabilities import Answer, Answers, Question
from wrapups.domain.probing import Kind, Outcome
from wrapups.models import Probe, ProbeCall

TONES = {
    Probe.State.LOOKING: "waiting",
    Probe.State.FOUND: "warning",
    Probe.State.RUNNING: "waiting",
    Probe.State.DONE: "good",
    Probe.State.FAILED: "bad",
    Probe.State.CANCELLED: "quiet",
}


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call of a probe, as people read it."""

    call: Any
    did: str
    met: str
    tone: str


def probe_rows(probes: Iterable[Probe]) -> list[dict[str, Any]]:
    """Return probes for a list: each with its medium in words and its look."""
    return [
        {"probe": probe, "medium": media_words(probe.media_type) or "–", "tone": TONES[Probe.State(probe.state)]}
        for probe in probes
    ]


class ProbePage:
    """One probe as its page shows it."""

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self._calls = list(probe.calls.order_by("pk"))
        legs = probe.legs
        wanted = {
            "code": {*(call.code_id for call in self._calls), *(leg["code_id"] for leg in legs), probe.left_code_id},
            "queue": {leg["queue_id"] for leg in legs},
            "agent": {leg["user_id"] for leg in legs},
        }
        self._names = Names(probe.organization, wanted)

    @property
    def tone(self) -> str:
        """The look of its state."""
        return TONES[Probe.State(self.probe.state)]

    @property
    def moves(self) -> bool:
        """Whether a worker is to go on with it, so that the page asks again."""
        return self.probe.state in Probe.MOVES_BY_ITSELF

    @property
    def can_be_cancelled(self) -> bool:
        """Whether nothing was written yet."""
        return self.probe.state in (Probe.State.LOOKING, Probe.State.FOUND)

    @property
    def legs(self) -> list[dict[str, Any]]:
        """The agents' communications that were found, with names."""
        return [
            {
                "communication_id": leg["communication_id"],
                "media": media_words(leg["media_type"]),
                "queue": self._names("queue", leg["queue_id"]),
                "agent": self._names("agent", leg["user_id"]),
                "code": code_words(leg["code_id"], self._names),
                "ended_at": datetime.fromisoformat(leg["ended_at"]) if leg["ended_at"] else None,
                "unfit": leg["unfit"],
            }
            for leg in self.probe.legs
        ]

    @property
    def can_be_confirmed(self) -> bool:
        """Whether there is a communication to choose."""
        return any(not leg["unfit"] for leg in self.probe.legs)

    @property
    def calls(self) -> list[CallLine]:
        """Every call it made, in order."""
        return [_line(call, self._names) for call in self._calls]

    @property
    def findings(self) -> list[Finding]:
        """What it found."""
        return findings(_answers_of(self.probe))

    @property
    def left(self) -> str:
        """What the communication carries now, and whether that is what was there."""
        before = next(
            leg["code_id"] for leg in self.probe.legs if leg["communication_id"] == self.probe.communication_id
        )
        left = code_words(self.probe.left_code_id, self._names)
        if self.probe.left_code_id == before:
            return (
                f"The communication carries {left} again, as before." if before else "Nothing was written that stayed."
            )
        return f"The communication carried {code_words(before, self._names)}; now it carries {left}."


def _answers_of(probe: Probe) -> Answers:
    """Return what one probe found."""
    return {Question(name): Answer.of(stored) for name, stored in probe.answers.items()}


def _line(call: ProbeCall, names: Names) -> CallLine:
    did = {
        Kind.WRITE: f"Write {names('code', call.code_id)} by {PATHS.get(call.path, call.path)}",
        Kind.READ: "Read it back",
        Kind.BULK_READ: "Look in analytics",
    }[Kind(call.kind)]
    if call.kind == Kind.WRITE and not call.question:
        did = f"Put {names('code', call.code_id)} back"
    return CallLine(call, did, *_met(call, names))


def _met(call: ProbeCall, names: Names) -> tuple[str, str]:
    if call.outcome == Outcome.ANSWERED:
        shown = names("code", call.code_id) if call.code_id else "no code"
        return ("202, accepted", "good") if call.kind == Kind.WRITE else (f"shows {shown}", "quiet")
    if call.outcome == Outcome.REFUSED:
        return f"{call.http_status} {call.error_code}".strip(), "warning"
    if call.outcome == Outcome.UNSENT:
        return "not sent, tried again", "quiet"
    return ("no clear answer" if call.outcome else "under way", "quiet")

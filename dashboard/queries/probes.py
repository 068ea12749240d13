"""What probes found, in words: the answers of each medium, what follows from them, and the calls of one probe."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from dashboard.queries.names import Names
from dashboard.queries.words import code_words
from dashboard.templatetags.times import duration
from wrapups.domain.capabilities import ACCEPTED, DROPPED, NEVER, NONE, REFUSED, Answer, Answers, Capabilities, Question
from wrapups.domain.probing import Kind, Outcome
from wrapups.domain.vocabulary import MEDIA_TYPES
from wrapups.models import Organization, Probe, ProbeCall


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: what was asked, what is so, what follows, and when it was measured. `at` None: never asked."""

    asked: str
    said: str
    tone: str = ""
    follows: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MediumFindings:
    """The answers of one medium."""

    name: str
    findings: list[Finding]


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call of a probe, as people read it."""

    call: Any
    did: str
    met: str
    tone: str


ASKED: Mapping[Question, str] = {
    Question.WRITE_PATH: "Write path",
    Question.SECOND_WRITE: "A second code",
    Question.OFF_QUEUE_CODE: "A code not on the queue",
    Question.DELETED_CODE: "A deleted code",
    Question.UNKNOWN_CODE: "A code that never was",
    Question.UNSET_READ: "Reading where none is set",
    Question.READ_LAG: "Read-back lag",
    Question.ANALYTICS_LAG: "Analytics",
    Question.ACCEPTED_AGE: "Oldest accepted",
    Question.REFUSED_AGE: "Youngest refused",
}
TONES = {
    Probe.State.LOOKING: "waiting",
    Probe.State.FOUND: "warning",
    Probe.State.RUNNING: "waiting",
    Probe.State.DONE: "good",
    Probe.State.FAILED: "bad",
    Probe.State.CANCELLED: "quiet",
}
PATHS = {
    "communication": "POST to the communication",
    "participant": "PATCH of the participant",
    "generic": "PATCH of the participant, without a medium",
    "on_behalf": "PATCH on behalf of the agent",
}
WRITTEN = {ACCEPTED: ("good", "Accepted and stored"), DROPPED: ("warning", "Accepted, but never seen")}
SECOND = {ACCEPTED: ("good", "Replaces the first"), DROPPED: ("warning", "Accepted, but the first one stays")}


def media_findings(organization: Organization) -> list[MediumFindings]:
    """Return what is known of every medium that was probed, by name."""
    known = Capabilities.of(organization.capabilities)
    found = [MediumFindings(media_words(media_type), findings(answers)) for media_type, answers in known.media.items()]
    return sorted(found, key=lambda medium: medium.name)


def findings(answers: Answers) -> list[Finding]:
    """Return every question with its answer, or with the word that nobody has asked yet."""
    return [_finding(question, answers.get(question)) for question in ASKED]


def answers_of(probe: Probe) -> Answers:
    """Return what one probe found."""
    return {Question(name): Answer.of(stored) for name, stored in probe.answers.items()}


def media_words(media_type: str) -> str:
    """Return a medium as people call it."""
    return MEDIA_TYPES.get(media_type, media_type)


def probe_rows(probes: Iterable[Probe]) -> list[dict[str, Any]]:
    """Return probes for a list: each with its medium in words and its look."""
    return [
        {"probe": probe, "medium": media_words(probe.media_type) or "–", "tone": TONES[probe.state]} for probe in probes
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
        return TONES[self.probe.state]

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
        return [finding for finding in findings(answers_of(self.probe)) if finding.at]

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


def _finding(question: Question, answer: Answer | None) -> Finding:
    if answer is None:
        return Finding(ASKED[question], "not known yet")
    tone, said, follows = WORDS[question](answer)
    return Finding(ASKED[question], said, tone, follows, answer.at)


def _refused(answer: Answer) -> str:
    return f"Refused: {answer.http_status} {answer.code}".strip()


def _path(answer: Answer) -> tuple[str, str, str]:
    if answer.value == NONE:
        return "bad", f"None is accepted: {answer.http_status} {answer.code}".strip(), "No code can be written."
    return "good", PATHS[str(answer.value)], "Codes are written by this path."


def _second(answer: Answer) -> tuple[str, str, str]:
    if answer.value == REFUSED:
        return "warning", _refused(answer), "A code that is there stays, whatever the policy says."
    return *SECOND[str(answer.value)], ""


def _off_queue(answer: Answer) -> tuple[str, str, str]:
    follows = "Rules may set codes that the queue does not offer."
    held = "Such a code is not sent; its row fails and says why."
    if answer.value == REFUSED:
        return "good", _refused(answer), held
    return *WRITTEN[str(answer.value)], follows if answer.value == ACCEPTED else held


def _useless(answer: Answer) -> tuple[str, str, str]:
    if answer.value == REFUSED:
        return "good", _refused(answer), ""
    return "warning", WRITTEN[str(answer.value)][1], "Genesys Cloud does not notice; our copy of the catalogue does."


def _unset(answer: Answer) -> tuple[str, str, str]:
    return "good", "404, not found" if answer.value == "404" else "200, and nothing in it", ""


def _lag(answer: Answer) -> tuple[str, str, str]:
    return "good", f"Seen {_seconds(answer)} after it was accepted", ""


def _analytics(answer: Answer) -> tuple[str, str, str]:
    if answer.value == NEVER:
        return "warning", "Did not show a late code within 15 min", "Each code is read back alone: one call more."
    return "good", f"Showed a late code after {_seconds(answer)}", "Codes are verified in bulk."


def _accepted_age(answer: Answer) -> tuple[str, str, str]:
    return "good", f"{duration(answer.number)} after the end", ""


def _refused_age(answer: Answer) -> tuple[str, str, str]:
    return "warning", f"{duration(answer.number)} after the end: {answer.http_status} {answer.code}".strip(), ""


def _seconds(answer: Answer) -> str:
    number = answer.number or 0.0
    return duration(number) if number >= 60 else f"{number:g} s"


WORDS: Mapping[Question, Callable[[Answer], tuple[str, str, str]]] = {
    Question.WRITE_PATH: _path,
    Question.SECOND_WRITE: _second,
    Question.OFF_QUEUE_CODE: _off_queue,
    Question.DELETED_CODE: _useless,
    Question.UNKNOWN_CODE: _useless,
    Question.UNSET_READ: _unset,
    Question.READ_LAG: _lag,
    Question.ANALYTICS_LAG: _analytics,
    Question.ACCEPTED_AGE: _accepted_age,
    Question.REFUSED_AGE: _refused_age,
}


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

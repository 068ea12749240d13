"""What probes found, in words: the answers of each medium, and what follows from them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from dashboard.templatetags.times import duration
from wrapups.domain.capabilities import ACCEPTED, DROPPED, NEVER, NONE, REFUSED, Answer, Answers, Capabilities, Question
from wrapups.domain.vocabulary import MEDIA_TYPES
from wrapups.models import Organization


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: what was asked, what is so, what follows, and when it was measured."""

    asked: str
    tone: str
    said: str
    follows: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MediumFindings:
    """The answers of one medium, and what nobody has asked yet."""

    name: str
    findings: list[Finding]
    open: str


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
    found = [
        MediumFindings(media_words(media_type), findings(answers), _open(answers))
        for media_type, answers in known.media.items()
    ]
    return sorted(found, key=lambda medium: medium.name)


def findings(answers: Answers) -> list[Finding]:
    """Return the questions that were answered, with their answers."""
    asked = [(question, answers[question]) for question in ASKED if question in answers]
    return [Finding(ASKED[question], *WORDS[question](answer), answer.at) for question, answer in asked]


def media_words(media_type: str) -> str:
    """Return a medium as people call it."""
    return MEDIA_TYPES.get(media_type, media_type)


def _open(answers: Answers) -> str:
    return ", ".join(words[0].lower() + words[1:] for question, words in ASKED.items() if question not in answers)


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

"""What an organization's Genesys Cloud does where nobody has written it down: what probes measured, and what follows.

Answers are per medium, each with the time it was measured. What was never measured has no answer, and then the
engine keeps to the careful choice named at each method.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

SHORTEST_SETTLE_S = 5


class WritePath(StrEnum):
    """A way to put a wrap-up code on a communication; each is one call. In the order in which a probe tries them."""

    COMMUNICATION = "communication"  # POST .../{media}/{id}/participants/{id}/communications/{id}/wrapup
    PARTICIPANT = "participant"  # PATCH .../{media}/{id}/participants/{id}
    GENERIC = "generic"  # PATCH .../conversations/{id}/participants/{id}
    ON_BEHALF = "on_behalf"  # PATCH .../calls/{id}/participants/{id}/user/{id}


class Question(StrEnum):
    """What a probe asks; the comment says what its answer's value can be."""

    WRITE_PATH = "write_path"  # a WritePath, or NONE
    READ_LAG = "read_lag_s"  # seconds after which a read-back showed an accepted write
    SECOND_WRITE = "second_write"  # ACCEPTED (it overwrites), REFUSED or DROPPED
    OFF_QUEUE_CODE = "off_queue_code"  # ACCEPTED, REFUSED or DROPPED
    DELETED_CODE = "deleted_code"  # the same
    UNKNOWN_CODE = "unknown_code"  # the same
    UNSET_READ = "unset_read"  # "404" or "empty"
    ANALYTICS_LAG = "analytics_lag_s"  # seconds after which analytics showed a late write, or NEVER
    ACCEPTED_AGE = "accepted_age_s"  # the greatest age, since the end, at which a write was accepted
    REFUSED_AGE = "refused_age_s"  # the smallest at which all were refused


ACCEPTED, REFUSED, DROPPED, NONE, NEVER = "accepted", "refused", "dropped", "none", "never"
"""DROPPED is a 202 whose code was never seen on a read-back."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was measured, and when. A refusal carries what Genesys answered."""

    value: str | float
    at: datetime
    http_status: int = 0
    code: str = ""

    def stored(self) -> dict[str, object]:
        """Return the JSON of it."""
        said = {"http_status": self.http_status, "code": self.code} if self.http_status else {}
        return {"value": self.value, "at": self.at.isoformat(), **said}

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> "Answer":
        """Return the answer that `stored` made JSON of."""
        value, status = stored["value"], stored.get("http_status", 0)
        return cls(
            value if isinstance(value, str) else float(str(value)),
            datetime.fromisoformat(str(stored["at"])),
            int(str(status)),
            str(stored.get("code", "")),
        )

    @property
    def number(self) -> float | None:
        """The value, where it is a number."""
        return None if isinstance(self.value, str) else self.value


Answers = Mapping[Question, Answer]
NOTHING: Answers = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Capabilities:
    """The answers of every medium that was probed."""

    media: Mapping[str, Answers] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> "Capabilities":
        """Return what an organization's capabilities column holds under `media`."""
        media = stored.get("media")
        if not isinstance(media, Mapping):
            return cls()
        return cls(
            {
                media_type: {Question(name): Answer.of(answer) for name, answer in answers.items()}
                for media_type, answers in media.items()
            }
        )

    def stored(self) -> dict[str, dict[str, dict[str, object]]]:
        """Return the JSON for that key."""
        return {
            media_type: {question.value: answer.stored() for question, answer in answers.items()}
            for media_type, answers in self.media.items()
        }

    def of_medium(self, media_type: str) -> Answers:
        """Return what is known of one medium."""
        return self.media.get(media_type, NOTHING)

    def with_answers(self, media_type: str, answers: Answers) -> "Capabilities":
        """Return these and newer ones; of the ages, the greatest accepted and the smallest refused count."""
        known = self.of_medium(media_type)
        merged = {**known, **answers}
        for question, better in ((Question.ACCEPTED_AGE, max), (Question.REFUSED_AGE, min)):
            both = [each[question] for each in (known, answers) if question in each]
            if both:
                merged[question] = better(both, key=lambda answer: answer.number or 0.0)
        return Capabilities({**self.media, media_type: merged})

    # How they steer the engine

    def write_paths(self) -> dict[str, WritePath]:
        """Return the path to write by, for each medium where one was found; elsewhere the medium's first is used."""
        found = {media_type: answers.get(Question.WRITE_PATH) for media_type, answers in self.media.items()}
        return {
            media_type: WritePath(str(answer.value))
            for media_type, answer in found.items()
            if answer is not None and answer.value in frozenset(WritePath)
        }

    def shows_late_writes(self, media_type: str) -> bool:
        """Return whether analytics shows codes written after the end; true until it was shown never to."""
        answer = self.of_medium(media_type).get(Question.ANALYTICS_LAG)
        return answer is None or answer.value != NEVER

    def takes_off_queue_codes(self, media_type: str) -> bool:
        """Return whether a code that is not on the queue may be sent: only where one was accepted and seen."""
        answer = self.of_medium(media_type).get(Question.OFF_QUEUE_CODE)
        return answer is not None and answer.value == ACCEPTED

    def settle_s(self) -> int | None:
        """Return the shortest wait before a read-back that every measured lag allows, doubled to be safe, or None."""
        lags = [answers[Question.READ_LAG].number for answers in self.media.values() if Question.READ_LAG in answers]
        known = [lag for lag in lags if lag is not None]
        return max(SHORTEST_SETTLE_S, math.ceil(2 * max(known))) if known else None

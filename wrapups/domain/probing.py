"""The plan of a probe: which call comes next, given what the calls before it met, and what follows from them.

A generator that yields steps and is sent their results. It knows no clock and makes no call, so the results on record
replay it to where it was: a probe survives the death of its worker, and a wait of minutes costs no thread.
"""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from wrapups.domain.capabilities import ACCEPTED, DROPPED, NEVER, NONE, REFUSED, Answer, Answers, Question, WritePath

READ_AFTER_S = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
"""When an accepted write is looked for, from its acceptance; who is not seen by the last was dropped."""
READ_AT_LEAST_S = 8.0
"""How long it is looked for in any case once the lag is known; beyond that, four times the lag."""
ANALYTICS_AFTER_S = (1.0, 5.0, 15.0, 30.0, 60.0, 120.0, 240.0, 480.0, 900.0)

USER_CONTEXT = "not.a.user"
"""The refusal that speaks of the write path alone: it wants a user's token."""
CODE_QUESTIONS = (Question.OFF_QUEUE_CODE, Question.DELETED_CODE, Question.UNKNOWN_CODE)


class Kind(StrEnum):
    """What a step does: one call."""

    WRITE = "write"
    READ = "read"
    BULK_READ = "bulk_read"


class Outcome(StrEnum):
    """What a call met."""

    ANSWERED = "answered"  # a write was accepted, a read showed what it showed
    REFUSED = "refused"
    UNCLEAR = "unclear"  # no answer, or one without sense: a write may have happened
    UNSENT = "unsent"  # nothing left, or nothing was processed: the step is still to be done


@dataclass(frozen=True, slots=True)
class Step:
    """The next call, and not before `at` (None: at once)."""

    kind: Kind
    question: Question | None
    """What it helps to answer; None: it puts back the code that was there."""
    path: WritePath | None = None
    code_id: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What a step met: `at` is when a write was answered, and when a read was asked."""

    outcome: Outcome
    at: datetime
    code_id: str | None = None
    """The code a read showed."""
    http_status: int = 0
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """The communication to probe, and the codes to probe it with.

    `valid` are two codes of its queue that it does not carry; `carried` is the code somebody chose for it, to be put
    back at the end. `known` is what earlier probes of the medium found.
    """

    paths: Sequence[WritePath]
    valid: tuple[str, str]
    ended_at: datetime
    codes: dict[Question, str] = field(default_factory=dict)
    """The code of each of CODE_QUESTIONS for which there is one."""
    carried: str = ""
    known: Answers = field(default_factory=dict)


Plan = Generator[Step, Result, None]
Part = Generator[Step, Result, "Trial"]


@dataclass(frozen=True, slots=True)
class Trial:
    """One write, and what came of it: ACCEPTED (and seen), DROPPED, REFUSED, or "" where it stayed unclear."""

    value: str
    path: WritePath
    code_id: str
    written: Result
    seen_after_s: float = 0.0

    def answer(self) -> Answer:
        """Return it as an answer."""
        return Answer(self.value, self.written.at, self.written.http_status, self.written.error_code)


class Probe:
    """One run of the plan over the results on record: the next step, and what is known so far."""

    def __init__(self, case: Case, results: Iterable[Result]) -> None:
        """Replay `results`, those of each step in order."""
        self.answers: dict[Question, Answer] = {}
        self.left_code_id = case.carried
        """The code the communication carries, as far as it was seen."""
        self._case = case
        plan = self._plan()
        self.step: Step | None = next(plan)
        for result in results:
            try:
                self.step = plan.send(result)
            except StopIteration:
                self.step = None

    def _plan(self) -> Plan:
        yield from self._before()
        path = yield from self._first_write()
        if path is None:
            return
        if self._overwrites:
            yield from self._codes(path)
        yield from self._analytics(path)
        if self._case.carried and self.left_code_id != self._case.carried and self._overwrites:
            yield from self._write(None, path, self._case.carried)

    @property
    def _overwrites(self) -> bool:
        answer = self.answers.get(Question.SECOND_WRITE)
        return answer is not None and answer.value == ACCEPTED

    def _before(self) -> Plan:
        """See what an unset code reads as, where none is set."""
        read = yield Step(Kind.READ, Question.UNSET_READ)
        if read.outcome is Outcome.ANSWERED and read.code_id is None:
            self._learn(Question.UNSET_READ, Answer("404" if read.http_status == 404 else "empty", read.at))

    def _first_write(self) -> Generator[Step, Result, WritePath | None]:
        """Find the path by which a code arrives, and what a second one meets; return the path."""
        known = self._case.known.get(Question.SECOND_WRITE)
        if known is not None and known.value == REFUSED and not self._case.carried:
            return (yield from self._only_write())
        trials: list[Trial] = []
        for path in self._case.paths:
            trial = yield from self._write(Question.WRITE_PATH, path, self._case.valid[0])
            trials.append(trial)
            if trial.value == ACCEPTED:
                self._works(trial)
                if self._case.carried:
                    self._learn(Question.SECOND_WRITE, trial.answer())
                else:
                    second = yield from self._write(Question.SECOND_WRITE, path, self._case.valid[1])
                    self._learn(Question.SECOND_WRITE, second.answer() if second.value else None)
                return path
        self._nothing_works(trials)
        return None

    def _only_write(self) -> Generator[Step, Result, WritePath | None]:
        """Where a second write is refused a communication takes one code: ask what is still open, then a valid one."""
        path = WritePath(str(self._case.known[Question.WRITE_PATH].value))
        for question in CODE_QUESTIONS:
            if question in self._case.codes and question not in self._case.known:
                trial = yield from self._write(question, path, self._case.codes[question])
                self._learn(question, trial.answer() if trial.value else None)
                if trial.value == ACCEPTED:
                    self._works(trial)
                    return path
        trial = yield from self._write(Question.WRITE_PATH, path, self._case.valid[0])
        if trial.value == ACCEPTED:
            self._works(trial)
            return path
        self._nothing_works([trial])
        return None

    def _works(self, trial: Trial) -> None:
        at = trial.written.at
        self._learn(Question.WRITE_PATH, Answer(trial.path.value, at))
        self._learn(Question.READ_LAG, Answer(round(trial.seen_after_s, 1), at))
        self._learn(Question.ACCEPTED_AGE, Answer(self._age_s(at), at))

    def _nothing_works(self, trials: Sequence[Trial]) -> None:
        """Say why: a code that is there already, the conversation's age, or the client."""
        last = trials[-1]
        conflicts = [trial for trial in trials if trial.written.http_status == 409]
        if self._case.carried and conflicts:
            self._learn(Question.SECOND_WRITE, conflicts[0].answer())
            return
        if not all(trial.value in (REFUSED, DROPPED) for trial in trials):
            return
        others = [trial for trial in trials if trial.value == REFUSED and trial.written.error_code != USER_CONTEXT]
        accepted = self._case.known.get(Question.ACCEPTED_AGE)
        age_s = self._age_s(last.written.at)
        if others:
            said = others[0].written
            self._learn(Question.REFUSED_AGE, Answer(age_s, said.at, said.http_status, said.error_code))
        if accepted is None or not others or age_s <= (accepted.number or 0.0):
            said = last.written
            self._learn(Question.WRITE_PATH, Answer(NONE, said.at, said.http_status, said.error_code))

    def _codes(self, path: WritePath) -> Plan:
        for question in CODE_QUESTIONS:
            if question in self._case.codes:
                trial = yield from self._write(question, path, self._case.codes[question])
                self._learn(question, trial.answer() if trial.value else None)

    def _analytics(self, path: WritePath) -> Plan:
        """See whether and when analytics shows a valid code; a code that is not valid is replaced first."""
        if self._overwrites and self.left_code_id not in self._case.valid:
            yield from self._write(Question.ANALYTICS_LAG, path, self._case.valid[0])
        written_at, code_id = self._seen_write
        for after_s in ANALYTICS_AFTER_S:
            look = Step(Kind.BULK_READ, Question.ANALYTICS_LAG, at=written_at + timedelta(seconds=after_s))
            read = yield look
            if read.outcome is Outcome.ANSWERED and read.code_id == code_id:
                lag_s = (read.at - written_at).total_seconds()
                self._learn(Question.ANALYTICS_LAG, Answer(round(lag_s, 1), read.at))
                return
        self._learn(Question.ANALYTICS_LAG, Answer(NEVER, read.at))

    def _write(self, question: Question | None, path: WritePath, code_id: str) -> Part:
        """Write a code and look for it until it is seen or nobody would expect it any more."""
        written = yield Step(Kind.WRITE, question, path, code_id)
        if written.outcome is Outcome.REFUSED:
            return Trial(REFUSED, path, code_id, written)
        for after_s in self._looks():
            read = yield Step(Kind.READ, question, at=written.at + timedelta(seconds=after_s))
            if read.outcome is Outcome.ANSWERED and read.code_id == code_id:
                self._seen_write = (written.at, code_id)
                self.left_code_id = code_id
                return Trial(ACCEPTED, path, code_id, written, (read.at - written.at).total_seconds())
        return Trial(DROPPED if written.outcome is Outcome.ANSWERED else "", path, code_id, written)

    def _looks(self) -> tuple[float, ...]:
        lag = self.answers.get(Question.READ_LAG)
        if lag is None:
            return READ_AFTER_S
        enough_s = max(READ_AT_LEAST_S, 4 * (lag.number or 0.0))
        return tuple(after_s for after_s in READ_AFTER_S if after_s <= enough_s)

    def _learn(self, question: Question, answer: Answer | None) -> None:
        if answer is not None:
            self.answers[question] = answer

    def _age_s(self, at: datetime) -> float:
        return round((at - self._case.ended_at).total_seconds(), 1)

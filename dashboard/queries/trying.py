"""What was tried, in words: the code, the rule, every rule tried, each condition of one of them, and what follows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.queries.names import CATALOGUES, Names, ids_in
from dashboard.queries.words import POLICY_WORDS
from wrapups.domain.answers import Answer, answers
from wrapups.domain.conditions import Quantifier
from wrapups.domain.facts import Facts, fact_named
from wrapups.domain.matching import Finding
from wrapups.domain.rules import Decision, Rule, nearest
from wrapups.domain.sentences import (
    Part,
    Sentence,
    condition_sentence,
    decision_sentences,
    trial_sentence,
    why_not_sentences,
)
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Organization, Release
from wrapups.models.assignments import REASONS
from wrapups.models.clock import app_now
from wrapups.services.explaining import value_words
from wrapups.services.noting import write_notes
from wrapups.services.trying import Known, Tried
from wrapups.services.verdicts import Verdict

MOST_TRIALS = 200
MOST_RELEASES = 20
GROUPS: Mapping[Quantifier, str] = {
    Quantifier.ALL: "All of these",
    Quantifier.ANY: "Any of these",
    Quantifier.NONE: "None of these",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the engine would do, beyond what the rules choose."""

    text: str
    tone: str
    icon: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One rule tried; `key` chooses it for a look at its conditions."""

    key: int
    line: int
    matched: bool
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One condition, or the head of a group of them, with how it came out. `depth` is how far it stands in."""

    depth: int
    held: bool
    sentence: Sentence
    value: str = ""
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class RuleAnswers:
    """One rule with each of its conditions."""

    name: str
    line: int
    held: bool
    lines: Sequence[AnswerLine]


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that a try shows."""

    code: str
    code_id: str
    """Genesys id; empty for none."""
    rule: Rule | None
    is_draft: bool
    number: int | None
    sentences: Sequence[Sentence]
    outcome: Outcome
    presumed: Sequence[str]
    notes: str
    trials: Sequence[TrialLine]
    left_out: int
    looked: RuleAnswers | None


@dataclass(frozen=True, slots=True)
class KnownLeg:
    """A communication that took place, as it can be chosen: whose it was, where, and what was decided."""

    known: Known
    agent: str
    queue: str
    decided: str


def result_of(organization: Organization, tried: Tried, *, look: int | None = None) -> Result:
    """Return a try in words, with the conditions of the rule `look`, or else of the one that matched or came nearest.

    A query for each catalogue that something is named of.
    """
    decision = tried.decision
    names = Names(organization, _wanted(decision, tried.facts))
    looked = _looked(decision, look)
    verdict = tried.verdict
    notes = write_notes(organization, [(verdict.notes, tried.facts)])[0] if verdict and verdict.notes else ""
    return Result(
        code=names("code", decision.code_id) if decision.code_id else "",
        code_id=decision.code_id or "",
        rule=decision.rule,
        is_draft=decision.release.number is None,
        number=decision.release.number,
        sentences=[*decision_sentences(decision, names), *why_not_sentences(decision, names)],
        outcome=_outcome(verdict),
        presumed=tried.presumed,
        notes=notes,
        trials=[
            TrialLine(trial.rule.key, trial.rule.position, trial.matched, trial_sentence(trial, names))
            for trial in decision.trials[:MOST_TRIALS]
        ],
        left_out=max(0, len(decision.trials) - MOST_TRIALS),
        looked=_answers(looked, tried.facts, names) if looked else None,
    )


def known_legs(organization: Organization, known: Sequence[Known]) -> list[KnownLeg]:
    """Return communications as they can be chosen: two queries."""
    names = Names(
        organization,
        {
            "agent": {each.communication.agent_id for each in known},
            "queue": {each.communication.queue_id for each in known},
        },
    )
    return [
        KnownLeg(
            each,
            names("agent", each.communication.agent_id) or "An agent",
            names("queue", each.communication.queue_id),
            _decided(each),
        )
        for each in known
    ]


def releases_to_try(organization: Organization) -> list[Release]:
    """Return the releases that can be tried: the draft and the latest others, newest first."""
    return list(Release.objects.of(organization).order_by("-number")[:MOST_RELEASES])


def _decided(known: Known) -> str:
    assignment = known.assignment
    by = f" by release {assignment.release.number}" if assignment.release else ""
    if assignment.status == Status.SKIPPED:
        return f"Nothing was written{by}: {assignment.get_reason_display()}."
    return f"Decided{by}: {assignment.wrapup_code}, {assignment.status}."


def _wanted(decision: Decision, facts: Facts) -> dict[str, set[str]]:
    """Return every id that a sentence about this decision may name, by catalogue."""
    tried = [trial.rule for trial in decision.trials[:MOST_TRIALS]]
    wanted = ids_in(rule.when for rule in tried)
    wanted["code"] |= {rule.code_id for rule in tried} | ({decision.code_id} if decision.code_id else set())
    for name, value in facts.items():
        catalogue = fact_named(name).catalogue
        if catalogue in CATALOGUES:
            wanted[catalogue] |= {str(each) for each in (value if isinstance(value, list) else [value])}
    return wanted


def _outcome(verdict: Verdict | None) -> Outcome:
    if verdict is None:
        return Outcome("The rule that matches has no code yet: choose one.", "quiet", "circle-question-mark")
    if verdict.status == Status.FAILED:
        return Outcome(f"It would wait for a person: {verdict.message}", "bad", "circle-x")
    if verdict.status != Status.SKIPPED:
        later = verdict.due_at if verdict.due_at and verdict.due_at > app_now() else None
        return Outcome("The code would be written" + (" " if later else " at once."), "good", "send", later)
    if verdict.reason == SkipReason.NO_RULE:
        return Outcome("Nothing would be written: no rule matches.", "quiet", "circle-minus")
    if verdict.reason == SkipReason.ALREADY_CODED and verdict.rule_pk:
        return Outcome("Nothing would be written: it carries this code already.", "quiet", "circle-minus")
    reason = str(verdict.reason)
    words = POLICY_WORDS.get(reason) or f"{REASONS.get(reason, reason).capitalize()}."
    return Outcome(f"Nothing would be written, whatever the rules choose. {words}", "warning", "circle-minus")


def _looked(decision: Decision, look: int | None) -> Rule | None:
    """Return the rule whose conditions are shown: the one asked for, else the one that matched, else the nearest."""
    asked = next((rule for rule in decision.release.rules if rule.key == look), None)
    near = nearest(decision) if decision.rule is None else None
    return asked or decision.rule or (near.rule if near else None)


def _answers(rule: Rule, facts: Facts, names: Names) -> RuleAnswers:
    answer = answers(rule.when, facts)
    head = () if rule.when.quantifier is Quantifier.ALL else (_head(answer, 0),)
    lines = (*head, *_lines(answer.members, len(head), names))
    return RuleAnswers(rule.name, rule.position, answer.held, lines)


def _lines(members: Iterable[Answer | Finding], depth: int, names: Names) -> Iterator[AnswerLine]:
    for member in members:
        if isinstance(member, Answer):
            yield _head(member, depth)
            yield from _lines(member.members, depth + 1, names)
        else:
            fact = fact_named(member.condition.fact)
            value = "not known" if member.seen is None else value_words(fact, member.seen, names) or "empty"
            yield AnswerLine(depth, member.held, condition_sentence(member.condition, names), value)


def _head(answer: Answer, depth: int) -> AnswerLine:
    return AnswerLine(depth, answer.held, (Part(f"{GROUPS[answer.quantifier]}:"),), is_group=True)

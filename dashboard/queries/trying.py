"""What was tried, in words: the code, the rule, every rule tried, each condition of one of them, and what follows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dashboard.queries.names import CATALOGUES, Names, ids_in
from dashboard.queries.rule_answers import RuleAnswers, answers_of, shown_rule
from dashboard.queries.words import POLICY_WORDS
from wrapups.domain.decision_sentences import decision_sentences, trial_sentence, why_not_sentences
from wrapups.domain.facts import Facts, fact_named
from wrapups.domain.masking import OPEN, Mask
from wrapups.domain.rules import Decision, Rule
from wrapups.domain.sentences import Sentence
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Organization, Release
from wrapups.models.assignments import REASONS
from wrapups.models.clock import app_now
from wrapups.services.noting import write_notes
from wrapups.services.trying import Known, Tried
from wrapups.services.verdicts import Verdict

MOST_TRIALS = 200
MOST_RELEASES = 20


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


def result_of(organization: Organization, tried: Tried, *, look: int | None = None, mask: Mask = OPEN) -> Result:
    """Return a try in words, with the conditions of the rule `look`, or else of the one that matched or came nearest.

    A query for each catalogue that something is named of.
    """
    decision = tried.decision
    names = Names(organization, _wanted(decision, tried.facts))
    looked = shown_rule(decision, look)
    verdict = tried.verdict
    notes = write_notes(organization, [(verdict.notes, tried.facts)])[0] if verdict and verdict.notes else ""
    return Result(
        code=names("code", decision.code_id) if decision.code_id else "",
        code_id=decision.code_id or "",
        rule=decision.rule,
        is_draft=decision.release.number is None,
        number=decision.release.number,
        sentences=[*decision_sentences(decision, names, mask), *why_not_sentences(decision, names, mask)],
        outcome=_outcome(verdict),
        presumed=tried.presumed,
        notes=mask.text(notes),
        trials=[
            TrialLine(trial.rule.key, trial.rule.position, trial.matched, trial_sentence(trial, names, mask))
            for trial in decision.trials[:MOST_TRIALS]
        ],
        left_out=max(0, len(decision.trials) - MOST_TRIALS),
        looked=answers_of(looked, tried.facts, names, mask) if looked else None,
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

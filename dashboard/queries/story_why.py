"""Why each agent's part got its code, or none: sentences, each condition's answer, and how the rules before fared."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from django.utils import timezone

from dashboard.advice import AdviceOnPage, advice_on
from dashboard.queries.handle_time import handle_times
from dashboard.queries.rule_answers import RuleAnswers, answers_of, shown_rule
from dashboard.queries.story_codes import CodeStep, agreement, code_steps
from dashboard.queries.story_events import Leg
from dashboard.queries.words import POLICY_WORDS
from wrapups.domain.capabilities import Capabilities, Question
from wrapups.domain.conversation import is_system_code
from wrapups.domain.decision_sentences import would_have_sentence
from wrapups.domain.masking import OPEN, Mask
from wrapups.domain.sentences import Sentence
from wrapups.domain.status import LIVE, SkipReason, Status
from wrapups.models import Act, Organization
from wrapups.services.explaining import CatalogueNames, Explanation, Told, explain

TRIALS_SHOWN = 50
RULES_WERE_ASKED = frozenset({SkipReason.AGENT_CHOSE, SkipReason.ALREADY_CODED, SkipReason.OTHER_LEG})
"""Why nothing is written though the rules had their say. Of other reasons it is told where a rule matches."""
REPLACED_SYSTEM_CODE = "Genesys Cloud had filled in a code itself. The policy lets such a code be replaced."
REPLACED_AGENT_S_CODE = "The agent had chosen a code. The policy at the time let such a code be replaced, too."


@dataclass(frozen=True, slots=True)
class Lasts:
    """How long a part's code can be changed: until when, as the organization has it set, and what was measured."""

    hours: int
    until: datetime
    accepted_h: float | None
    refused_h: float | None

    @property
    def is_over(self) -> bool:
        """Whether that time has passed."""
        return self.until < timezone.now()


@dataclass(frozen=True)
class ExplainedLeg:
    """A leg with the reasons for what was decided; of many rules tried only the first are shown, and the match."""

    leg: Leg
    explanation: Explanation | None
    codes: Sequence[CodeStep] = ()
    lasts: Lasts | None = None
    corrected_by: Act | None = None
    mask: Mask = OPEN
    advice: AdviceOnPage | None = None
    """What its trouble means and what to do about it; of several parts in trouble the first has it."""
    handle_time: str = ""
    """Whether the write leaves the handle time as it is; empty where none is made."""

    @property
    def policy(self) -> str:
        """Why nothing is written whatever the rules say; empty where the rules decided."""
        if self.leg.row is None or self.leg.row.assignment.corrects_id is not None:
            return ""
        return POLICY_WORDS.get(self.leg.row.assignment.reason, "")

    @property
    def allowed(self) -> str:
        """Which policy let a rule's code take the place of another; empty where none stood, or none was wanted."""
        assignment = self.leg.row.assignment if self.leg.row else None
        if assignment is None or assignment.rule is None or assignment.status == Status.SKIPPED or assignment.insisted:
            return ""
        if not assignment.found_code_id:
            return ""
        return REPLACED_SYSTEM_CODE if is_system_code(assignment.found_code_id) else REPLACED_AGENT_S_CODE

    @property
    def would_have(self) -> Sentence:
        """What the rules would have chosen, where a policy kept what was there."""
        decision = self.explanation.decision if self.explanation else None
        asked = self.leg.row is not None and self.leg.row.assignment.reason in RULES_WERE_ASKED
        asked = asked or (decision is not None and decision.rule is not None)
        return would_have_sentence(decision, self.explanation.names) if decision and asked and self.explanation else ()

    @property
    def notes(self) -> str:
        """What is written beside the code, as the reader may see it."""
        return self.mask.text(self.leg.row.assignment.notes) if self.leg.row else ""

    @property
    def advised_elsewhere(self) -> bool:
        """Whether what to do about it stands on the page of the failure alone."""
        return self.advice is None and self.leg.row is not None and self.leg.row.needs_a_person

    @property
    def agreement(self) -> str:
        """How the agent's choice and the rules' stand to each other."""
        return agreement(self.leg)

    @cached_property
    def answers(self) -> RuleAnswers | None:
        """Every condition of the rule that matched or, where none did, of the nearest."""
        decision = self.explanation.decision if self.explanation else None
        rule = shown_rule(decision) if decision else None
        if decision is None or rule is None or self.explanation is None:
            return None
        return answers_of(rule, decision.seen.facts, self.explanation.names, self.explanation.mask)

    @cached_property
    def trials(self) -> Sequence[Told]:
        """The rules that were tried before the one that matched, or in vain: of many the first."""
        if self.explanation is None or self.explanation.decision is None:
            return ()
        passed = [trial for trial in self.explanation.decision.trials if not trial.matched]
        return self.explanation.told(passed[:TRIALS_SHOWN])

    @property
    def trials_in_all(self) -> int:
        """How many rules were tried in vain."""
        decision = self.explanation.decision if self.explanation else None
        return sum(not trial.matched for trial in decision.trials) if decision else 0

    @property
    def trials_left_out(self) -> int:
        return self.trials_in_all - len(self.trials)


def explained_legs(
    legs: Sequence[Leg], organization: Organization, *, made_by: dict[int, Act], mask: Mask
) -> list[ExplainedLeg]:
    """Return every leg with its explanation; the catalogue's names are read once for all of them."""
    names = CatalogueNames(organization)
    times = handle_times([leg.row.assignment for leg in legs if leg.row], organization)
    explained = [
        replace(
            _explained(leg, organization, names, made_by, mask),
            handle_time=times[leg.row.assignment.pk] if leg.row else "",
        )
        for leg in legs
    ]
    first = next((each for each in explained if _in_trouble(each.leg)), None)
    return [
        replace(each, advice=advice_on(each.leg.row.assignment)) if each is first and each.leg.row else each
        for each in explained
    ]


def _in_trouble(leg: Leg) -> bool:
    """Whether it waits for a person, or goes on by itself from something that went wrong."""
    if leg.row is None:
        return False
    goes_on_from_trouble = leg.row.assignment.status in LIVE and bool(leg.row.assignment.error)
    return leg.row.needs_a_person or goes_on_from_trouble


def _explained(
    leg: Leg, organization: Organization, names: CatalogueNames, made_by: dict[int, Act], mask: Mask
) -> ExplainedLeg:
    codes, lasts = code_steps(leg, made_by), _lasts(leg, organization)
    if leg.row is None:
        return ExplainedLeg(leg, None, codes, lasts)
    assignment = leg.row.assignment
    by = made_by.get(assignment.pk) if assignment.corrects_id is not None else None
    return ExplainedLeg(leg, explain(assignment, names=names, mask=mask), codes, lasts, by, mask)


def _lasts(leg: Leg, organization: Organization) -> Lasts | None:
    ended = leg.communication.ended_at
    if ended is None:
        return None
    measured = Capabilities.of(organization.capabilities).of_medium(leg.communication.media_type)
    accepted, refused = (measured.get(question) for question in (Question.ACCEPTED_AGE, Question.REFUSED_AGE))
    return Lasts(
        organization.too_late_h,
        ended + timedelta(hours=organization.too_late_h),
        accepted.number / 3600 if accepted and accepted.number else None,
        refused.number / 3600 if refused and refused.number else None,
    )

"""Both decisions of a what-if about one communication, each with its reasons."""

from dataclasses import dataclass

from wrapups.domain.masking import Mask
from wrapups.models import Assignment, WhatIf
from wrapups.services.explaining import CatalogueNames, Explanation, FactRow, Told, explain_by
from wrapups.services.simulating import judges_of

MOST_TRIALS = 100


@dataclass(frozen=True, slots=True)
class Side:
    """One decision: its reasons in words, and the rules tried, of many the last ones."""

    explanation: Explanation
    trials: tuple[Told, ...]
    left_out: int

    @property
    def matched(self) -> bool:
        """Whether some rule matched, also where a policy keeps what is there."""
        return bool(self.trials) and self.trials[-1].matched


@dataclass(frozen=True, slots=True)
class Contrast:
    """What the release in force decides, what the draft decides, and the facts that both saw."""

    against: Side
    draft: Side
    facts: tuple[FactRow, ...]


def contrast(what_if: WhatIf, assignment: Assignment, *, mask: Mask) -> Contrast:
    """Return both decisions about an assignment, made again from the facts that were stored with it."""
    judges, names = judges_of(what_if), CatalogueNames(what_if.organization)
    against = explain_by(judges.against, assignment, names=names, mask=mask)
    draft = explain_by(judges.draft, assignment, names=names, mask=mask)
    return Contrast(_side(against), _side(draft), tuple(against.facts))


def _side(explanation: Explanation) -> Side:
    """Keep the rule that matched, which is the last one tried, and those before it."""
    shown = tuple(explanation.trials[-MOST_TRIALS:])
    return Side(explanation, shown, len(explanation.trials) - len(shown))

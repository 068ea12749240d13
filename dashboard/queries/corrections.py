"""What a person sees before they correct one agent's part of a conversation: what stands there, and what can."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dashboard.queries.names import Names
from dashboard.queries.offers import Offered, offered
from dashboard.queries.rows import Row
from dashboard.queries.words import code_words
from wrapups.domain.status import SkipReason
from wrapups.models import Assignment, Organization, WrapupCode
from wrapups.services.correcting import OVERWRITES, is_a_person_s, why_not


@dataclass(frozen=True)
class Correction:
    """One part of a conversation as it can be corrected, or not, by somebody."""

    row: Row
    organization: Organization
    may_overwrite: bool
    is_newest: bool

    @property
    def assignment(self) -> Assignment:
        """The newest decision about this part."""
        found: Assignment = self.row.assignment
        return found

    @property
    def standing(self) -> str:
        """The code that stands there now, in words."""
        return code_words(self.assignment.communication.code_id, self.row.names)

    @cached_property
    def is_a_person_s(self) -> bool:
        """Whether a person chose the code that stands there."""
        return is_a_person_s(self.assignment)

    @cached_property
    def why_not(self) -> str:
        """Why this person cannot correct it now; empty where they can."""
        if not self.is_newest:
            return "There is a newer decision by now. Look at the conversation again."
        problem = why_not(self.assignment)
        return problem or (OVERWRITES if self.is_a_person_s and not self.may_overwrite else "")

    @cached_property
    def chosen_by_rule(self) -> Assignment | None:
        """The rule's choice that a correction is measured by; None where no rule chose."""
        chosen = self.assignment
        while chosen.corrects is not None:
            chosen = chosen.corrects
        return chosen if chosen.rule and chosen.wrapup_code and chosen.reason != SkipReason.NO_RULE else None

    @cached_property
    def codes(self) -> Sequence[WrapupCode]:
        """The codes that can be put there, by name."""
        standing = self.assignment.communication.code_id
        return [each.code for each in self._offers if not each.why_not and each.code.genesys_id != standing]

    @property
    def codes_elsewhere(self) -> int:
        """How many codes cannot be put there because they are not on its queue."""
        return sum(bool(each.missing_from) and each.code.gone_at is None for each in self._offers)

    @cached_property
    def _offers(self) -> Sequence[Offered]:
        queue_id = self.assignment.communication.queue_id
        return offered(self.organization, [queue_id] if queue_id else [])


def correction_of(assignment: Assignment, organization: Organization, *, may_overwrite: bool) -> Correction:
    """Return it for an assignment whose communication, code and organization are fetched."""
    leg = assignment.communication
    names = Names(
        organization,
        {
            "queue": [leg.queue_id],
            "agent": [leg.agent_id],
            "code": [leg.code_id, assignment.found_code_id],
        },
    )
    later = Assignment.objects.of(organization).filter(communication=leg, generation__gt=assignment.generation)
    return Correction(Row(assignment, names), organization, may_overwrite, is_newest=not later.exists())

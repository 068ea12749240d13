"""What a person sees before they correct one agent's part of a conversation: what stands there, and what can."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dashboard.queries.names import Names
from dashboard.queries.offers import offered
from dashboard.queries.rows import Row
from dashboard.queries.words import code_words
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
    def codes(self) -> Sequence[WrapupCode]:
        """The codes that can be put there, by name."""
        leg = self.assignment.communication
        offers = offered(self.organization, [leg.queue_id] if leg.queue_id else [])
        return [each.code for each in offers if not each.why_not and each.code.genesys_id != leg.code_id]


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

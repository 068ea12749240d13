"""How a disposition stands on a queue: whether a rule asks for it there, and whether it came."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Self

from dashboard.templatetags.badges import Look
from wrapups.domain.knowing import Knowledge, Saying
from wrapups.domain.matching import check_of
from wrapups.domain.operators import fold
from wrapups.domain.ruleindex import pins
from wrapups.models import Organization, Release
from wrapups.services.recognizing import rules_in

IN_FORCE, COMING = (Release.State.PUBLISHED,), (Release.State.DRAFT, Release.State.PROPOSED)


class Standing(Enum):
    """How one disposition stands on one queue."""

    MAPPED = "mapped"
    DRAFTED = "in the draft"
    CAUGHT = "caught"
    UNMAPPED = "unmapped"
    UNUSED = "unused"
    NONE = ""

    @property
    def look(self) -> Look:
        """How it is shown."""
        return LOOKS[self]


LOOKS: Mapping[Standing, Look] = {
    Standing.MAPPED: Look("good", "check", "A rule in force asks for it."),
    Standing.DRAFTED: Look("waiting", "pencil-line", "Only a rule of the draft asks for it."),
    Standing.CAUGHT: Look(
        "quiet", "corner-down-right", "No rule asks for it; rules that ask for other things took it."
    ),
    Standing.UNMAPPED: Look("bad", "circle-plus", "No rule asks for it, and some of it matched none."),
    Standing.UNUSED: Look("warning", "moon", "A rule asks for it, and it never came."),
    Standing.NONE: Look("quiet", "plus", "No rule asks for it, and it never came."),
}


@dataclass(frozen=True)
class Asking:
    """The rules in use that ask for dispositions, those in force apart from those of the draft."""

    in_force: Knowledge
    coming: Knowledge

    @classmethod
    def of(cls, organization: Organization) -> Self:
        """Return the organization's rules, ready to be asked (two queries)."""
        return cls(*(Knowledge(rules_in(organization, states)) for states in (IN_FORCE, COMING)))

    @property
    def named(self) -> set[tuple[str, str]]:
        """The dispositions that these rules name in full: source, empty for any, and code."""
        return {*self.in_force.named, *self.coming.named}

    @property
    def queue_ids(self) -> frozenset[str]:
        """The folded ids of the queues that these rules name."""
        return frozenset().union(*self._queues_of.values())

    def about(self, saying: Saying) -> "Asking":
        """Return only the rules that ask for this: on any queue, where it names none."""
        return Asking(Knowledge(self.in_force.rules_for(saying)), Knowledge(self.coming.rules_for(saying)))

    def standing(self, saying: Saying, *, volume: int, unmatched: int, never_came: bool) -> Standing:
        """Return how it stands. A rule that names no queue is unused only where the disposition `never_came` at all."""
        in_force, coming = self.in_force.rules_for(saying), self.coming.rules_for(saying)
        if not volume:
            named = (fold(saying.queue_id) in self._queues_of[rule.key] for rule in (*in_force, *coming))
            unused = bool(in_force or coming) and (never_came or any(named))
            return Standing.UNUSED if unused else Standing.NONE
        if in_force or coming:
            return Standing.MAPPED if in_force else Standing.DRAFTED
        return Standing.UNMAPPED if unmatched else Standing.CAUGHT

    @cached_property
    def _queues_of(self) -> Mapping[int, frozenset[str]]:
        rules = (*self.in_force.askers, *self.coming.askers)
        return {rule.key: pins(check_of(rule.when)).get("queue", frozenset()) for rule in rules}

"""What of an organization's work people paused, as workers see it: in the one row they read anyway."""

from dataclasses import dataclass
from typing import Self
from uuid import UUID

from django.db.models import Q

from wrapups.domain.status import Status
from wrapups.models import CallBudget, Organization


@dataclass(frozen=True, slots=True)
class HeldWork:
    """The lanes, and the rules by identity, of which nothing is begun."""

    lanes: frozenset[str] = frozenset()
    rules: frozenset[UUID] = frozenset()

    @classmethod
    def of(cls, organization: Organization) -> Self:
        """Return what is paused now (one query); nothing before the organization has a call budget."""
        budget = CallBudget.objects.filter(organization=organization).only("held_lanes", "held_rules").first()
        return cls.in_budget(budget) if budget else cls()

    @classmethod
    def in_budget(cls, budget: CallBudget) -> Self:
        """Return what this row says."""
        return cls(frozenset(budget.held_lanes), frozenset(budget.held_rules))

    def __bool__(self) -> bool:
        return bool(self.lanes or self.rules)

    @property
    def rule_is_free(self) -> Q:
        """Which assignments no paused rule decided; those without a rule are among them."""
        return ~Q(rule_identity__in=self.rules) if self.rules else Q()

    @property
    def is_free(self) -> Q:
        """Which assignments nothing keeps from being taken. What left before is read, whatever is paused."""
        if not self:
            return Q()
        return ~Q(status=Status.PENDING) | (~Q(lane__in=self.lanes) & self.rule_is_free)


NOTHING_HELD = HeldWork()

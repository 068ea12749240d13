"""Lanes and rules that people paused, as pages tell of them: what, who, when and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from wrapups.domain.status import Lane, Status
from wrapups.models import Assignment, MappingRule, Organization, Person, WorkHold

LANES: Mapping[Lane, str] = {
    Lane.FRESH: "fresh work",
    Lane.RETRY: "what is sent again",
    Lane.BULK: "back-fills and bulk acts",
}
"""What a lane carries, in words."""


@dataclass(frozen=True, slots=True)
class Part:
    """A lane or a rule as forms name it: "lane:retry", "rule:" and its identity."""

    lane: Lane | None = None
    rule: UUID | None = None

    @classmethod
    def read(cls, text: str) -> "Part | None":
        """Return the part that a form named; None where it names none."""
        kind, _, value = text.partition(":")
        try:
            return {"lane": lambda: cls(lane=Lane(value)), "rule": lambda: cls(rule=UUID(value))}[kind]()
        except (KeyError, ValueError):
            return None

    def __str__(self) -> str:
        return f"lane:{self.lane}" if self.lane else f"rule:{self.rule}"


@dataclass(frozen=True, slots=True)
class ShownHold:
    """One pause: what it keeps, by whom, since when and why. A rule is named as in its latest release."""

    part: Part
    name: str
    by: Person
    at: datetime
    reason: str

    @property
    def words(self) -> str:
        """What is paused, as a sentence begins with it."""
        return f"The lane of {self.name}" if self.part.lane else f"The rule “{self.name}”"

    @property
    def waits(self) -> str:
        """What an assignment that it keeps says of itself."""
        return f"It waits: {self.words[0].lower()}{self.words[1:]} is paused by {self.who}"

    @property
    def who(self) -> str:
        """Who paused it."""
        return self.by.get_full_name() or self.by.username


def holds_of(organization: Organization) -> list[ShownHold]:
    """Return what is paused, lanes first, in one query, or two where a rule is."""
    rows = WorkHold.objects.of(organization).select_related("held_by").order_by("rule_identity", "pk")
    found = sorted(rows, key=lambda row: (row.rule_identity is not None, row.pk))
    names = _rule_names(organization, [row.rule_identity for row in found if row.rule_identity])
    return [_shown(row, names) for row in found]


def hold_on(assignment: Assignment, holds: Iterable[ShownHold]) -> ShownHold | None:
    """Return the pause that keeps this assignment from being sent; None where nothing does."""
    if assignment.status != Status.PENDING:
        return None
    parts = (Part(lane=Lane(assignment.lane)), Part(rule=assignment.rule_identity))
    return next((each for each in holds if each.part in parts), None)


def rules_to_pause(organization: Organization, *, most: int) -> Sequence[tuple[str, str]]:
    """Return the rules of the release in force, as a form's value and name, by line; `most` of them at most."""
    rules = MappingRule.objects.of(organization).filter(release__state="published").order_by("line")
    return [(str(Part(rule=identity)), name) for identity, name in rules.values_list("identity", "name")[:most]]


def _rule_names(organization: Organization, identities: Sequence[UUID]) -> dict[UUID, str]:
    if not identities:
        return {}
    rows = MappingRule.objects.of(organization).filter(identity__in=identities)
    latest = rows.order_by("identity", "-release__number").distinct("identity")
    return dict(latest.values_list("identity", "name"))


def _shown(row: Any, names: Mapping[UUID, str]) -> ShownHold:
    part = Part(lane=Lane(row.lane)) if row.lane else Part(rule=row.rule_identity)
    name = LANES[part.lane] if part.lane else names.get(row.rule_identity, "a rule that is gone")
    return ShownHold(part, name, row.held_by, row.held_at, row.reason)

"""Assignments as a list shows them: each with the names of its queue, agent and codes, at a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from dashboard.queries.ageing import TimeLeft, time_left
from dashboard.queries.names import Names
from dashboard.queries.owners import owner_of
from wrapups.domain.status import LIVE, MOVES, WAITS_FOR_A_PERSON, Status
from wrapups.domain.vocabulary import MEDIA_TYPES
from wrapups.models import Assignment, Organization

SOON = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a list."""

    assignment: Any
    names: Names
    left: TimeLeft | None = None
    """How long Genesys Cloud will still take a code for it; of what waits for a person only."""

    @property
    def queue(self) -> str:
        return self.names("queue", self.assignment.communication.queue_id)

    @property
    def agent(self) -> str:
        return self.names("agent", self.assignment.communication.agent_id)

    @property
    def media(self) -> str:
        media_type = self.assignment.communication.media_type
        return MEDIA_TYPES.get(media_type, media_type)

    @property
    def found(self) -> str:
        return self.names("code", self.assignment.found_code_id)

    @property
    def owner(self) -> str:
        return owner_of(self.assignment)

    @property
    def polls_every_s(self) -> int:
        """How often the row should ask for itself again: soon while it is being worked on, never when it is done."""
        if self.assignment.status not in LIVE:
            return 0
        waits = self.assignment.status in (Status.PENDING, Status.APPLIED)
        return 20 if waits and self.assignment.due_at > timezone.now() + SOON else 5

    @property
    def is_due_later(self) -> bool:
        """Whether it waits for a time that has not come yet."""
        return bool(self.assignment.status == Status.PENDING and self.assignment.due_at > timezone.now())

    @property
    def is_still_to_be_done(self) -> bool:
        """Whether its due time still means something."""
        return self.assignment.status in LIVE

    @property
    def needs_a_person(self) -> bool:
        """Whether it does not go on by itself."""
        return self.assignment.status in WAITS_FOR_A_PERSON

    @property
    def may_retry(self) -> bool:
        return bool(self.assignment.status == Status.FAILED)

    @property
    def may_insist(self) -> bool:
        return bool(self.assignment.status == Status.CONFLICT)

    @property
    def may_cancel(self) -> bool:
        return Status.CANCELLED in MOVES[Status(self.assignment.status)]


def listed(assignments: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """Return the query with what a line of a list needs beside the assignment, and without what it does not."""
    beside = ("communication__conversation", "wrapup_code", "rule", "release", "handover__owner")
    return assignments.select_related(*beside).defer("facts", "words", "said")


def rows_of(organization: Organization, assignments: Sequence[Any]) -> list[Row]:
    """Return the lines for these assignments; three queries for all names together."""
    names = Names(
        organization,
        {
            "queue": {each.communication.queue_id for each in assignments},
            "agent": {each.communication.agent_id for each in assignments},
            "code": {each.found_code_id for each in assignments},
        },
    )
    return [Row(assignment, names, _left(assignment, organization)) for assignment in assignments]


def _left(assignment: Any, organization: Organization) -> TimeLeft | None:
    if assignment.status not in WAITS_FOR_A_PERSON:
        return None
    return time_left(organization, assignment.ended_at, timezone.now())

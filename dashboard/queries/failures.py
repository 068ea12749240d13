"""Failures by cause: rows that wait for a person, grouped by what is wrong with them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, QuerySet

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.keyset import Ended
from dashboard.queries.listing import page_found
from dashboard.queries.names import Names
from dashboard.queries.narrowing import NO_FINGERPRINT
from dashboard.queries.rows import Row, rows_of
from dashboard.queries.words import ATTEMPT_WORDS, answered
from wrapups.domain.status import WAITS_FOR_A_PERSON, Status
from wrapups.models import Assignment, Attempt, Organization

GROUPS = 50
ATTEMPTS = 100
CAUSE = ("status", "reason", "fingerprint")


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Failures of one cause; `example` is the newest of them."""

    count: int
    first_at: datetime
    last_at: datetime
    example: Assignment
    asked: AssignmentFilter
    """Finds exactly these, under the filter the groups were made with."""


@dataclass(frozen=True, slots=True)
class FailurePage:
    """The failures under a filter: by cause, and one page of them one by one."""

    asked: AssignmentFilter
    groups: Sequence[FailureGroup]
    rows: Sequence[Row]
    newer: str
    older: str
    last_success: Assignment | None

    @property
    def total(self) -> int:
        """How many there are in the groups shown."""
        return sum(group.count for group in self.groups)


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt in words."""

    attempt: Attempt
    did: str
    icon: str
    answered: str


def failure_page(
    asked: AssignmentFilter, organization: Organization, *, before: Ended | None = None, after: Ended | None = None
) -> FailurePage:
    """Return what the page shows; the last success is looked up only where there is no failure to show."""
    conditions = asked.conditions(organization)
    page = page_found(asked, organization, conditions, before=before, after=after, among=WAITS_FOR_A_PERSON)
    return FailurePage(
        asked,
        groups(asked, organization),
        rows_of(organization, page.rows),
        newer=asked.query_string(after=page.newer) if page.newer else "",
        older=asked.query_string(before=page.older) if page.older else "",
        last_success=None if page.rows else last_success(organization),
    )


def attempts_of(assignment: Assignment, organization: Organization) -> list[AttemptLine]:
    """Return the attempts for one assignment, newest first, the latest hundred."""
    attempts = list(assignment.attempts.order_by("-started_at", "-pk")[:ATTEMPTS])
    names = Names(organization, {"code": {attempt.code_seen_id for attempt in attempts}})
    return [AttemptLine(each, *ATTEMPT_WORDS[each.kind], answered(each, names)) for each in attempts]


def waiting(asked: AssignmentFilter, organization: Organization) -> QuerySet[Assignment]:
    """Return the failures that match."""
    return asked.apply(organization, among=Assignment.objects.of(organization).waiting_for_a_person())


def groups(asked: AssignmentFilter, organization: Organization) -> Sequence[FailureGroup]:
    """Return up to 50 groups, the one that failed last first, in two queries."""
    causes = list(
        waiting(asked, organization)
        .order_by()
        .values(*CAUSE)
        .annotate(count=Count("pk"), newest=Max("pk"), first_at=Min("updated_at"), last_at=Max("updated_at"))
        .order_by("-newest")[:GROUPS]
    )
    examples = (
        Assignment.objects.of(organization)
        .select_related("communication__conversation", "rule", "wrapup_code")
        .defer("facts")
        .in_bulk([cause["newest"] for cause in causes])
    )
    return [_group(cause, examples[cause["newest"]], asked) for cause in causes]


def last_success(organization: Organization) -> Assignment | None:
    """Return the assignment that was verified last, for a page that has no failure to show."""
    return Assignment.objects.of(organization).filter(status=Status.VERIFIED).order_by("-ended_at", "-pk").first()


def _group(cause: dict[str, Any], example: Assignment, asked: AssignmentFilter) -> FailureGroup:
    narrowed = asked.but(
        status=cause["status"], reason=cause["reason"], fingerprint=cause["fingerprint"] or NO_FINGERPRINT
    )
    return FailureGroup(cause["count"], cause["first_at"], cause["last_at"], example, narrowed)

"""Failures one by one: rows that wait for a person, and every attempt at one."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.keyset import Ended
from dashboard.queries.listing import page_found
from dashboard.queries.names import Names
from dashboard.queries.narrowing import NO_FINGERPRINT
from dashboard.queries.orders import LEFT, NEWEST
from dashboard.queries.rows import Row, rows_of
from dashboard.queries.story_attempts import exchange_of
from dashboard.queries.story_events import Exchange
from dashboard.queries.words import ATTEMPT_WORDS, answered
from wrapups.domain.masking import Mask
from wrapups.domain.status import WAITS_FOR_A_PERSON, Status
from wrapups.models import Assignment, Attempt, FailureGroup, Organization

ATTEMPTS = 100
FIRST_ROWS = 20


@dataclass(frozen=True, slots=True)
class FailurePage:
    """One page of the failures under a filter, one by one."""

    asked: AssignmentFilter
    group: FailureGroup | None
    """The one that is asked for, where that is all of one cause."""
    rows: Sequence[Row]
    newer: str
    older: str
    last_success: Assignment | None

    @property
    def by_left(self) -> str:
        """Lists what can still be changed in Genesys Cloud, the least time left first."""
        return self.asked.but(order=LEFT).query_string()

    @property
    def by_end(self) -> str:
        """Lists all of it, what ended last first."""
        return self.asked.but(order=NEWEST).query_string()


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt in words."""

    attempt: Attempt
    did: str
    icon: str
    answered: str
    exchange: Exchange


def failure_page(
    asked: AssignmentFilter, organization: Organization, *, before: Ended | None = None, after: Ended | None = None
) -> FailurePage:
    """Return what the page shows; the last success is looked up only where there is no failure to show."""
    conditions = asked.conditions(organization)
    page = page_found(asked, organization, conditions, before=before, after=after, among=WAITS_FOR_A_PERSON)
    return FailurePage(
        asked,
        _group_of(asked, organization),
        rows_of(organization, page.rows),
        newer=asked.query_string(after=page.newer) if page.newer else "",
        older=asked.query_string(before=page.older) if page.older else "",
        last_success=None if page.rows else last_success(organization),
    )


def _group_of(asked: AssignmentFilter, organization: Organization) -> FailureGroup | None:
    if asked.fingerprint in ("", NO_FINGERPRINT):
        return None
    found: FailureGroup | None = FailureGroup.objects.of(organization).filter(fingerprint=asked.fingerprint).first()
    return found


def attempts_of(assignment: Assignment, organization: Organization, mask: Mask) -> list[AttemptLine]:
    """Return the attempts for one assignment, newest first, the latest hundred; its notes as `mask` shows them."""
    attempts = list(assignment.attempts.order_by("-started_at", "-pk")[:ATTEMPTS])
    names = Names(organization, {"code": {attempt.code_seen_id for attempt in attempts}})
    notes = mask.text(assignment.notes)
    return [
        AttemptLine(each, *ATTEMPT_WORDS[each.kind], answered(each, names), exchange_of(each, notes))
        for each in attempts
    ]


def failure_rows(asked: AssignmentFilter, organization: Organization) -> list[Row]:
    """Return the first failures under a filter, for a page that shows a few of them."""
    conditions = asked.conditions(organization)
    page = page_found(asked, organization, conditions, size=FIRST_ROWS, among=WAITS_FOR_A_PERSON)
    return rows_of(organization, page.rows)


def last_success(organization: Organization) -> Assignment | None:
    """Return the assignment that was verified last, for a page that has no failure to show."""
    return Assignment.objects.of(organization).filter(status=Status.VERIFIED).order_by("-ended_at", "-pk").first()

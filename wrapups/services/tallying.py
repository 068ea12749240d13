"""Counting what was decided, day by day, and which dispositions came: what pages show without reading every row.

A day (UTC) is counted anew as a whole: today and yesterday at each turn, a day to which something was added, and in
between the days of the last month one after the other, so that no count stays wrong for long. Dispositions are counted
on from the last one counted, in the transaction that moves that mark, so that a killed worker counts none twice.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from wrapups.domain.conversation import SYSTEM_CODE_PREFIX
from wrapups.domain.status import SkipReason, Status
from wrapups.models import Assignment, DecisionTally, Disposition, Organization, Sweep
from wrapups.models.clock import app_now
from wrapups.services.crashing import crash_point
from wrapups.services.recognizing import recognize
from wrapups.services.settling import settled_up_to
from wrapups.services.sweeping import Turn, turn

LATELY_DAYS = 30
"""How many days, today among them, pages look back at."""
MOST_ROWS = 200_000
"""How many new rows one turn goes through at most."""
REST_S = 5


@dataclass(frozen=True, slots=True)
class Place:
    """How far counting came: the last assignment and disposition gone through, the day counted last of the month,
    how many days ago, and which rules the dispositions were judged by."""

    assignment: int = 0
    disposition: int = 0
    day: int = 0
    rules: str = ""

    @classmethod
    def read(cls, cursor: str) -> "Place":
        """Return the place that a sweep's cursor means."""
        return cls(**json.loads(cursor)) if cursor else cls()


def tally(organization: Organization) -> None:
    """Count on, if it is time."""
    with turn(organization.pk, Sweep.Kind.TALLY, every_s=settings.TALLY_EVERY_S) as mine:
        if mine is None:
            return
        before = Place.read(mine.cursor)
        place = _next(before)
        for day in sorted(_days(organization, before, place)):
            mine.go_on()
            count_day(organization, day)
            crash_point("Y1")
        with transaction.atomic():
            _count_dispositions(organization, before, place)
            place = replace(place, rules=recognize(organization, judged_by=before.rules))
            _keep(mine, place)
            crash_point("Y2")
        if MOST_ROWS in (place.assignment - before.assignment, place.disposition - before.disposition):
            mine.again_after(REST_S)


def count_day(organization: Organization, day: date) -> None:
    """Count one day (UTC) anew as a whole."""
    with transaction.atomic():
        DecisionTally.everywhere.of(organization).filter(day=day).delete()
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_DAY, {"organization": organization.pk, "day": day, **_WORDS})


def _next(before: Place) -> Place:
    """Return how far this turn goes; where somebody is still writing, not beyond what the last one did."""
    assignment, disposition = settled_up_to(Assignment), settled_up_to(Disposition)
    return replace(
        before,
        assignment=min(before.assignment + MOST_ROWS, max(before.assignment, assignment or 0)),
        disposition=min(before.disposition + MOST_ROWS, max(before.disposition, disposition or 0)),
        day=before.day % (LATELY_DAYS - 1) + 1,
    )


def _days(organization: Organization, before: Place, place: Place) -> set[date]:
    """Return the days to count: the last two, those to which something was added, and the next one of the month."""
    today = app_now().astimezone(UTC).date()
    since = {"organization": organization.pk}
    since |= {"assignment": before.assignment, "last_assignment": place.assignment}
    since |= {"disposition": before.disposition, "last_disposition": place.disposition}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED_DAYS, since)
        changed = {day for (day,) in cursor.fetchall()}
    return changed | {today - timedelta(days=ago) for ago in (0, 1, place.day)}


def _count_dispositions(organization: Organization, before: Place, place: Place) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _COUNT_DISPOSITIONS,
            {"organization": organization.pk, "after": before.disposition, "up_to": place.disposition},
        )


def _keep(mine: Turn, place: Place) -> None:
    mine.keep(json.dumps(asdict(place)), since=mine.watermark_at, until=mine.until_at)


_WORDS: Mapping[str, Any] = {
    "superseded": Status.SUPERSEDED.value,
    "overridden": Status.OVERRIDDEN.value,
    "no_rule": SkipReason.NO_RULE.value,
    "system": f"{SYSTEM_CODE_PREFIX}%",
    **{f"agreed_{each.name.lower()}": each.value for each in DecisionTally.Agreement},
}

_COUNT_DAY = """
    WITH decided AS MATERIALIZED (
        SELECT assignment.id, assignment.reason, assignment.ended_at, communication.queue_id,
               conversation.conversation_id, rule.identity,
               CASE WHEN assignment.status = %(overridden)s THEN %(agreed_other)s
                    WHEN code.id IS NULL OR assignment.found_code_id = '' OR assignment.found_code_id LIKE %(system)s
                    THEN %(agreed_none)s
                    WHEN assignment.found_code_id = code.genesys_id THEN %(agreed_same)s
                    ELSE %(agreed_other)s
               END AS agreement
          FROM wrapups_assignment assignment
          JOIN wrapups_communication communication ON communication.id = assignment.communication_id
          JOIN wrapups_conversation conversation ON conversation.id = communication.conversation_id
          LEFT JOIN wrapups_mappingrule rule ON rule.id = assignment.rule_id AND assignment.reason <> %(no_rule)s
          LEFT JOIN wrapups_wrapupcode code ON code.id = assignment.wrapup_code_id
         WHERE assignment.organization_id = %(organization)s AND assignment.status <> %(superseded)s
           AND assignment.ended_at >= %(day)s::date::timestamp AT TIME ZONE 'UTC'
           AND assignment.ended_at < (%(day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
    ), said AS (
        SELECT DISTINCT decided.id, disposition.source, disposition.code
          FROM decided JOIN wrapups_disposition disposition
            ON disposition.organization_id = %(organization)s
           AND disposition.conversation_id = decided.conversation_id
    ), counted AS (
        SELECT decided.*, '' AS source, '' AS disposition FROM decided
        UNION ALL
        SELECT decided.*, said.source, said.code FROM decided JOIN said USING (id)
    )
    INSERT INTO wrapups_decisiontally
           (organization_id, day, queue_id, source, disposition, rule_identity, reason, agreement, count, last_at)
    SELECT %(organization)s, %(day)s::date, queue_id, source, disposition, identity, reason, agreement,
           count(*), max(ended_at)
      FROM counted GROUP BY queue_id, source, disposition, identity, reason, agreement
"""

_CHANGED_DAYS = """
    SELECT DISTINCT (ended_at AT TIME ZONE 'UTC')::date FROM wrapups_assignment
     WHERE organization_id = %(organization)s AND id > %(assignment)s AND id <= %(last_assignment)s
       AND ended_at IS NOT NULL
    UNION
    SELECT (communication.ended_at AT TIME ZONE 'UTC')::date
      FROM (SELECT DISTINCT conversation_id FROM wrapups_disposition
             WHERE organization_id = %(organization)s AND id > %(disposition)s AND id <= %(last_disposition)s) said
      JOIN wrapups_conversation conversation
        ON conversation.organization_id = %(organization)s AND conversation.conversation_id = said.conversation_id
      JOIN wrapups_communication communication ON communication.conversation_id = conversation.id
     WHERE communication.ended_at IS NOT NULL
"""

_COUNT_DISPOSITIONS = """
    INSERT INTO wrapups_dispositionseen AS known
           (organization_id, source, code, count, first_said_at, last_said_at, dismissed_because)
    SELECT organization_id, source, code, count(*), min(said_at), max(said_at), ''
      FROM wrapups_disposition
     WHERE organization_id = %(organization)s AND id > %(after)s AND id <= %(up_to)s
     GROUP BY organization_id, source, code ORDER BY source, code
        ON CONFLICT (organization_id, source, code) DO UPDATE
       SET count = known.count + EXCLUDED.count,
           first_said_at = LEAST(known.first_said_at, EXCLUDED.first_said_at),
           last_said_at = GREATEST(known.last_said_at, EXCLUDED.last_said_at)
"""

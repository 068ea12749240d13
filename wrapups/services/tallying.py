"""Counting what was decided, day by day, and which dispositions came: what pages show without reading every row.

A day of the organization's time zone is counted anew as a whole: today and yesterday at each turn, a day to which
something was added or of which something changed, and in between those that were not counted for longest, so that no
count stays wrong. Dispositions are counted on from the last one counted, in the transaction that moves that mark, so
that a killed worker counts none twice.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from wrapups.domain.status import SkipReason, Status
from wrapups.models import Assignment, CountedDay, DecisionTally, Disposition, Organization, Sweep
from wrapups.models.clock import AppNow, app_now
from wrapups.services.auditing import Actor, acting
from wrapups.services.backfilling import day_begins
from wrapups.services.counting_dispositions import count_dispositions
from wrapups.services.crashing import crash_point
from wrapups.services.recognizing import recognize
from wrapups.services.settling import settled_up_to
from wrapups.services.summing import sum_day
from wrapups.services.sweeping import Turn, turn

LATELY_DAYS = 30
"""How many days, today among them, pages about rules look back at."""
COUNTED_DAYS = 92
"""How many days, today among them, are kept right, and reports may span."""
LONGEST_AGO, NEVER_COUNTED = 3, 10
"""How many days one turn counts at most because nobody has for longest, and because nobody ever has."""
MOST_ROWS = 200_000
"""How many new rows one turn goes through at most."""
OVERLAP = timedelta(minutes=2)
"""A change is seen when its transaction ends and bears the time at which that began: longer than any may last."""
REST_S = 5


@dataclass(frozen=True, slots=True)
class Place:
    """How far counting came: the last assignment and disposition gone through, up to when changes were looked for
    (ISO 8601, empty: never), and which rules the dispositions were judged by."""

    assignment: int = 0
    disposition: int = 0
    changed_at: str = ""
    rules: str = ""

    @classmethod
    def read(cls, cursor: str) -> "Place":
        """Return the place that a sweep's cursor means; what only older versions wrote is left out."""
        kept = json.loads(cursor) if cursor else {}
        return cls(**{each.name: kept[each.name] for each in fields(cls) if each.name in kept})


def tally(organization: Organization) -> None:
    """Count on, if it is time."""
    with turn(organization.pk, Sweep.Kind.TALLY, every_s=settings.TALLY_EVERY_S) as mine:
        if mine is None:
            return
        before = Place.read(mine.cursor)
        place = _next(before)
        for day in sorted(_days(organization, before, place), reverse=True):
            mine.go_on()
            count_day(organization, day)
            crash_point("Y1")
        with transaction.atomic():
            count_dispositions(organization, after=before.disposition, up_to=place.disposition)
            place = replace(place, rules=recognize(organization, judged_by=before.rules))
            _keep(mine, place)
            crash_point("Y2")
        full = MOST_ROWS in (place.assignment - before.assignment, place.disposition - before.disposition)
        if full or _never_counted(organization, today_in(organization)):
            mine.again_after(REST_S)


def count_day(organization: Organization, day: date) -> None:
    """Count one day of the organization's time zone anew as a whole."""
    begins_at, ends_at = bounds_of(organization, day)
    bounds = {"begins_at": begins_at, "ends_at": ends_at}
    with transaction.atomic():
        DecisionTally.everywhere.of(organization).filter(day=day).delete()
        with connection.cursor() as cursor:
            cursor.execute(_COUNT_DAY, {"organization": organization.pk, "day": day, **bounds, **_WORDS})
        sum_day(organization, day)
        CountedDay.everywhere.update_or_create(
            organization=organization, day=day, defaults={**bounds, "counted_at": AppNow()}
        )


def bounds_of(organization: Organization, day: date) -> tuple[datetime, datetime]:
    """Return when a day of the organization's time zone begins, and when the next one does."""
    zone = organization.time_zone
    return day_begins(day, zone), day_begins(day + timedelta(days=1), zone)


def today_in(organization: Organization) -> date:
    """Return which day it is in the organization's time zone, by the database's clock (one query)."""
    return app_now().astimezone(ZoneInfo(organization.time_zone)).date()


def count_soon(organization: Organization, *, actor: Actor) -> None:
    """Let the next turn begin as soon as a worker is free."""
    with acting(actor, "count anew", organization=organization):
        Sweep.objects.filter(organization=organization, kind=Sweep.Kind.TALLY).update(due_at=AppNow())


def _next(before: Place) -> Place:
    """Return how far this turn goes; where somebody is still writing, not beyond what the last one did."""
    now, assignment, disposition = app_now(), settled_up_to(Assignment), settled_up_to(Disposition)
    return replace(
        before,
        assignment=min(before.assignment + MOST_ROWS, max(before.assignment, assignment or 0)),
        disposition=min(before.disposition + MOST_ROWS, max(before.disposition, disposition or 0)),
        changed_at=now.isoformat(),
    )


def _days(organization: Organization, before: Place, place: Place) -> set[date]:
    """Return the days to count: the last two, those that changed, and some that were not counted for longest."""
    today = today_in(organization)
    rests = _never_counted(organization, today)[:NEVER_COUNTED] or _counted_longest_ago(organization, today)
    return {today, today - timedelta(days=1), *rests} | _changed(organization, before, place)


def _changed(organization: Organization, before: Place, place: Place) -> set[date]:
    since: dict[str, Any] = {"organization": organization.pk, "zone": organization.time_zone}
    since |= {"assignment": before.assignment, "last_assignment": place.assignment}
    since |= {"disposition": before.disposition, "last_disposition": place.disposition}
    looked_at = datetime.fromisoformat(before.changed_at or place.changed_at)
    since |= {"changed_at": looked_at - OVERLAP, "statuses": [status.value for status in Status]}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED_DAYS, since)
        return {day for (day,) in cursor.fetchall()}


def _never_counted(organization: Organization, today: date) -> list[date]:
    """Return the days that nobody has counted, or only as those of another time zone, latest first."""
    counted = CountedDay.everywhere.of(organization).filter(day__gt=today - timedelta(days=COUNTED_DAYS))
    known = {(row.day, row.begins_at, row.ends_at) for row in counted}
    days = (today - timedelta(days=ago) for ago in range(COUNTED_DAYS))
    return [day for day in days if (day, *bounds_of(organization, day)) not in known]


def _counted_longest_ago(organization: Organization, today: date) -> list[date]:
    rows = CountedDay.everywhere.of(organization).filter(day__gt=today - timedelta(days=COUNTED_DAYS))
    return list(rows.order_by("counted_at", "day").values_list("day", flat=True)[:LONGEST_AGO])


def _keep(mine: Turn, place: Place) -> None:
    mine.keep(json.dumps(asdict(place)), since=mine.watermark_at, until=mine.until_at)


_WORDS: Mapping[str, Any] = {"superseded": Status.SUPERSEDED.value, "no_rule": SkipReason.NO_RULE.value}

_COUNT_DAY = """
    WITH decided AS MATERIALIZED (
        SELECT assignment.id, assignment.reason, assignment.ended_at, assignment.queue_id,
               assignment.communication_id, assignment.wrapup_code_id, assignment.status,
               CASE WHEN assignment.reason <> %(no_rule)s THEN assignment.rule_identity END AS identity,
               assignment.found_kind AS found, assignment.agreement
          FROM wrapups_assignment assignment
         WHERE assignment.organization_id = %(organization)s AND assignment.status <> %(superseded)s
           AND assignment.ended_at >= %(begins_at)s AND assignment.ended_at < %(ends_at)s
    ), said AS (
        SELECT DISTINCT decided.id, disposition.source, disposition.code
          FROM decided
          JOIN wrapups_communication communication ON communication.id = decided.communication_id
          JOIN wrapups_conversation conversation ON conversation.id = communication.conversation_id
          JOIN wrapups_disposition disposition
            ON disposition.organization_id = %(organization)s
           AND disposition.conversation_id = conversation.conversation_id
    ), counted AS (
        SELECT ended_at, queue_id, identity, reason, agreement, wrapup_code_id, status, found,
               '' AS source, '' AS disposition
          FROM decided
        UNION ALL
        SELECT ended_at, queue_id, identity, reason, agreement, NULL, '', '', said.source, said.code
          FROM decided JOIN said USING (id)
    )
    INSERT INTO wrapups_decisiontally
           (organization_id, day, queue_id, source, disposition, rule_identity, reason, agreement,
            wrapup_code_id, status, found, count, last_at)
    SELECT %(organization)s, %(day)s::date, queue_id, source, disposition, identity, reason, agreement,
           wrapup_code_id, status, found, count(*), max(ended_at)
      FROM counted
     GROUP BY queue_id, source, disposition, identity, reason, agreement, wrapup_code_id, status, found
"""

_CHANGED_DAYS = """
    SELECT DISTINCT (ended_at AT TIME ZONE %(zone)s)::date FROM wrapups_assignment
     WHERE organization_id = %(organization)s AND id > %(assignment)s AND id <= %(last_assignment)s
       AND ended_at IS NOT NULL
    UNION
    SELECT DISTINCT (ended_at AT TIME ZONE %(zone)s)::date FROM wrapups_assignment
     WHERE organization_id = %(organization)s AND status = ANY(%(statuses)s) AND updated_at >= %(changed_at)s
       AND ended_at IS NOT NULL
    UNION
    SELECT (communication.ended_at AT TIME ZONE %(zone)s)::date
      FROM (SELECT DISTINCT conversation_id FROM wrapups_disposition
             WHERE organization_id = %(organization)s AND id > %(disposition)s AND id <= %(last_disposition)s) said
      JOIN wrapups_conversation conversation
        ON conversation.organization_id = %(organization)s AND conversation.conversation_id = said.conversation_id
      JOIN wrapups_communication communication ON communication.conversation_id = conversation.id
     WHERE communication.ended_at IS NOT NULL
"""

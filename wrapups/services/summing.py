"""The sums of one day, made of its tallies in the same transaction: fewer rows for reports over many days to add up."""

from datetime import date

from django.db import connection

from wrapups.models import DaySum, Organization


def sum_day(organization: Organization, day: date) -> None:
    """Sum the tallies of one day anew; the caller owns the transaction that counted them."""
    DaySum.everywhere.of(organization).filter(day=day, by__in=DaySum.By.values).delete()
    with connection.cursor() as cursor:
        cursor.execute(_SUM_DAY, {"organization": organization.pk, "day": day, **_BY})


_BY = {by.name.lower(): by.value for by in DaySum.By}

_SUM_DAY = """
    INSERT INTO wrapups_daysum
           (organization_id, day, by, queue_id, found, status, wrapup_code_id, rule_identity, agreement, count)
    SELECT organization_id, day,
           CASE GROUPING(queue_id, status, wrapup_code_id)
                WHEN 5 THEN %(status)s WHEN 6 THEN %(code)s WHEN 7 THEN %(rule)s
                WHEN 1 THEN %(queue_status)s WHEN 2 THEN %(queue_code)s
           END,
           coalesce(queue_id, ''), coalesce(found, ''), coalesce(status, ''), wrapup_code_id, rule_identity,
           coalesce(agreement, ''), sum(count)
      FROM wrapups_decisiontally
     WHERE organization_id = %(organization)s AND day = %(day)s AND source = ''
     GROUP BY organization_id, day,
              GROUPING SETS ((found, status), (wrapup_code_id), (rule_identity, agreement),
                             (queue_id, found, status), (queue_id, wrapup_code_id))
"""

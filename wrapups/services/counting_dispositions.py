"""Counting which dispositions came: how often each source said each, when first and when last."""

from django.db import connection

from wrapups.models import Organization


def count_dispositions(organization: Organization, *, after: int, up_to: int) -> None:
    """Count the dispositions with keys above `after`, up to and with `up_to`; the caller keeps that mark with them."""
    asked = {"organization": organization.pk, "after": after, "up_to": up_to}
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_DISPOSITIONS, asked)


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

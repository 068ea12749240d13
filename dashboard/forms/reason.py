"""A reason as somebody typed it, for an act whose service asks for one."""

from django.http import QueryDict

from wrapups.domain.facts import storable

LONGEST = 1000


def reason_in(fields: QueryDict) -> str:
    """Return what stands in `reason`, as the database can keep it, at most `LONGEST` long; empty where it is blank."""
    return storable(fields.get("reason", ""))[:LONGEST]

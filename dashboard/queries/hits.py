"""How often each rule chose a code lately, by the rule's name, since every release has its own copy of a rule."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Count

from dashboard.queries.assignments import AssignmentFilter
from wrapups.models import Organization

DAYS = 7


def hits_of(organization: Organization, *, since: datetime) -> Mapping[str, int]:
    """Return how many communications that ended since then each rule decided: those its link to the list finds."""
    rows = AssignmentFilter(since=since).apply(organization).filter(rule__isnull=False)
    counted = rows.order_by().values("rule__name").annotate(hits=Count("pk"))
    return {row["rule__name"]: row["hits"] for row in counted}

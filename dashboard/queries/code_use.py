"""What one wrap-up code is used for: rules that choose it, how often it was assigned, and what its notices say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from dashboard.queries.assignments import AssignmentFilter
from dashboard.queries.bounded import BOUND, Bounded
from dashboard.queries.drift import open_notices
from wrapups.models import DriftNotice, MappingRule, Organization, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services.choosing import CURRENT
from wrapups.services.drifting import LATELY

MOST_RULES = 100


@dataclass(frozen=True, slots=True)
class CodeUse:
    """`assigned` counts the last 30 days; `address` lists these assignments."""

    rules: Sequence[MappingRule]
    assigned: Bounded
    address: str
    notices: Sequence[DriftNotice]


def use_of(organization: Organization, code: WrapupCode) -> CodeUse:
    """Return what a code is used for, in four queries; of its rules the first hundred, those not in use among them."""
    rules = MappingRule.objects.of(organization).filter(wrapup_code=code, release__state__in=CURRENT)
    since = (app_now() - LATELY).replace(second=0, microsecond=0) + timedelta(minutes=1)
    asked = AssignmentFilter(code=code.name, since=since)
    assigned = asked.apply(organization).filter(wrapup_code=code)[: BOUND + 1].count()
    return CodeUse(
        list(rules.select_related("release").order_by("release__number", "line")[:MOST_RULES]),
        Bounded.of(assigned),
        asked.query_string(),
        list(open_notices(organization).filter(wrapup_code=code).select_related("queue").order_by("pk")),
    )

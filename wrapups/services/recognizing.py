"""Which dispositions the rules know: those that a rule in force, or one of the draft, asks for by value."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from django.db import connection

from wrapups.domain.knowing import Knowledge, Saying
from wrapups.domain.rules import Rule
from wrapups.models import DispositionSeen, MappingRule, Organization, Release
from wrapups.models.clock import app_now
from wrapups.services.choosing import CURRENT
from wrapups.services.rulebook import rule_of

TOGETHER = 2000


def recognize(organization: Organization, *, judged_by: str) -> str:
    """Judge the dispositions that were not judged yet, or all of them where the rules are no longer those they were
    judged by; return what stands for the present rules. In the caller's transaction."""
    present = _fingerprint(organization)
    rows = DispositionSeen.everywhere.of(organization)
    if present == judged_by:
        rows = rows.filter(known=None)
    if rows.exists():
        knowledge, changed = knowledge_of(organization), defaultdict[bool, list[int]](list)
        for row in rows.only("pk", "source", "code", "known").iterator(TOGETHER):
            known = bool(knowledge.rules_for(Saying(row.source, row.code)))
            if known is not row.known:
                changed[known].append(row.pk)
        for known, keys in changed.items():
            DispositionSeen.everywhere.filter(pk__in=keys).update(known=known)
    return present


def knowledge_of(organization: Organization, states: Collection[Release.State] = CURRENT) -> Knowledge:
    """Return the enabled rules of the releases in these states whose time is not over, ready to be asked."""
    return Knowledge(rules_in(organization, states))


def rules_in(organization: Organization, states: Collection[Release.State] = CURRENT) -> list[Rule]:
    """Return these rules, those of the release in force first (two queries)."""
    rows = MappingRule.everywhere.of(organization).filter(release__state__in=states, enabled=True)
    rows = rows.select_related("wrapup_code").order_by("release__number", "line")
    now = app_now()
    return [rule for rule in map(rule_of, rows) if not _is_over(rule, now)]


def _is_over(rule: Rule, now: datetime) -> bool:
    return rule.valid_until is not None and rule.valid_until <= now


def _fingerprint(organization: Organization) -> str:
    """Return what is equal while the rules stay as they are, on one day: some may end by themselves."""
    with connection.cursor() as cursor:
        cursor.execute(_FINGERPRINT, {"organization": organization.pk, "current": [state.value for state in CURRENT]})
        [(found,)] = cursor.fetchall()
    return str(found)


_FINGERPRINT = """
    SELECT md5(app_now()::date || coalesce(string_agg(
               concat_ws(':', rule.id, rule.valid_until, rule.conditions), ',' ORDER BY rule.id), ''))
      FROM wrapups_mappingrule rule JOIN wrapups_release release ON release.id = rule.release_id
     WHERE rule.organization_id = %(organization)s AND rule.enabled AND release.state = ANY(%(current)s)
"""

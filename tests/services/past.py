"""A past to ask what-ifs about: decided communications with facts as they were stored, and two sets of rules."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tests.factories import (
    AssignmentFactory,
    ConversationFactory,
    MappingRuleFactory,
    PersonFactory,
    ReleaseFactory,
    WrapupCodeFactory,
    put_in_force,
)
from wrapups.domain.facts import Facts
from wrapups.domain.status import SkipReason
from wrapups.models import Assignment, Organization, Release, WhatIf, WrapupCode
from wrapups.models.clock import app_now
from wrapups.services import simulating, what_ifs
from wrapups.services.auditing import Actor

Rules = Mapping[str, tuple[Mapping[str, Any], WrapupCode]]
"""By name: the conditions, and the code."""


def when(fact: str, value: object, operator: str = "is") -> dict[str, Any]:
    """Return the stored form of one condition."""
    return {"all": [{"fact": fact, "operator": operator, "value": value}]}


def codes(organization: Organization, *names: str) -> list[WrapupCode]:
    """Return wrap-up codes of these names."""
    return [WrapupCodeFactory(organization=organization, name=name) for name in names]


def published(organization: Organization, rules: Rules) -> Release:
    """Put these rules in force, in this order."""
    return put_in_force(drafted(organization, rules))


def drafted(organization: Organization, rules: Rules) -> Release:
    """Make a draft of these rules, in this order."""
    draft: Release = ReleaseFactory(organization=organization)
    for line, (name, (conditions, code)) in enumerate(rules.items(), start=1):
        MappingRuleFactory(
            organization=organization,
            release=draft,
            line=line,
            name=name,
            conditions=conditions,
            wrapup_code=code,
        )
    return draft


def decided(organization: Organization, facts: Facts, *, days_ago: float = 1, **columns: Any) -> Assignment:
    """Let a communication have ended, and been decided on these facts."""
    ended_at = app_now() - timedelta(days=days_ago)
    made: Assignment = AssignmentFactory(
        organization=organization,
        verified=not columns.get("status"),
        facts=facts,
        communication__queue_id=facts.get("queue") or "",
        communication__ended_at=ended_at,
        communication__conversation=ConversationFactory(organization=organization, attributes={}, ended_at=ended_at),
        **columns,
    )
    return made


def skipped(organization: Organization, facts: Facts, reason: SkipReason, **columns: Any) -> Assignment:
    """Let a communication have ended that got nothing, for this reason."""
    return decided(organization, facts, status="skipped", reason=reason, wrapup_code=None, **columns)


def asked(organization: Organization, *, days: int = 30, **options: Any) -> WhatIf:
    """Ask what the draft would have decided in the last days."""
    today = app_now().date()
    actor = options.pop("actor", None) or Actor(PersonFactory())
    return what_ifs.ask(
        organization,
        **{"first_day": today - timedelta(days=days), "last_day": today, "queues": [], **options},
        actor=actor,
    )


def simulated(organization: Organization, **options: Any) -> WhatIf:
    """Ask what the draft would have decided, and have it answered."""
    made = asked(organization, **options)
    while simulating.simulate(organization, for_s=60):
        pass
    made.refresh_from_db()
    return made

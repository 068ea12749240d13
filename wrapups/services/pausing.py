"""Holding all calls of an organization, or only what a lane or a rule would send, with a reason everybody sees.

What was being sent finishes, what is held waits untouched, and resuming lets it go on.
"""

from uuid import UUID

from wrapups.domain.status import Lane
from wrapups.models import CallBudget, MappingRule, Organization, WorkHold
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, acting

LONGEST_REASON = 300
RESUME_ALL, RESUME_LANE, RESUME_RULE = "resume all calls", "resume a lane", "resume a rule"
RESUMING = frozenset({RESUME_ALL, RESUME_LANE, RESUME_RULE})
"""The acts by which work goes on."""


def hold(organization: Organization, *, actor: Actor, reason: str) -> None:
    """Stop every further call to Genesys; calls under way finish. Raise ValueError without a reason."""
    if not reason.strip():
        raise ValueError("Say why the calls are paused: everybody will see it.")
    with acting(actor, "pause all calls", organization=organization, reason=reason):
        CallBudget.objects.filter(organization=organization, held_at=None).update(
            held_at=AppNow(), held_by=actor.person, held_reason=reason.strip()[:LONGEST_REASON]
        )


def resume(organization: Organization, *, actor: Actor) -> None:
    """Let calls go on, after a pause or after refused credentials were mended. Paused lanes and rules stay paused."""
    with acting(actor, RESUME_ALL, organization=organization):
        CallBudget.objects.filter(organization=organization).update(
            held_at=None, held_by=None, held_reason="", refused_at=None, refused_because=""
        )


def hold_lane(organization: Organization, lane: Lane, *, actor: Actor, reason: str) -> None:
    """Begin nothing more of this lane. One that is paused keeps its first reason. Raise ValueError without one."""
    _hold(WorkHold(organization=organization, lane=lane), "pause a lane", actor, reason)


def resume_lane(organization: Organization, lane: Lane, *, actor: Actor) -> None:
    """Let the lane go on."""
    with acting(actor, RESUME_LANE, organization=organization):
        WorkHold.everywhere.of(organization).filter(lane=lane).delete()


def hold_rule(organization: Organization, identity: UUID, *, actor: Actor, reason: str) -> None:
    """Send nothing more of what this rule decided or will decide, in whatever release; it goes on deciding.

    One that is paused keeps its first reason. Raise ValueError without one, and where there is no such rule.
    """
    if not MappingRule.everywhere.of(organization).filter(identity=identity).exists():
        raise ValueError("There is no such rule. Choose one of the list.")
    _hold(WorkHold(organization=organization, rule_identity=identity), "pause a rule", actor, reason)


def resume_rule(organization: Organization, identity: UUID, *, actor: Actor) -> None:
    """Let what the rule decided be sent."""
    with acting(actor, RESUME_RULE, organization=organization):
        WorkHold.everywhere.of(organization).filter(rule_identity=identity).delete()


def _hold(row: WorkHold, verb: str, actor: Actor, reason: str) -> None:
    if not reason.strip():
        raise ValueError("Say why it is paused: everybody will see it.")
    row.held_by, row.reason = actor.person, reason.strip()[:LONGEST_REASON]
    with acting(actor, verb, organization=row.organization, reason=reason):
        WorkHold.everywhere.bulk_create([row], ignore_conflicts=True)

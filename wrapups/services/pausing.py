"""Holding all calls of an organization, with a reason everybody sees, and letting them go on."""

from wrapups.models import CallBudget, Organization
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, acting


def hold(organization: Organization, *, actor: Actor, reason: str) -> None:
    """Stop every further call to Genesys; calls under way finish. Raise ValueError without a reason."""
    if not reason.strip():
        raise ValueError("Say why the calls are paused: everybody will see it.")
    with acting(actor, "pause all calls", organization=organization, reason=reason):
        CallBudget.objects.filter(organization=organization, held_at=None).update(
            held_at=AppNow(), held_by=actor.person, held_reason=reason.strip()[:300]
        )


def resume(organization: Organization, *, actor: Actor) -> None:
    """Let calls go on, after a pause or after refused credentials were mended."""
    with acting(actor, "resume all calls", organization=organization):
        CallBudget.objects.filter(organization=organization).update(
            held_at=None, held_by=None, held_reason="", refused_at=None, refused_because=""
        )

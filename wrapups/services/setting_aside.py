"""Setting aside dispositions that no rule needs to know, with a reason, and taking that back."""

from wrapups.models import DispositionSeen
from wrapups.models.clock import AppNow
from wrapups.services.auditing import Actor, acting

LONGEST_REASON = 300


class CannotSetAside(ValueError):
    """There is nothing to set aside, or to take back; the text is for the person."""


class NoUsableReason(CannotSetAside):
    """The reason is empty or too long."""


def set_aside(seen: DispositionSeen, *, reason: str, actor: Actor) -> None:
    """Take a disposition out of the inbox until somebody takes that back, however often it is said again.

    Raises NoUsableReason, and CannotSetAside where somebody has just done it.
    """
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON:
        raise NoUsableReason(f"Say in at most {LONGEST_REASON} characters why no rule needs to know it.")
    with acting(actor, "set a disposition aside", organization=seen.organization, reason=f"{seen}: {reason}"):
        done = DispositionSeen.everywhere.filter(pk=seen.pk, dismissed_at=None).update(
            dismissed_at=AppNow(), dismissed_by=actor.person, dismissed_because=reason
        )
        if not done:
            raise CannotSetAside("Somebody has set it aside meanwhile.")


def take_back(seen: DispositionSeen, *, actor: Actor) -> None:
    """Put a disposition that was set aside among the others again. Raises CannotSetAside where it is not."""
    with acting(actor, "take a disposition back", organization=seen.organization, reason=str(seen)):
        done = DispositionSeen.everywhere.filter(pk=seen.pk, dismissed_at__isnull=False).update(
            dismissed_at=None, dismissed_by=None, dismissed_because=""
        )
        if not done:
            raise CannotSetAside("Somebody has taken it back meanwhile.")

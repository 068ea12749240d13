"""Letting a release that is introduced step by step decide more, or less."""

from wrapups.domain.rollout import Rollout
from wrapups.models import Organization, Queue, Release
from wrapups.services.auditing import Actor, acting
from wrapups.services.deciders import rollout_of
from wrapups.services.publishing import Introduction


class CannotWiden(ValueError):
    """The roll-out cannot become so; the text is for the person."""


def widen(release: Release, rollout: Rollout, *, actor: Actor, reason: str = "") -> Release:
    """Let the release in force decide more from now on, and return it; less only with a reason.

    What was decided stays with the release that decided it. Raises CannotWiden.
    """
    organization = release.organization
    with acting(actor, "change the roll-out", organization=organization, reason=reason.strip()):
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        mine = Release.everywhere.filter(pk=release.pk)
        present: Release = mine.select_for_update().get()
        _require_possible(present, rollout, reason)
        _require_our_queues(organization, rollout)
        mine.update(**Introduction(rollout, present.shadow, present.decides_again).columns)
    release.refresh_from_db()
    return release


def _require_possible(present: Release, rollout: Rollout, reason: str) -> None:
    if present.state != Release.State.PUBLISHED:
        raise CannotWiden(f"Release {present.number} is {present.state}; only the one in force is rolled out.")
    if present.beside_id is None:
        raise CannotWiden(f"Release {present.number} decides everything since it was published; nothing stands beside.")
    if rollout == rollout_of(present):
        raise CannotWiden("This is how far it is rolled out already.")
    if not rollout.covers(rollout_of(present)) and not reason.strip():
        raise CannotWiden("This takes something away from it again. Say why.")


def _require_our_queues(organization: Organization, rollout: Rollout) -> None:
    known = Queue.everywhere.of(organization).filter(genesys_id__in=rollout.queue_ids).count()
    if known != len(rollout.queue_ids):
        raise CannotWiden("One of these queues is not known any more. Choose among those that are listed.")

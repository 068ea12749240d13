"""Introducing a release step by step: which release decides what, and widening it.

What the release in force leaves out falls to the one beside it, which was in force before, and so on down to the first
that takes everything.
"""

from collections.abc import Iterator

from wrapups.domain.rollout import Rollout
from wrapups.models import Organization, Queue, Release
from wrapups.services.auditing import Actor, acting
from wrapups.services.publishing import Introduction, rollout_of
from wrapups.services.rulebook import compiled


class CannotWiden(ValueError):
    """The roll-out cannot become so; the text is for the person."""


class Deciders:
    """The release in force and those beside it. Make one for each transaction, since a roll-out may widen."""

    def __init__(self, release: Release) -> None:
        self._among = [(each, rollout_of(each)) for each in _down_from(release)]

    def of(self, conversation_id: str, queue_id: str | None) -> Release:
        """Return the release that decides a communication."""
        fallen_to = (each for each, rollout in self._among if rollout.takes(conversation_id, queue_id))
        return next(fallen_to, self._among[-1][0])

    @property
    def asks(self) -> frozenset[str]:
        """The facts that a rule of any of them asks for, by name."""
        return frozenset().union(*(compiled(each.pk).asks for each, _ in self._among))


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
        mine.update(**Introduction(rollout, present.shadow).columns)
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


def _down_from(release: Release) -> Iterator[Release]:
    """Yield the release and those beside it, with one query for each that leaves something out."""
    at: Release | None = release
    while at is not None:
        yield at
        at = None if rollout_of(at).is_whole else at.beside

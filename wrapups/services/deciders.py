"""Which release decides what: the one in force or, while that is introduced step by step, one beside it.

What the release in force leaves out falls to the one beside it, which was in force before, and so on down to the first
that takes everything.
"""

from collections.abc import Iterator

from wrapups.domain.rollout import Rollout
from wrapups.models import Release
from wrapups.services.rulebook import compiled


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


def rollout_of(release: Release) -> Rollout:
    """Return how much of what ends a release decides."""
    return Rollout(release.rollout_percent, frozenset(release.rollout_queues))


def _down_from(release: Release) -> Iterator[Release]:
    """Yield the release and those beside it, with one query for each that leaves something out."""
    at: Release | None = release
    while at is not None:
        yield at
        at = None if rollout_of(at).is_whole else at.beside

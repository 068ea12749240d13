"""Which wrap-up codes a rule may choose: those on every queue it names."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wrapups.models import Organization, Queue, QueueWrapupCode, WrapupCode


@dataclass(frozen=True, slots=True)
class Offered:
    """A code, and why it cannot be chosen: the names of the queues it is not on, or that it is gone."""

    code: WrapupCode
    missing_from: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What the form sends for it."""
        return str(self.code.pk)

    @property
    def why_not(self) -> str:
        """Return why it cannot be chosen; empty where it can."""
        if self.code.gone_at is not None:
            return "no longer in Genesys"
        if not self.missing_from:
            return ""
        named, more = ", ".join(self.missing_from[:2]), len(self.missing_from) - 2
        return f"not on {named}{f' and {more} more' if more > 0 else ''}"


def offered(organization: Organization, queue_ids: Iterable[str]) -> Sequence[Offered]:
    """Return every code by name, those that can be chosen first.

    A queue whose set of codes was never read excludes nothing: Genesys decides at the write.
    """
    queues = list(Queue.objects.of(organization).filter(genesys_id__in=list(queue_ids)))
    sets = _sets(organization, queues)
    codes = [
        Offered(code, tuple(queue.name for queue in queues if queue.pk in sets and code.pk not in sets[queue.pk]))
        for code in WrapupCode.objects.of(organization)
    ]
    return sorted(codes, key=lambda offer: (bool(offer.why_not), offer.code.name.casefold()))


def _sets(organization: Organization, queues: Iterable[Queue]) -> dict[int, set[int]]:
    pairs = QueueWrapupCode.objects.of(organization).filter(queue__in=queues, gone_at=None)
    sets: dict[int, set[int]] = {}
    for queue, code in pairs.values_list("queue_id", "wrapup_code_id"):
        sets.setdefault(queue, set()).add(code)
    return sets

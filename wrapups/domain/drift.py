"""What changed in Genesys Cloud under the feet of our rules: codes deleted, renamed, or taken off a queue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from wrapups.domain.operators import fold

ALIKE = 0.6
"""Names that share less (difflib's ratio; its own advice for "close") are no replacement for each other."""


class Kind(StrEnum):
    DELETED = "deleted"
    RENAMED = "renamed"
    OFF_QUEUE = "off_queue"


@dataclass(frozen=True, slots=True)
class Code:
    """A wrap-up code that rules choose, as it is now. Queues are those that it was on once and is no longer."""

    name: str
    gone: bool = False
    off_queues: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Drift:
    """One change that rules suffer from; `queue` only where the code was taken off one."""

    kind: Kind
    code: int
    queue: int | None = None
    old_name: str = ""
    new_name: str = ""

    @property
    def key(self) -> tuple[Kind, int, int | None]:
        """What there is one notice for, whatever the names have become."""
        return (self.kind, self.code, self.queue)


def drifts(
    before: Mapping[int, str], after: Mapping[int, Code], covered: Mapping[int, frozenset[int]]
) -> dict[tuple[Kind, int, int | None], Drift]:
    """Return by key what rules suffer from.

    `before` has the names by which the rules know the codes, `after` the codes that rules choose, `covered` the queues
    on which rules choose each of them. A deleted code is off every queue, which goes without saying.
    """
    return {drift.key: drift for code in sorted(after) for drift in _of(code, before, after[code], covered)}


def _of(code: int, before: Mapping[int, str], now: Code, covered: Mapping[int, frozenset[int]]) -> Iterable[Drift]:
    if now.gone:
        yield Drift(Kind.DELETED, code, old_name=now.name)
        return
    if before.get(code, now.name) != now.name:
        yield Drift(Kind.RENAMED, code, old_name=before[code], new_name=now.name)
    for queue in sorted(now.off_queues & covered.get(code, frozenset())):
        yield Drift(Kind.OFF_QUEUE, code, queue, old_name=now.name)


def replacement(name: str, candidates: Mapping[int, str]) -> int | None:
    """Return the candidate whose name is most like this one; None where none is like it.

    Candidates are the codes that may be chosen: those on every queue the rule names. A name with something put before
    it says another thing ("Not resolved", "Bot resolved"), whatever it shares.
    """
    wanted = fold(name)
    matcher = SequenceMatcher(b=wanted, autojunk=False)
    best, found = ALIKE, None
    for code, other in sorted((code, fold(other)) for code, other in candidates.items()):
        if other != wanted and (other.endswith(wanted) or wanted.endswith(other)):
            continue
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() >= best and matcher.quick_ratio() >= best:
            ratio = matcher.ratio()
            if ratio > best or (found is None and ratio == best):
                best, found = ratio, code
    return found

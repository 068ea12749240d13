"""Which part of what ends a release decides while it is introduced step by step."""

from dataclasses import dataclass, field
from hashlib import sha256

WHOLE = 100
STEPS = 10_000
"""How finely conversations are spread: hundredths of a percent."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """So many percent of the conversations, and the queues it is for; no queue means every queue.

    Raises ValueError for less than 1 or more than 100 percent.
    """

    percent: int = WHOLE
    queue_ids: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not 1 <= self.percent <= WHOLE:
            raise ValueError(f"Choose from 1 to {WHOLE} percent, not {self.percent}.")

    @property
    def is_whole(self) -> bool:
        """Whether it leaves nothing out."""
        return self.percent == WHOLE and not self.queue_ids

    def takes(self, conversation_id: str, queue_id: str | None) -> bool:
        """Return whether a communication on this queue falls to it.

        By percent, all communications of a conversation fall to the same side, today and next year.
        """
        here = not self.queue_ids or queue_id in self.queue_ids
        return here and standing(conversation_id) < self.percent

    def covers(self, other: "Rollout") -> bool:
        """Return whether it takes everything that the other takes."""
        every_queue = not self.queue_ids or (bool(other.queue_ids) and self.queue_ids >= other.queue_ids)
        return every_queue and self.percent >= other.percent


def standing(conversation_id: str) -> float:
    """Return where a conversation stands from 0 to 99.99: a roll-out takes those that stand below its percent.

    It follows from the id alone, so whoever is in at 10 % is in at 20 %, on every machine.
    """
    spread = int.from_bytes(sha256(conversation_id.encode()).digest()[:8], "big")
    return spread % STEPS * WHOLE / STEPS

"""Conversations that keep arriving: which ones have, is a function of the time alone."""

from collections.abc import Iterator

from wrapups.genesys.simulator.catalogue import Catalogue
from wrapups.genesys.simulator.generation.generator import arriving_conversation
from wrapups.genesys.simulator.instants import from_epoch
from wrapups.genesys.simulator.timeline import Timeline


class Arrivals:
    """Arrivals at a steady rate; number n arrives n intervals after 1970, so a restart brings the same ones."""

    def __init__(self) -> None:
        self.per_minute = 0.0
        self.speed = 1.0
        self.next_number = 0

    def start(self, now_s: float, *, per_minute: float, speed: float) -> None:
        """Let conversations arrive from now on; `speed` divides their durations, 0 a minute stops them.

        Raises ValueError for a negative rate or a speed that is not above 0.
        """
        if per_minute < 0 or speed <= 0:
            raise ValueError("Arrivals need a rate of at least 0 a minute and a speed above 0.")
        self.per_minute, self.speed = per_minute, speed
        self.next_number = int(now_s * per_minute / 60) + 1

    def due(self, now_s: float, catalogue: Catalogue, seed: int) -> Iterator[Timeline]:
        """Yield the conversations that have arrived since the last call."""
        while self.per_minute and self.next_number * 60 / self.per_minute <= now_s:
            at = from_epoch(self.next_number * 60 / self.per_minute)
            number, self.next_number = self.next_number, self.next_number + 1
            yield arriving_conversation(catalogue, seed=seed, number=number, at=at, speed=self.speed)

"""The simulator's one clock: the wall clock, plus what a test advanced it by."""

import time

from wrapups.genesys.simulator.instants import Instant, from_epoch


class Clock:
    """Tells the simulated time; `advance` moves it forward so that no test has to wait."""

    def __init__(self) -> None:
        self.advanced_s = 0.0

    def seconds(self) -> float:
        """Return the simulated time in seconds after 1970."""
        return time.time() + self.advanced_s

    def now(self, lag_s: float = 0.0) -> Instant:
        """Return the simulated instant, `lag_s` seconds ago."""
        return from_epoch(self.seconds() - lag_s)

    def advance(self, seconds: float) -> Instant:
        """Move the clock forward and return the new instant; time never runs backwards (ValueError)."""
        if seconds < 0:
            raise ValueError("The clock can only be advanced; give a number of seconds of at least 0.")
        self.advanced_s += seconds
        return self.now()

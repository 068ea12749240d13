"""Time that passes when the machine says so: for the database, the simulator and the workers alike."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection

from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.models.clock import app_now


class Steering:
    """One time for all. The database's stands still but for what it is advanced by, so that an example can be replayed.

    The simulator's runs with the wall clock; each advance takes off what ran meanwhile. `monotonic` and `sleep` stand
    in for the module `time` in the services that measure and wait.
    """

    def __init__(self, simulator: SimulatorControl) -> None:
        self.passed_s = 0.0
        self.before: Callable[[float], None] = lambda _seconds: None
        """Told before so many seconds pass, for what has to arrive by then."""
        self._simulator = simulator
        self.jumped_s = 0.0
        """How far the database's clock is ahead of everybody else's."""
        self._began, self._advanced_s = time.monotonic(), 0.0
        _set(0.0)
        self._base_s = (datetime.fromisoformat(simulator.now()) - app_now()).total_seconds()
        _set(self._base_s)

    def now(self) -> datetime:
        """Return what the database takes for now."""
        return app_now()

    def outside(self) -> datetime:
        """Return the time at Genesys."""
        return self.now() - timedelta(seconds=self.jumped_s)

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass for everybody."""
        self.before(seconds)
        self.passed_s += seconds
        _set(self._base_s + self.passed_s + self.jumped_s)
        lacking = self.passed_s - (time.monotonic() - self._began) - self._advanced_s
        if lacking > 0:
            self._simulator.advance(lacking)
            self._advanced_s += lacking

    def jump(self, seconds: float) -> None:
        """Set the database's clock forward, and nobody else's."""
        self.jumped_s += seconds
        _set(self._base_s + self.passed_s + self.jumped_s)

    def monotonic(self) -> float:
        """Return the seconds that have passed, as a worker's own clock counts them."""
        return self.passed_s

    def sleep(self, seconds: float) -> None:
        """Wait: time passes, and nobody really waits."""
        self.advance(max(0.0, seconds))


def _set(offset_s: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('wrapups.clock_offset', %s, false)", [f"{offset_s:.6f} seconds"])

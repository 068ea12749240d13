"""Time that passes when a test says so."""

from datetime import datetime

from django.db import connection

from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.models.clock import app_now


class DatabaseClock:
    """The database's time on this connection.

    Within a test's transaction it stands still but for what a test advances it by.
    """

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def now(self) -> datetime:
        """Return what the database takes for now."""
        return app_now()

    def advance_database(self, seconds: float) -> None:
        """Let so many seconds pass for the database alone: quick, where the simulator is not asked."""
        self.ahead_s += seconds
        self._set(f"{self.ahead_s} seconds")

    def reset(self) -> None:
        """Go back to the real time."""
        if not connection.needs_rollback:
            self._set("")

    def _set(self, offset: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('wrapups.clock_offset', %s, false)", [offset])


class Clock(DatabaseClock):
    """The database's time and the simulator's, moved together."""

    def __init__(self, simulator: SimulatorControl) -> None:
        super().__init__()
        self.simulator = simulator

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.simulator.advance(seconds)
        self.advance_database(seconds)

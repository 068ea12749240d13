"""The services as a specification: real PostgreSQL, the real gateway, and the simulated Genesys Cloud behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from django.db import connection

from tests.services.centre import Centre, centre_at
from wrapups.genesys.gateway import GenesysGateway, connect
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.tokens import MemoryTokens
from wrapups.models.clock import app_now

DEADLINE_S = 1.0


@dataclass
class Clock:
    """The database's time on this connection, and the simulator's, moved together.

    Within a test's transaction the database's time stands still but for what a test advances it by.
    """

    simulator: SimulatorControl
    ahead_s: float = 0.0

    def now(self) -> datetime:
        """Return what the database takes for now."""
        return app_now()

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.ahead_s += seconds
        self.simulator.advance(seconds)
        self._set(f"{self.ahead_s} seconds")

    def reset(self) -> None:
        """Go back to the real time."""
        if not connection.needs_rollback:
            self._set("")

    def _set(self, offset: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('wrapups.clock_offset', %s, false)", [offset])


@pytest.fixture
def clock(db: None, simulator: SimulatorControl) -> Iterator[Clock]:
    """Time that passes when a test says so."""
    clock = Clock(simulator)
    yield clock
    clock.reset()


@pytest.fixture(scope="session")
def shared_token() -> MemoryTokens:
    """One token for all gateways of the run, as the simulator keeps it through its resets."""
    return MemoryTokens()


@pytest.fixture
def gateway(simulator: SimulatorControl, shared_token: MemoryTokens) -> Any:
    """The gateway as a worker has it, only less patient."""
    client = simulator.client()
    return connect(
        api_url=simulator.url,
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        tokens=shared_token,
        deadline_s=DEADLINE_S,
        clock=app_now,
    )


@pytest.fixture
def centre(clock: Clock, simulator: SimulatorControl, gateway: GenesysGateway) -> Centre:
    """An organization whose Genesys Cloud is the simulator."""
    return centre_at(simulator, gateway)

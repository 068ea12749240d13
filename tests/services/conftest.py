"""The services as a specification: real PostgreSQL, the real gateway, and the simulated Genesys Cloud behind it."""

from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.services.centre import Centre, centre_at
from tests.services.clock import Clock
from wrapups.genesys.gateway import GenesysGateway, connect
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.tokens import MemoryTokens
from wrapups.models.clock import app_now

DEADLINE_S = 1.0


@pytest.fixture
def clock(db: None, simulator: SimulatorControl) -> Iterator[Clock]:
    """Time that passes when a test says so."""
    clock = Clock(simulator)
    yield clock
    clock.reset()


@pytest.fixture(scope="session")
def shared_token() -> MemoryTokens:
    """One token for all gateways of the run, as the simulator keeps it through its resets.

    Loads the SDK, which takes seconds: PostgreSQL would end a test's transaction that stood idle meanwhile.
    """
    import_module("wrapups.genesys.sdk")
    return MemoryTokens()


@pytest.fixture
def gateway(simulator: SimulatorControl, shared_token: MemoryTokens) -> GenesysGateway:
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
    return centre_at(simulator, gateway, clock)

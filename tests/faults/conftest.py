"""What a fault test may ask for: an organization on real services, a witness, and processes to kill."""

from collections.abc import Callable

import pytest

from tests.services.centre import Centre
from tests.services.conftest import centre, clock, gateway, shared_token
from wrapups.genesys.gateway import GenesysGateway, connect
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.tokens import MemoryTokens
from wrapups.models.clock import app_now

__all__ = ["centre", "clock", "gateway", "shared_token"]

Connected = Callable[..., GenesysGateway]


@pytest.fixture
def connected(simulator: SimulatorControl, shared_token: MemoryTokens, gateway: GenesysGateway) -> Connected:
    """Make gateways with connections of their own, as patient as asked; all have the one token, which is there."""
    if shared_token.current() is None:
        gateway.wrapup_codes()
    client = simulator.client()

    def make(deadline_s: float = 0.4) -> GenesysGateway:
        return connect(
            api_url=simulator.url,
            client_id=client["client_id"],
            client_secret=client["client_secret"],
            tokens=shared_token,
            deadline_s=deadline_s,
            connect_timeout_s=deadline_s,
            clock=app_now,
        )

    return make


@pytest.fixture
def steady(centre: Centre) -> Centre:
    """The centre, whose readings stay fresh however much time a test lets pass."""
    centre.let(fresh_for_s=10**6)
    return centre

"""The gateway against the simulated Genesys Cloud, as a worker would connect it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from wrapups.genesys.gateway import GenesysGateway, connect
from wrapups.genesys.tokens import MemoryTokens

if TYPE_CHECKING:
    from wrapups.genesys.simulator.client import SimulatorControl

Connect = Callable[..., GenesysGateway]


@pytest.fixture
def connecting(simulator: "SimulatorControl") -> Connect:
    """Connect to the simulator with its own client; options go to `connect`."""
    client = simulator.client()

    def connected(**options: Any) -> GenesysGateway:
        defaults = {
            "api_url": simulator.url,
            "client_id": client["client_id"],
            "client_secret": client["client_secret"],
            "tokens": MemoryTokens(),
        }
        return connect(**(defaults | options))

    return connected


@pytest.fixture
def gateway(connecting: Connect) -> GenesysGateway:
    """A gateway with a token of its own, not yet asked for."""
    return connecting()

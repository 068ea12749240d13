"""The operations served, by area; importing this package registers them all in HANDLERS."""

from wrapups.genesys.simulator.call import HANDLERS
from wrapups.genesys.simulator.serving import (
    analytics,
    catalogue,
    conversations,
    identity,
    jobs,
    notifications,
    wrapups,
)

__all__ = ["HANDLERS", "analytics", "catalogue", "conversations", "identity", "jobs", "notifications", "wrapups"]

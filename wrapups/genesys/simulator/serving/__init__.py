"""The operations served, by area; importing this package registers them all."""

from wrapups.genesys.simulator.serving import analytics, catalogue, conversations, identity, jobs, wrapups

__all__ = ["analytics", "catalogue", "conversations", "identity", "jobs", "wrapups"]

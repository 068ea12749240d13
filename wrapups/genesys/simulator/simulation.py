"""The whole state of one simulated organization."""

from wrapups.genesys.simulator.arrivals import Arrivals
from wrapups.genesys.simulator.call_log import CallLog
from wrapups.genesys.simulator.channels import Channels
from wrapups.genesys.simulator.clients import Clients
from wrapups.genesys.simulator.clock import Clock
from wrapups.genesys.simulator.contact_centre import contact_centre
from wrapups.genesys.simulator.conversations import Conversations
from wrapups.genesys.simulator.details_jobs import Jobs
from wrapups.genesys.simulator.faults import Faults
from wrapups.genesys.simulator.ledger import Ledger
from wrapups.genesys.simulator.limits import RateLimiter
from wrapups.genesys.simulator.switches import Switches


class Simulation:
    """One organization: its catalogue, conversations, clients, switches and faults, and what was done to it."""

    def __init__(self, *, seed: int = 1) -> None:
        self.clock = Clock()
        self.clients = Clients(self.clock)
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Start afresh with an empty contact centre of this seed; tokens given out stay in force."""
        self.seed = seed
        self.clock.advanced_s = 0.0
        self.clients.reset()
        self.switches = Switches()
        self.catalogue = contact_centre(seed)
        self.conversations = Conversations(self.clock)
        self.generated = 0
        self.arrivals = Arrivals()
        self.jobs = Jobs()
        self.channels = Channels(self.clock)
        self.faults = Faults()
        self.ledger = Ledger()
        self.limiter = RateLimiter()
        self.calls = CallLog()

    def catch_up(self) -> None:
        """Let the conversations that have arrived by now begin."""
        for timeline in self.arrivals.due(self.clock.seconds(), self.catalogue, self.seed):
            self.conversations.add(timeline)

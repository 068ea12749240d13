"""The main job, once, without a browser: real services, worker and pump, and a checker that trusts nobody."""

import os
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.standalone import Patience, own_services, working
from wrapups.domain.status import LIVE, Status
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.simulator.process import running
from wrapups.management.showcase import crm, oracle, seeding
from wrapups.models import Assignment, Organization, Sweep
from wrapups.models.organizations import CALLS_PER_MINUTE
from wrapups.services import beating, discovering
from wrapups.tasks import gateway_to


@dataclass(frozen=True)
class Journey:
    """What to load, and how fast the simulated Genesys Cloud lets us go: `speed` times its real limit."""

    conversations: int
    files: Sequence[Path]
    speed: float
    at_most_s: float
    seed: int = 1

    def run(self) -> dict[str, Any]:
        """Return what happened, as the line `make journey` prints.

        Raises TimeoutError where it does not end in time, RuntimeError where a process of ours ends.
        """
        with ExitStack() as stack:
            environment = stack.enter_context(own_services())
            simulator = stack.enter_context(running(seed=self.seed, conversations=self.conversations))
            simulator.switch(rate_limit_window_s=60.0 / self.speed)
            organization = self._prepare(simulator)
            started = time.monotonic()
            team = stack.enter_context(working({**environment, "DISCOVER_EVERY_S": "5"}))
            self._go(organization, simulator, Patience(team, started + self.at_most_s))
            return report(organization, simulator, seconds=time.monotonic() - started)

    def _prepare(self, simulator: SimulatorControl) -> Organization:
        pace = {
            "calls_per_minute": round(CALLS_PER_MINUTE * self.speed),
            "grace_s": 0,
            "settle_s": max(1, round(5 / self.speed)),
        }
        organization = seeding.seed(simulator, password=os.urandom(12).hex(), acw_recheck_s=1, **pace)
        crm.tell(organization, simulator, told=set())
        return organization

    def _go(self, organization: Organization, simulator: SimulatorControl, patience: Patience) -> None:
        for file in self.files:
            loaded = simulator.load_file(file)
            discovering.look_at(organization, loaded, gateway=gateway_to(organization))
        while not has_looked(organization):
            patience.wait("the worker has not looked for ended conversations")
        finish_after_call_work(simulator)
        while has_pending(organization):
            patience.wait("assignments are still on their way")


def report(organization: Organization, simulator: SimulatorControl, *, seconds: float) -> dict[str, Any]:
    """Return the figures of a finished journey. `wrong` is the simulator's own view, not ours."""
    rows = Assignment.everywhere.filter(organization=organization)
    by_status = Counter(rows.values_list("status", flat=True))
    calls = simulator.calls()
    verified = by_status[Status.VERIFIED]
    return {
        "ended": len({row["conversation_id"] for row in simulator.state() if row["ended_at"]}),
        "assignments": rows.count(),
        "verified": verified,
        "skipped": dict(Counter(rows.filter(status=Status.SKIPPED).values_list("reason", flat=True))),
        "failed": by_status[Status.FAILED] + by_status[Status.CONFLICT],
        "calls": calls["calls"],
        "writes": len(simulator.ledger()) - _by_agents(simulator),
        "calls_per_wrapup": round(calls["calls"] / verified, 3) if verified else None,
        "max_calls_in_60s": calls["max_calls_in_60s"],
        "rate_limited": calls["rate_limited"],
        "alive": sorted(kind.value for kind in beating.last_beats()),
        "wrong": len(oracle.wrong_communications(simulator)),
        "seconds": round(seconds, 1),
    }


def finish_after_call_work(simulator: SimulatorControl) -> None:
    """Let the agents who still have after-call work choose the first code their queue offers."""
    offers = {queue["id"]: queue["code_ids"] for queue in simulator.catalogue()["queues"]}
    for row in simulator.state():
        if row["purpose"] == "agent" and row["acw"] == "pending" and offers.get(row["queue_id"]):
            simulator.agent_sets_code(row["conversation_id"], row["communication_id"], offers[row["queue_id"]][0])


def has_looked(organization: Organization) -> bool:
    """Return whether ended conversations have been looked for."""
    return organization.sweeps.filter(kind=Sweep.Kind.DISCOVER).exclude(succeeded_at=None).exists()


def has_pending(organization: Organization) -> bool:
    """Return whether any assignment is still on its way."""
    return Assignment.everywhere.filter(organization=organization, status__in=LIVE).exists()


def _by_agents(simulator: SimulatorControl) -> int:
    return sum(entry["by"] == "agent" for entry in simulator.ledger())

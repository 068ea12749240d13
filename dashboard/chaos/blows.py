"""What each blow does: to processes, to services, on the wire, and what agents do meanwhile."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import redis
from django.db import InterfaceError, OperationalError, connection

from dashboard.chaos import team
from dashboard.chaos.nemesis import Blow, Kind
from dashboard.chaos.team import Member, Team
from dashboard.chaos.work import AGENTS_CHOICE, Work
from dashboard.embedded import postgres, valkey
from dashboard.embedded.places import Places
from wrapups.domain.status import Status
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.models import Assignment, Organization
from wrapups.services import pausing
from wrapups.services.auditing import Actor

WRITES, READS, BULK_READS = ["POST */wrapup"], ["GET */wrapup"], ["GET */conversations/details", "POST */details/query"]
STORM_S, RETRY_AFTER_S = 3.0, 4
PAUSE_S = 4.0
DATABASE_PATIENCE_S = 60.0

T = TypeVar("T")
Undo = tuple[float, Callable[[], None]]
"""In how many seconds what shall be undone, and how."""


def trouble_the_wire(simulator: SimulatorControl, *, seed: int, deadline_s: float) -> None:
    """Let calls go wrong from now on, about a fifth of the writes and fewer of the reads; half of those writes land."""
    outlives = {"seconds": deadline_s + 1.5}
    for mode, operations, rate, more in (
        ("hang_after", WRITES, 0.04, {"seconds": deadline_s * 2}),
        ("late_apply", WRITES, 0.02, outlives),
        ("reset_after", WRITES, 0.03, {}),
        ("reset_before", WRITES, 0.02, {}),
        ("e500_after", WRITES, 0.03, {}),
        ("e500_before", WRITES, 0.03, {}),
        ("malformed", WRITES, 0.02, {}),
        ("slow_drip", WRITES, 0.01, {"seconds": 0.01}),
        ("reset_before", READS, 0.03, {}),
        ("e500_before", READS, 0.03, {}),
        ("malformed", READS, 0.02, {}),
        ("e500_before", BULK_READS, 0.03, {}),
    ):
        simulator.fault(mode, operations=operations, rate=rate, seed=seed, **more)


@dataclass
class Blows:
    """Strikes at one run's product. `frozen_s` is how long a frozen worker stays so: longer than a lease."""

    team: Team
    places: Places
    simulator: SimulatorControl
    organization: Organization
    actor: Actor
    work: Work
    frozen_s: float
    fallen: list[Kind] = field(default_factory=list)
    pauses: list[tuple[float, float]] = field(default_factory=list)
    """When a person paused all calls and let them go on, in seconds after 1970."""

    def strike(self, blow: Blow) -> Undo | None:
        """Let one blow fall; return what is to be undone later, if anything."""
        self.fallen.append(blow.kind)
        return self._strokes[blow.kind](blow.chance)

    def relent(self) -> None:
        """Undo everything that lasts: let all run, all calls through, all services up."""
        self.simulator.clear_faults()
        for member in self.team.members:
            team.thaw(member)
        postgres.start(self.places)
        valkey.start(self.places)

    @property
    def _strokes(self) -> Mapping[Kind, Callable[[float], Undo | None]]:
        return {
            Kind.KILL_WORKER: lambda chance: team.kill(self._member("worker", chance)),
            Kind.KILL_PUMP: lambda chance: team.kill(self._member("pump", chance)),
            Kind.FREEZE_WORKER: lambda chance: self._freeze(self._member("worker", chance)),
            Kind.FLUSH_BROKER: lambda _: self._flush_broker(),
            Kind.KILL_BROKER: lambda _: self._kill_broker(),
            Kind.CRASH_DATABASE: lambda _: self._crash_database(),
            Kind.THROTTLE: lambda _: self._throttle(),
            Kind.EXPIRE_TOKENS: lambda _: self._expire_tokens(),
            Kind.PAUSE: lambda _: self._pause(),
            Kind.AGENT_CHOOSES: self._agent_chooses,
        }

    def _member(self, kind: str, chance: float) -> Member:
        members = self.team.of(kind)
        return members[int(chance * len(members)) % len(members)]

    def _freeze(self, member: Member) -> Undo:
        team.freeze(member)
        return self.frozen_s, lambda: team.thaw(member)

    def _flush_broker(self) -> None:
        with self._broker() as broker:
            broker.flushall()

    def _kill_broker(self) -> None:
        """Kill it and start it empty: not even its log of what was written is left."""
        with self._broker() as broker:
            process_id = int(broker.info("server")["process_id"])
        os.kill(process_id, signal.SIGKILL)
        _wait_until(lambda: not valkey.is_running(self.places))
        shutil.rmtree(self.places.valkey / "appendonlydir", ignore_errors=True)
        valkey.start(self.places)

    def _broker(self) -> redis.Redis:
        return redis.Redis(unix_socket_path=str(self.places.valkey_socket), socket_timeout=5)

    def _crash_database(self) -> None:
        """End PostgreSQL as `pg_ctl stop -m immediate` does: no farewell, no checkpoint; it recovers from its log."""
        postmaster = int((self.places.postgres / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        _wait_until(lambda: not postgres.is_running(self.places))
        postgres.start(self.places)

    def _throttle(self) -> Undo:
        storm = self.simulator.fault("r429", retry_after=str(RETRY_AFTER_S))
        return STORM_S, lambda: self.simulator.clear_faults(storm)

    def _expire_tokens(self) -> None:
        self.simulator.expire_tokens()

    def _pause(self) -> Undo:
        persistently(lambda: pausing.hold(self.organization, actor=self.actor, reason="The nemesis wants it so."))
        began = time.time()

        def go_on() -> None:
            self.pauses.append((began, time.time()))
            persistently(lambda: pausing.resume(self.organization, actor=self.actor))

        return PAUSE_S, go_on

    def _agent_chooses(self, chance: float) -> None:
        """Let an agent choose another code: where we wait for the outcome of a write, if anywhere, else on any leg."""
        in_doubt = persistently(self._in_doubt)
        legs = in_doubt or self.work.legs
        conversation_id, communication_id = legs[int(chance * len(legs)) % len(legs)]
        self.simulator.agent_sets_code(conversation_id, communication_id, self.simulator.code_id(AGENTS_CHOICE))

    def _in_doubt(self) -> list[tuple[str, str]]:
        rows = Assignment.everywhere.of(self.organization).filter(status__in=[Status.UNKNOWN, Status.SENDING])
        keys = ("communication__conversation__conversation_id", "communication__communication_id")
        return list(rows.order_by("pk").values_list(*keys))


def persistently(act: Callable[[], T]) -> T:
    """Return what `act` returns, once the database is there for it; a minute is enough for any restart."""
    patience = time.monotonic() + DATABASE_PATIENCE_S
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            if time.monotonic() > patience:
                raise
            connection.close()
            time.sleep(0.3)


def _wait_until(holds: Callable[[], bool], *, within_s: float = 30.0) -> None:
    patience = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > patience:
            raise TimeoutError("A killed service did not end.")
        time.sleep(0.05)

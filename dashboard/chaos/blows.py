"""What each blow does: to processes, to services, to all calls at once, and what agents do meanwhile."""

import os
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TypeVar

import redis
from django.db import InterfaceError, OperationalError, connection

from dashboard.chaos import team, troubles
from dashboard.chaos.nemesis import Blow, Kind
from dashboard.chaos.team import Member, Team
from dashboard.chaos.work import AGENTS_CHOICE, Work
from dashboard.embedded import postgres, valkey
from dashboard.embedded.places import Places
from wrapups.domain.status import IllegalMove, Status
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.models import Assignment, Organization
from wrapups.services import pausing, retrying
from wrapups.services.auditing import Actor

STORM_S, RETRY_AFTER_S = 3.0, 4
PAUSE_S = 4.0
DATABASE_PATIENCE_S = 60.0
MAY_MISS = (Kind.RETRY, Kind.INSIST)
"""The blows that need something which waits for a person."""

T = TypeVar("T")
Undo = tuple[float, Callable[[], None]]
"""In how many seconds what shall be undone, and how."""


class Missed(Exception):
    """There is nothing that this blow could strike now."""


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
    struck: Counter[str] = field(default_factory=Counter)
    """How often each kind of blow fell, and each trouble of the wire struck a call."""
    pauses: list[tuple[float, float]] = field(default_factory=list)
    """When a person paused all calls and let them go on, in seconds after 1970."""

    def strike(self, blow: Blow) -> Undo | None:
        """Let one blow fall, if there is anything to strike; return what is to be undone later, if anything."""
        try:
            undo = self._strokes[blow.kind](blow.chance)
        except Missed:
            return None
        self.struck[blow.kind.value] += 1
        return undo

    def strike_the_rest(self) -> bool:
        """Strike with each kind that found nothing to strike so far; return whether every kind has fallen by now."""
        for kind in (kind for kind in MAY_MISS if not self.struck[kind.value]):
            self.strike(Blow(0.0, kind, 0.0))
        return all(self.struck[kind.value] for kind in MAY_MISS)

    def relent(self) -> None:
        """Undo everything that lasts: let all run, all calls through, all services up."""
        self.struck += troubles.met(self.simulator)
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
            Kind.REFUSE: lambda _: self._refuse(),
            Kind.RETRY: lambda _: self._retry(),
            Kind.INSIST: self._insist,
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

    def _refuse(self) -> None:
        """Let Genesys refuse one write for good: its row fails, and waits for a person."""
        self.simulator.fault("status", status=400, operations=troubles.OPERATIONS[troubles.WRITES], count=1)

    def _retry(self) -> None:
        """Let a person retry everything that has failed."""
        failed = self._waiting(Status.FAILED)
        why = "The nemesis wants it so."
        persistently(lambda: retrying.retry_all(self.organization, failed, actor=self.actor, reason=why))

    def _insist(self, chance: float) -> None:
        """Let a person put our code in place of one that an agent chose."""
        waiting = self._waiting(Status.CONFLICT)
        row = persistently(lambda: Assignment.everywhere.get(pk=waiting[int(chance * len(waiting)) % len(waiting)]))
        with suppress(IllegalMove):  # where it was done, and only the word of it was lost
            persistently(lambda: retrying.insist(row, actor=self.actor, reason="The nemesis wants it so."))

    def _waiting(self, status: Status) -> list[int]:
        rows = Assignment.everywhere.of(self.organization).filter(status=status).order_by("pk")
        waiting = persistently(lambda: list(rows.values_list("pk", flat=True)))
        if not waiting:
            raise Missed
        return waiting

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

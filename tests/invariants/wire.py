"""The way between workers and Genesys Cloud: the real gateway over real HTTP, with a fate for each call."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from tests.invariants.model import Basis
from tests.invariants.steering import Steering
from wrapups.domain.conversation import CommunicationRef, ConversationSeen, EndedPage, Wrapup
from wrapups.domain.errors import GenesysError, RateLimited, Unclear, Unsent
from wrapups.genesys.gateway import GenesysGateway
from wrapups.genesys.simulator.client import Row, SimulatorControl

TRAVELS_AT_MOST_S = 20.0
"""No request is on its way for longer than the deadline of its call (GENESYS_DEADLINE_S)."""
QUIET_S = 40


class Fate(StrEnum):
    """What becomes of one call."""

    ANSWERED = "answered"
    LOST_REQUEST = "reset_before"
    LOST_ANSWER = "reset_after"
    FAILED_BEFORE = "e500_before"
    FAILED_AFTER = "e500_after"
    MALFORMED = "malformed"
    THROTTLED = "r429"
    REFUSED = "400"
    CONFLICT = "409"
    DROPPED = "accept_but_drop"
    NEVER_LEFT = "never left"
    TRAVELS = "arrives after its worker has stopped waiting"


FAULTS: Mapping[Fate, Row] = {
    **{fate: {"mode": fate.value} for fate in Fate},
    Fate.THROTTLED: {"mode": "r429", "retry_after": str(QUIET_S)},
    Fate.REFUSED: {"mode": "status", "status": 400},
    Fate.CONFLICT: {"mode": "status", "status": 409},
}
OUR_OWN = frozenset({Fate.ANSWERED, Fate.NEVER_LEFT, Fate.TRAVELS})


@dataclass(frozen=True, slots=True)
class Travelling:
    """A write that is still on its way."""

    latest_s: float
    write: Callable[[], None]


class Wire:
    """What services take for the gateway. Keeps what the invariants ask about: when, about whom, and who looked."""

    def __init__(self, gateway: GenesysGateway, simulator: SimulatorControl, steering: Steering) -> None:
        self.granted_at: list[float] = []
        """When a call was granted: each claim, and, as they are made, bulk readings."""
        self.asked_about: set[str] = set()
        self.travelling: list[Travelling] = []
        self.looked_at: dict[str, int] = {}
        """Conversation id: when, counted in events, a reading last showed it."""
        self.throttled = 0
        self.fate = Fate.ANSWERED
        """Of the next call; the one after it is answered."""
        self.basis = Basis()
        """What the next write rests on."""
        self.events = 0
        self.on_throttled: Callable[[], None] = lambda: None
        self.on_written: Callable[[CommunicationRef, Basis], None] = lambda _ref, _basis: None
        self._gateway, self._simulator, self._steering = gateway, simulator, steering

    def granted(self) -> None:
        """Note that a call has just been granted."""
        self.granted_at.append(self._steering.now().timestamp())

    def tick(self) -> int:
        """Return the number of the next event."""
        self.events += 1
        return self.events

    # What services call

    def conversations(self, conversation_ids: Sequence[str]) -> tuple[ConversationSeen, ...]:
        self.granted()
        seen: tuple[ConversationSeen, ...] = self._call(
            conversation_ids, lambda: self._gateway.conversations(conversation_ids)
        )
        self.looked([each.conversation_id for each in seen])
        return seen

    def conversation(self, conversation_id: str) -> ConversationSeen:
        self.granted()
        seen: ConversationSeen = self._call([conversation_id], lambda: self._gateway.conversation(conversation_id))
        self.looked([conversation_id])
        return seen

    def ended_conversations(self, *, since: datetime, until: datetime, page: int, page_size: int = 100) -> EndedPage:
        self.granted()
        found: EndedPage = self._call(
            [], lambda: self._gateway.ended_conversations(since=since, until=until, page=page, page_size=page_size)
        )
        self.looked([each.conversation_id for each in found.conversations])
        return found

    def read_wrapup(self, ref: CommunicationRef) -> Wrapup | None:
        found: Wrapup | None = self._call([ref.conversation_id], lambda: self._gateway.read_wrapup(ref))
        self.looked([ref.conversation_id])
        return found

    def apply_wrapup(
        self, ref: CommunicationRef, code_id: str, *, notes: str = "", disable_end_time_updates: bool = True
    ) -> None:
        basis = self.basis

        def write() -> None:
            try:
                self._gateway.apply_wrapup(ref, code_id, notes=notes, disable_end_time_updates=disable_end_time_updates)
            finally:
                self.on_written(ref, basis)

        self._call([ref.conversation_id], write)

    # What becomes of it

    def land(self, within_s: float = float("inf")) -> None:
        """Let the writes arrive that must within so many seconds. Nobody hears the answer."""
        until = self._steering.passed_s + within_s
        due = [each for each in self.travelling if each.latest_s <= until]
        self.travelling = [each for each in self.travelling if each.latest_s > until]
        for each in due:
            try:
                each.write()
            except GenesysError:
                continue

    def _call(self, about: Sequence[str], call: Callable[[], Any]) -> Any:
        fate, self.fate = self.fate, Fate.ANSWERED
        self.asked_about |= set(about)
        if fate is Fate.NEVER_LEFT:
            raise Unsent("Genesys Cloud could not be reached.")
        if fate is Fate.TRAVELS:
            self.travelling.append(Travelling(self._steering.passed_s + TRAVELS_AT_MOST_S, call))
            raise Unclear("Genesys Cloud gave no complete answer.")
        if fate not in OUR_OWN:
            self._simulator.fault(**{"operations": ["*/wrapup", "GET *details"], "count": 1} | FAULTS[fate])
        try:
            return call()
        except RateLimited:
            self.throttled += 1
            self.on_throttled()
            raise
        finally:
            if fate not in OUR_OWN:
                self._simulator.clear_faults()

    def looked(self, conversation_ids: Iterable[str]) -> None:
        """Note that a reading has just shown these conversations."""
        now = self.tick()
        self.looked_at |= dict.fromkeys(conversation_ids, now)

"""What workers do: three claim, call and store in steps of their own, and may die or freeze between any two."""

from typing import Any

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.invariants.ground import WORKERS
from tests.invariants.judging import Judged
from tests.invariants.wire import Fate
from wrapups.domain.retry import NextStep, after_crash
from wrapups.services import dispatching
from wrapups.services.dispatching import recover_expired

PAST_THE_LEASE_S = 95.0
LOOKS_AGAIN_S = 3.0
TROUBLE = tuple(fate for fate in Fate if fate is not Fate.ANSWERED)

workers = st.sampled_from(WORKERS)
fates = st.one_of(st.just(Fate.ANSWERED), st.sampled_from(Fate))


class Workers(Judged):
    """Alone, among others, and given up for dead."""

    @precondition(lambda self: self._any("pending", "unknown"))
    @rule(worker=workers)
    def claim(self, worker: str) -> None:
        self._claim(worker)

    @precondition(lambda self: any(not hand.answered for hand in self.model.hands.values()))
    @rule(fate=fates)
    def call(self, fate: Fate) -> None:
        self._call(next(name for name, hand in self.model.hands.items() if not hand.answered), fate)

    @precondition(lambda self: any(hand.answered for hand in self.model.hands.values()))
    @rule()
    def store(self) -> None:
        self._store(next(name for name, hand in self.model.hands.items() if hand.answered))

    @precondition(lambda self: self._any("pending", "unknown"))
    @rule(worker=workers, fate=fates)
    def work(self, worker: str, fate: Fate) -> None:
        """A worker that nothing interrupts."""
        self._work(worker, fate)

    @precondition(lambda self: self._any("pending", "unknown"))
    @rule(worker=workers, fate=st.sampled_from(TROUBLE), looks=st.integers(0, 3), agent=st.booleans())
    def work_in_trouble(self, worker: str, fate: Fate, looks: int, agent: bool) -> None:
        """A call that goes wrong, an agent who may choose meanwhile, and then, a few times, whatever is due."""
        self._work(worker, fate)
        if agent:
            self._agent_chooses(self._leg_in_doubt() or self._leg(0))
        for _ in range(looks):
            self.steering.advance(LOOKS_AGAIN_S)
            self._work_off(worker)

    @precondition(lambda self: self._any("unknown", "applied"))
    @rule(worker=workers)
    def settle(self, worker: str) -> None:
        """The settle time passes, and what was unclear is read."""
        self.steering.advance(self.organization.settle_s + LOOKS_AGAIN_S)
        self._work_off(worker)

    @precondition(lambda self: self.model.hands)
    @rule()
    def die(self) -> None:
        self.model.hands.pop(next(iter(self.model.hands)))

    @precondition(lambda self: self.model.hands)
    @rule(other=workers, stores=st.booleans(), fate=fates)
    def freeze(self, other: str, stores: bool, fate: Fate) -> None:
        """A worker stands still until it is given up and, it may be, another has its row; then it may go on."""
        frozen = next(iter(self.model.hands))
        if not self.model.hands[frozen].answered:
            self._call(frozen, fate)
        self.steering.advance(PAST_THE_LEASE_S)
        self._take_back()
        self.steering.advance(self.organization.settle_s + 3.0)
        self._claim(other)
        if stores and frozen in self.model.hands and self.model.hands[frozen].answered:
            self._store(frozen)

    @precondition(lambda self: self.model.hands)
    @rule(other=workers)
    def take_back_twice_at_once(self, other: str) -> None:
        """While one looks at what has expired, another takes it back, and then a worker claims it."""
        frozen = self.model.hands.pop(next(iter(self.model.hands)))
        self.steering.advance(PAST_THE_LEASE_S)

        def meanwhile(*effort: Any, **options: Any) -> NextStep:
            self._patched.setattr(dispatching, "after_crash", after_crash)
            self._take_back()
            self.steering.advance(self.organization.settle_s + LOOKS_AGAIN_S)
            self._claim(other)
            return after_crash(*effort, **options)

        self._patched.setattr(dispatching, "after_crash", meanwhile)
        recover_expired(self.organization)
        self._patched.setattr(dispatching, "after_crash", after_crash)
        event(f"taken back twice: {frozen.claim.kind}")

    @precondition(lambda self: self._any("sending"))
    @rule()
    def take_back(self) -> None:
        self._take_back()

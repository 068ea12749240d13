"""Everything that may happen to an organization, in any order, one step at a time.

The services are the real ones, on PostgreSQL, through the real gateway and HTTP, against the simulator. Three workers
claim, call and store in steps of their own, so that each may die or freeze between any two of them.
"""

from datetime import timedelta
from typing import Any

from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.invariants.ground import WORKERS
from tests.invariants.judging import BURST, Judged
from tests.invariants.model import RULEBOOKS, SALE, Said
from tests.invariants.wire import Fate
from wrapups.domain.retry import NextStep, after_crash
from wrapups.domain.status import Status
from wrapups.models import Assignment, CallBudget, Organization, Sweep
from wrapups.services import (
    catching_up,
    deciding,
    discovering,
    dispatching,
    overseeing,
    pausing,
    refreshing,
    retrying,
    verifying,
)
from wrapups.services.dispatching import recover_expired
from wrapups.services.intake import record_disposition
from wrapups.services.rulebook import in_force

MOST_LEGS = 5
PAST_THE_LEASE_S = 95.0
LOOKS_AGAIN_S = 3.0

workers = st.sampled_from(WORKERS)
fates = st.one_of(st.just(Fate.ANSWERED), st.sampled_from(Fate))
TROUBLE = tuple(fate for fate in Fate if fate is not Fate.ANSWERED)
BULK_FATES = (Fate.ANSWERED, Fate.ANSWERED, Fate.THROTTLED, Fate.FAILED_BEFORE, Fate.MALFORMED)


class Delivery(Judged):
    """One organization's work; `centre` is what each example starts from and leaves as it was."""

    @initialize(
        per_minute=st.sampled_from([12, 60, 285]), book=st.sampled_from(sorted(RULEBOOKS)), read_first=st.booleans()
    )
    def connect(self, per_minute: int, book: str, read_first: bool) -> None:
        """An organization of some pace, with its first rules and two calls that have ended."""
        since = self.steering.now() - timedelta(days=1)
        Organization.objects.filter(pk=self.organization.pk).update(
            calls_per_minute=per_minute, burst=BURST, read_first=read_first, apply_from=since
        )
        CallBudget.objects.filter(organization=self.organization).update(tokens=BURST, tokens_at=self.steering.now())
        Sweep.objects.filter(organization=self.organization).update(due_at=self.steering.now())
        self.organization.refresh_from_db()
        self._publish(book)
        self._a_call("plain")
        self._a_call("plain")
        self.discover()

    # What happens in the contact centre

    @precondition(lambda self: len(self.model.legs) < MOST_LEGS)
    @rule(kind=st.sampled_from(["plain", "plain", "coded", "in after-call work", "still going on"]))
    def a_call(self, kind: str) -> None:
        self._a_call(kind)

    @precondition(lambda self: self.model.legs)
    @rule(place=st.integers(0, MOST_LEGS - 1))
    def its_agent_chooses(self, place: int) -> None:
        self._agent_chooses(self._leg(place))

    @precondition(lambda self: self.model.legs)
    @rule(place=st.integers(0, MOST_LEGS - 1), event=st.integers(1, 3), sale=st.booleans(), ago_s=st.integers(0, 600))
    def the_crm_speaks(self, place: int, event: int, sale: bool, ago_s: int) -> None:
        """Says something new, or, by the same event id, again: then with other words, which change nothing."""
        leg = self._leg(place)
        said_at = self.steering.now() - timedelta(seconds=ago_s, microseconds=len(self.model.said))
        said = Said(f"{leg.conversation_id}/{event}", leg.conversation_id, SALE if sale else "service", said_at)
        created = record_disposition(
            self.organization,
            source="crm",
            event_id=said.event_id,
            conversation_id=leg.conversation_id,
            code=said.code,
            said_at=said.said_at,
        )
        assert created == (said.event_id not in self.model.said), (
            "I14: a repetition was taken for news, or news for one"
        )
        self.model.said.setdefault(said.event_id, said)

    # What workers do

    @precondition(lambda self: self.model.legs)
    @rule()
    def discover(self) -> None:
        discovering.discover(self.organization, gateway=self.wire)

    @precondition(lambda self: self.model.legs)
    @rule()
    def reconcile(self) -> None:
        catching_up.reconcile(self.organization, gateway=self.wire)

    @precondition(lambda self: self.model.legs)
    @rule(places=st.lists(st.integers(0, MOST_LEGS - 1), min_size=1, max_size=4), twice=st.booleans())
    def read_again(self, places: list[int], twice: bool) -> None:
        """Readings of what may be known, in any order and more than once: as doorbells that ring twice have it."""
        seen = self.centre.gateway.conversations(sorted({self._leg(place).conversation_id for place in places}))
        release = in_force(self.organization)
        assert release is not None
        self.wire.looked(each.conversation_id for each in seen)
        deciding.decide(self.organization, release, [*reversed(seen), *(seen if twice else ())])
        again = deciding.decide(self.organization, release, seen)
        assert again == 0, f"I14: deciding the same readings again made {again} decisions"

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

    @precondition(lambda self: self._any("pending"))
    @rule()
    def refresh(self) -> None:
        refreshing.refresh(self.organization, gateway=self.wire)

    @precondition(lambda self: self._any("applied"))
    @rule(fate=st.sampled_from(BULK_FATES))
    def verify(self, fate: Fate) -> None:
        self.wire.fate = fate
        verifying.verify(self.organization, gateway=self.wire, worker="verifier")
        self.wire.fate = Fate.ANSWERED

    @precondition(lambda self: self._any("verified"))
    @rule()
    def oversee(self) -> None:
        overseeing.oversee(self.organization, gateway=self.wire, worker="overseer", every_s=60)

    @precondition(lambda self: self._any("sending"))
    @rule()
    def take_back(self) -> None:
        self._take_back()

    # What people do

    @precondition(lambda self: self.model.rows)
    @rule(book=st.sampled_from(sorted(RULEBOOKS)))
    def publish(self, book: str) -> None:
        self._publish(book)

    @precondition(lambda self: not self.model.held and self._any("pending", "unknown"))
    @rule()
    def pause(self) -> None:
        pausing.hold(self.organization, actor=self.actor, reason="Maintenance")
        self.model.held = True

    @precondition(lambda self: self.model.held)
    @rule()
    def resume(self) -> None:
        self._resume()

    @precondition(lambda self: self._any("conflict"))
    @rule()
    def insist(self) -> None:
        row = next(row for row in self.model.rows.values() if row.status == Status.CONFLICT)
        retrying.insist(Assignment.everywhere.get(pk=row.pk), actor=self.actor, reason="We know better")
        self.model.agents_chose.pop(row.communication_id, None)
        self.model.insisted_on.add(row.communication_id)

    @precondition(lambda self: self._any("failed"))
    @rule()
    def retry(self) -> None:
        row = next(row for row in self.model.rows.values() if row.status == Status.FAILED)
        new = retrying.retry(Assignment.everywhere.get(pk=row.pk), actor=self.actor, reason="Mended")
        self._sent_again([row], [new])

    @precondition(lambda self: self._any("failed"))
    @rule()
    def retry_all(self) -> None:
        """I15: every row asked for is accounted for; what may have been written is read; asking again does nothing."""
        asked = list(self.model.rows)
        failed = [row for row in self.model.rows.values() if row.status == Status.FAILED]
        done = retrying.retry_all(self.organization, asked, actor=self.actor, reason="Mended")
        again = retrying.retry_all(self.organization, asked, actor=self.actor, reason="Mended")
        after = self._rows(self.organization)
        assert done.sent_again + done.read_first + done.left_alone == len(asked), f"I15: {done} for {len(asked)} rows"
        assert done.sent_again + done.read_first == len(failed), f"I15: {done} for {len(failed)} failed rows"
        assert again.left_alone == len(asked), f"I15: asked twice, {again}"
        self._sent_again(failed, [Status(after[row.pk].status) for row in failed])

    @precondition(lambda self: self._any("pending", "failed", "conflict"))
    @rule(place=st.integers(0, MOST_LEGS - 1))
    def cancel(self, place: int) -> None:
        rows = [row for row in self.model.rows.values() if row.status in {"pending", "failed", "conflict"}]
        row = Assignment.everywhere.get(pk=rows[place % len(rows)].pk)
        retrying.cancel(row, actor=self.actor, reason="Not this one")

    # Time

    @rule(seconds=st.sampled_from([3.0, 12.0, 33.0, 64.0, 100.0, 400.0, 1000.0]))
    def time_passes(self, seconds: float) -> None:
        self.steering.advance(seconds)

    @precondition(lambda self: self.wire.travelling)
    @rule()
    def what_travels_arrives(self) -> None:
        self.wire.land()

    @precondition(lambda self: not (self.model.hands or self.wire.travelling or self.steering.jumped_s))
    @rule(seconds=st.sampled_from([120.0, 3600.0]))
    def the_clock_of_the_database_jumps(self, seconds: float) -> None:
        self.steering.jump(seconds)

"""Everything that may happen to an organization, in any order, one step at a time.

The services are the real ones, on PostgreSQL, through the real gateway and HTTP, against the simulator. Three workers
claim, call and store in steps of their own, so that each may die or freeze between any two of them.
"""

import sys
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dashboard.chaos.evidence import Evidence, ledger_of, stories_of
from tests.factories import AssignmentFactory, MembershipFactory
from tests.invariants import checks
from tests.invariants.model import AGENTS_OWN, COLUMNS, RULEBOOKS, SALE, Hand, Leg, Model, Row, Said, row_of
from tests.invariants.steering import Steering
from tests.invariants.wire import QUIET_S, Fate, Wire
from tests.services.centre import Centre
from wrapups.domain.conversation import CommunicationRef, Wrapup
from wrapups.domain.errors import GenesysError, RateLimited, Refused, Unsent
from wrapups.domain.retry import NextStep, after_crash
from wrapups.domain.status import LIVE, Status
from wrapups.models import Assignment, AuditEntry, CallBudget, Organization, Release, Sweep
from wrapups.services import (
    applying,
    budgeting,
    catching_up,
    deciding,
    discovering,
    dispatching,
    overseeing,
    pausing,
    publishing,
    refreshing,
    releasing,
    retrying,
    verifying,
)
from wrapups.services.auditing import Actor
from wrapups.services.dispatching import Claim, Stale, claim_next, recover_expired
from wrapups.services.intake import record_disposition
from wrapups.services.rulebook import in_force

WORKERS = ("one", "two", "three")
MOST_LEGS = 5
BURST = 3
ROUNDS = 60
QUIET_ROUND_S = 130.0
PAST_THE_LEASE_S = 95.0
LOOKS_AGAIN_S = 3.0
AT_ONCE = 4

workers = st.sampled_from(WORKERS)
fates = st.one_of(st.just(Fate.ANSWERED), st.sampled_from(Fate))
TROUBLE = tuple(fate for fate in Fate if fate is not Fate.ANSWERED)
BULK_FATES = (Fate.ANSWERED, Fate.ANSWERED, Fate.THROTTLED, Fate.FAILED_BEFORE, Fate.MALFORMED)


class AnswerKept(BaseException):
    """The call is made; its worker has yet to store the answer."""


class OneCall:
    """A worker's door: makes the call, and leaves the worker standing before what it does with the answer."""

    def __init__(self, wire: Wire, hand: Hand) -> None:
        self._wire, self._hand = wire, hand

    def apply_wrapup(
        self, ref: CommunicationRef, code_id: str, *, notes: str = "", disable_end_time_updates: bool = True
    ) -> None:
        try:
            self._wire.apply_wrapup(ref, code_id, notes=notes, disable_end_time_updates=disable_end_time_updates)
        except GenesysError as error:
            self._hand.error = error
        raise AnswerKept

    def read_wrapup(self, ref: CommunicationRef) -> Wrapup | None:
        try:
            self._hand.seen = self._wire.read_wrapup(ref)
        except GenesysError as error:
            self._hand.error = error
        raise AnswerKept


def require(number: str, broken: Iterable[str]) -> None:
    """Fail with the invariant's number and what broke it, if anything did."""
    words = list(broken)
    assert not words, f"{number}: {'; '.join(words[:5])}"


class Delivery(RuleBasedStateMachine):
    """One organization's work; `centre` is what each example starts from and leaves as it was."""

    centre: ClassVar[Centre]

    def __init__(self) -> None:
        super().__init__()
        centre = self.centre
        self._example = transaction.atomic()
        self._example.__enter__()
        centre.simulator.reset()
        self.simulator = centre.simulator
        self.steering = Steering(self.simulator)
        self.wire = Wire(centre.gateway, self.simulator, self.steering)
        self.steering.before = self.wire.land
        self.wire.on_throttled, self.wire.on_written = self._told_to_be_quiet, self._written
        self._patched = pytest.MonkeyPatch()
        for module in (budgeting, dispatching, applying):
            self._patched.setattr(module, "time", self.steering)
        self.organization = Organization.objects.get(pk=centre.organization.pk)
        self.model = Model()
        self.actor = Actor(MembershipFactory(organization=self.organization).person, "a test")
        self.other = AssignmentFactory(due_at=self.steering.now() - timedelta(days=1))
        self._before_other = self._rows(self.other.organization)[self.other.pk]
        self._before: dict[int, Row] = {}
        self._audited = 0

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
        pausing.resume(self.organization, actor=self.actor)
        self.model.held = False

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

    # What must hold

    @invariant()
    def each_step_is_sound(self) -> None:
        model, organization = self.model, self.organization
        before, model.rows = self._before, self._rows(organization)
        require("I1", checks.every_leg_has_one_intent(model, organization))
        require("I7", checks.one_lease_at_most(before, model))
        require("I7", checks.whoever_holds_a_lease_holds_it(model, self.steering.now()))
        require("I14", checks.order_makes_no_difference(model))
        require("I16", checks.what_was_sent_keeps_its_code(before, model))
        require("I17", checks.the_audit_of_a_step(before, model, organization, self._audited))
        self._before, self._audited = model.rows, AuditEntry.objects.order_by("-pk").values_list("pk", flat=True)[0]

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:  # what broke in a step is said as it is
                self._judge()
                self._come_to_rest()
                self._judge()
                require("I18", checks.pages_show_nothing_of_others(self.actor.person, self.other))
        finally:
            self._patched.undo()
            transaction.set_rollback(True)
            self._example.__exit__(None, None, None)

    def _judge(self) -> None:
        evidence = self._evidence()
        for number, holds in checks.OF_EVIDENCE.items():
            require(number, holds(evidence))
        require("I5", checks.no_blind_resend(evidence.stories, self.model.refused, self._settle))
        pace = self.organization.calls_per_minute
        require("I11", checks.the_rate_is_kept(self.wire.granted_at, per_minute=pace, burst=BURST))
        require("I13", checks.only_persons_reopen(self.organization))
        after_other = self._rows(self.other.organization)[self.other.pk]
        require(
            "I18",
            checks.others_are_not_touched(
                self.wire.asked_about, self.model, self.other.organization, self._before_other, after_other
            ),
        )

    def _come_to_rest(self) -> None:
        """Everything is well again: workers come back, nobody acts, until nothing goes on by itself."""
        self.model.hands.clear()
        if self.model.held or CallBudget.objects.filter(organization=self.organization).exclude(refused_at=None):
            self.resume()
        for _ in range(ROUNDS):
            self.steering.advance(QUIET_ROUND_S)
            self._take_back()
            discovering.discover(self.organization, gateway=self.wire)
            catching_up.reconcile(self.organization, gateway=self.wire)
            while self._work("one", Fate.ANSWERED):
                pass
            refreshing.refresh(self.organization, gateway=self.wire)
            verifying.verify(self.organization, gateway=self.wire, worker="verifier")
            self.each_step_is_sound()
            legs = {row.communication_id for row in self.model.rows.values()}
            if len(legs) == len(self.model.legs) and not any(row.status in LIVE for row in self.model.rows.values()):
                break
        for row in self.model.rows.values():
            event(f"ended {row.status} {row.reason}".strip())
        require("I9", checks.everything_comes_to_rest(self.model))
        require("I1", checks.nothing_is_forgotten(self.model))

    # Steps

    def _a_call(self, kind: str) -> None:
        number, calls = len(self.model.legs) + 1, self.centre.calls
        calls.now = self.steering.outside()
        ended = 30.0 if kind == "still going on" else -20.0
        acw = {"coded": (ended, -10.0), "in after-call work": (ended, 40.0)}.get(kind)
        code = self.centre.code(AGENTS_OWN) if kind == "coded" else None
        document = calls.build(alert=-120, talk=(-110, ended), acw=acw, code=code)
        document["conversationId"] = _uuid(number, 0)
        for place, participant in enumerate(document["participants"], start=1):
            participant["participantId"] = _uuid(number, place)
            participant["sessions"][0]["sessionId"] = _uuid(number, place + 2)
        self.centre.load(document)
        self.model.legs.append(Leg(document["conversationId"], _uuid(number, 4)))

    def _agent_chooses(self, leg: Leg) -> None:
        self.simulator.agent_sets_code(leg.conversation_id, leg.communication_id, self.centre.code(AGENTS_OWN))
        if leg.communication_id not in self.model.insisted_on:
            self.model.agents_chose[leg.communication_id] = self.wire.tick()

    def _claim(self, worker: str) -> Claim | Any:
        if worker in self.model.hands:
            return None
        now, budget = self.steering.now(), CallBudget.objects.get(organization=self.organization)
        claimed = claim_next(self.organization, worker=worker)
        if not isinstance(claimed, Claim):
            return claimed
        row = self._rows(self.organization)[claimed.pk]
        assert not self.model.held, "I12: a call was granted while a person had paused them"
        assert self.model.quiet_until is None or now >= self.model.quiet_until, "I12: granted, though told to be quiet"
        assert budget.breaker_until is None or now >= budget.breaker_until, "I12: granted while the breaker was open"
        assert row.lease_until == now + checks.HELD, f"I7: leased until {row.lease_until} at {now}"
        assert claimed.wanted_code_id == self.centre.code(row.code or ""), "I16: claimed with a code not its own"
        based_on = self.wire.looked_at.get(row.conversation_id, 0)
        self.wire.granted()
        self.model.hands[worker] = Hand(claimed, based_on, until=now + checks.HELD)
        return claimed

    def _call(self, worker: str, fate: Fate) -> None:
        hand = self.model.hands[worker]
        self.wire.fate, self.wire.based_on = fate, hand.based_on
        try:
            applying.apply(hand.claim, self.organization, gateway=OneCall(self.wire, hand))
        except AnswerKept:
            hand.answered = True
            if isinstance(hand.error, Unsent | RateLimited | Refused):
                self.model.refused.add((hand.claim.pk, hand.claim.fence))
        else:
            self.model.hands.pop(worker)
        self.wire.fate = Fate.ANSWERED

    def _store(self, worker: str) -> None:
        hand = self.model.hands.pop(worker)
        before, settled_at = self._row(hand.claim.pk), self.steering.now() + self._settle
        ours = (before.status, before.fence) == (Status.SENDING, hand.claim.fence)
        new = applying.finish(hand.claim, self.organization, hand.error, hand.seen, duration_ms=1)
        after = self._row(hand.claim.pk)
        if isinstance(hand.error, RateLimited):
            self._told_to_be_quiet()
        if ours:
            require("I5", checks.what_is_in_doubt_settles(hand, after, settled_at))
            require("I12", checks.what_was_throttled_was_no_try(hand, before, after))
        assert ours or after == before, f"I8: finished too late, yet {before.status} became {after.status}"
        assert (new is not None) == ours, f"I8: a finish that was {'in time' if ours else 'too late'} said {new}"

    def _work(self, worker: str, fate: Fate) -> bool:
        """Let a free worker do one row whole; return whether there is more to do now."""
        claimed = self._claim(worker)
        if isinstance(claimed, Claim):
            self._call(worker, fate)
            if worker in self.model.hands:
                self._store(worker)
            return True
        return isinstance(claimed, Stale) and bool(refreshing.refresh(self.organization, gateway=self.wire))

    def _work_off(self, worker: str) -> None:
        """Let a worker do what is due now, a few rows at most."""
        for _ in range(AT_ONCE):
            if not self._work(worker, Fate.ANSWERED):
                break

    def _take_back(self) -> None:
        now = self.steering.now()
        over = {pk for pk, row in self._rows(self.organization).items() if row.lease_until and row.lease_until < now}
        recovered = recover_expired(self.organization)
        after = self._rows(self.organization)
        assert recovered == len(over), f"I7: {len(over)} leases had run out, {recovered} were taken back"
        for row in (after[pk] for pk in over):
            settles = row.status == Status.UNKNOWN and row.due_at >= now + self._settle
            assert settles or row.status == Status.FAILED, (
                f"I5: {row.pk} was taken back to {row.status} at {row.due_at}"
            )

    def _publish(self, book: str) -> None:
        draft = releasing.open_draft(self.organization, actor=self.actor)
        for old in draft.rules.all():
            releasing.remove_rule(old, actor=self.actor)
        for line, (conditions, code) in enumerate(RULEBOOKS[book], start=1):
            releasing.add_rule(
                draft,
                name=f"Rule {line}",
                conditions=dict(conditions),
                wrapup_code=self.centre.codes[code],
                actor=self.actor,
            )
        release: Release = publishing.publish(draft, reason="Other rules", actor=self.actor)
        self.model.rulebook_of[release.pk], self.model.in_force = book, release.pk

    def _sent_again(self, rows: list[Row], news: list[Status]) -> None:
        for row, new in zip(rows, news, strict=True):
            wanted = Status.UNKNOWN if row.unresolved else Status.PENDING
            assert new == wanted, f"I15: {row.pk} was sent again as {new}, not {wanted}"

    def _told_to_be_quiet(self) -> None:
        until = self.steering.now() + timedelta(seconds=QUIET_S)
        self.model.quiet_until = max(self.model.quiet_until or until, until)

    def _written(self, ref: CommunicationRef, looked: int) -> None:
        """I6: an agent's code is replaced only where it came after the look that the write rested on."""
        entries = self.simulator.ledger()
        if not entries or entries[-1]["communication_id"] != ref.communication_id:
            return
        entry, chosen = entries[-1], self.model.agents_chose.get(ref.communication_id, 0)
        overwritten = entry["before"] == self.centre.code(AGENTS_OWN) != entry["after"]
        assert not (overwritten and chosen < looked), "I6: wrote over an agent's code that was there when we looked"

    # What is so

    def _rows(self, organization: Organization) -> dict[int, Row]:
        values = Assignment.everywhere.of(organization).order_by("pk").values(*COLUMNS)
        return {row["pk"]: row_of(row) for row in values}

    def _row(self, pk: int) -> Row:
        return row_of(Assignment.everywhere.filter(pk=pk).values(*COLUMNS).get())

    @property
    def _settle(self) -> timedelta:
        return timedelta(seconds=self.organization.settle_s)

    def _any(self, *statuses: str) -> bool:
        return any(row.status in statuses for row in self.model.rows.values())

    def _leg(self, place: int) -> Leg:
        return self.model.legs[place % len(self.model.legs)]

    def _leg_in_doubt(self) -> Leg | None:
        doubtful = (row for row in self._rows(self.organization).values() if row.status == Status.UNKNOWN)
        return next((Leg(row.conversation_id, row.communication_id) for row in doubtful), None)

    def _evidence(self) -> Evidence:
        state = {row["communication_id"]: row["code"] for row in self.simulator.state()}
        return Evidence(
            stories=stories_of(self.organization),
            ledger=ledger_of(self.simulator),
            fed=frozenset(leg.communication_id for leg in self.model.legs),
            codes=state,
            settle_s=self.organization.settle_s,
            allowed_in_60s=0,
            most_in_60s=0,
            concurrency=len(WORKERS),
        )


def _uuid(number: int, part: int) -> str:
    return str(UUID(int=number * 16 + part))

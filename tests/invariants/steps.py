"""The steps that rules are made of: a call, an agent's choice, a worker's claim, call and finish, a release."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.invariants import checks
from tests.invariants.ground import Ground, require
from tests.invariants.model import AGENTS_OWN, RULEBOOKS, Basis, Hand, Leg, Row
from tests.invariants.wire import QUIET_S, Fate, Wire
from wrapups.domain.conversation import CommunicationRef, Wrapup
from wrapups.domain.errors import GenesysError, RateLimited, Refused, Unsent
from wrapups.domain.status import Lane, Status
from wrapups.models import CallBudget
from wrapups.services import applying, bulk_work, pausing, publishing, refreshing, releasing
from wrapups.services.budgeting import Wait
from wrapups.services.dispatching import Claim, Idle, Stale, claim_next, recover_expired
from wrapups.services.publishing import Introduction

AT_ONCE = 4
MORE_THAN_IT_TAKES_S = 60.0


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


class Steps(Ground):
    """Each step says of itself what must be so about it."""

    def __init__(self) -> None:
        super().__init__()
        self.wire.on_throttled, self.wire.on_written = self._told_to_be_quiet, self._written

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
        self.model.agents_chose[leg.communication_id] = self.wire.tick()

    def _claim(self, worker: str) -> Claim | Any:
        if worker in self.model.hands:
            return None
        now, budget = self.steering.now(), CallBudget.objects.get(organization=self.organization)
        before = self._rows(self.organization)
        claimed = claim_next(self.organization, worker=worker)
        if isinstance(claimed, Idle):
            require("I9", checks.nothing_free_is_passed_over(before, self.model, now))
        if not isinstance(claimed, Claim):
            return claimed
        row = self._row(claimed.pk)
        assert not self.model.is_held(before[claimed.pk]), f"I12: {row} was begun, though its lane or rule is paused"
        assert not self.model.held, "I12: a call was granted while a person had paused them"
        assert self.model.quiet_until is None or now >= self.model.quiet_until, "I12: granted, though told to be quiet"
        assert budget.breaker_until is None or now >= budget.breaker_until, "I12: granted while the breaker was open"
        assert row.lease_until == now + checks.HELD, f"I7: leased until {row.lease_until} at {now}"
        assert claimed.wanted_code_id == self.centre.code(row.code or ""), "I16: claimed with a code not its own"
        over_the_agents = row.insisted and claimed.found_code_id == self.centre.code(AGENTS_OWN)
        basis = Basis(self.wire.looked_at.get(row.conversation_id, 0), over_the_agents)
        self.wire.granted()
        self.model.hands[worker] = Hand(claimed, basis, until=now + checks.HELD)
        return claimed

    def _call(self, worker: str, fate: Fate) -> None:
        hand = self.model.hands[worker]
        self.wire.fate, self.wire.basis = fate, hand.basis
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

    def _work(self, worker: str, fate: Fate, *, patient: bool = False) -> bool:
        """Let a free worker do one row whole; return whether there is more to do now.

        One that is patient waits for the next call, as a worker of a deployment does.
        """
        claimed = self._claim(worker)
        if patient and isinstance(claimed, Wait):
            self.steering.sleep(claimed.seconds)
            return True
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

    def _publish(self, book: str, *, decides_again: bool = False) -> None:
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
        introduction = Introduction(decides_again=decides_again)
        release = publishing.publish(draft, reason="Other rules", actor=self.actor, introduction=introduction)
        self.model.rulebook_of[release.pk], self.model.in_force = book, release.pk
        self.model.decides_again |= decides_again

    def _sent_again(self, rows: list[Row], news: list[Status]) -> None:
        for row, new in zip(rows, news, strict=True):
            wanted = Status.UNKNOWN if row.unresolved else Status.PENDING
            assert new == wanted, f"I15: {row.pk} was sent again as {new}, not {wanted}"
            self.model.sent_again[row.pk] += 1

    def _go_on(self) -> None:
        """Let a worker go on with what people do with many, as far as it comes now."""
        while bulk_work.work(self.organization, for_s=MORE_THAN_IT_TAKES_S):
            pass

    def _resume(self) -> None:
        pausing.resume(self.organization, actor=self.actor)
        self.model.held = False

    def _resume_the_parts(self) -> None:
        for lane in self.model.held_lanes:
            pausing.resume_lane(self.organization, Lane(lane), actor=self.actor)
        for identity in self.model.held_rules:
            pausing.resume_rule(self.organization, identity, actor=self.actor)
        self.model.held_lanes.clear()
        self.model.held_rules.clear()

    def _told_to_be_quiet(self) -> None:
        until = self.steering.now() + timedelta(seconds=QUIET_S)
        self.model.quiet_until = max(self.model.quiet_until or until, until)

    def _written(self, ref: CommunicationRef, basis: Basis) -> None:
        """I6: an agent's code is replaced only where it came after the look, or a person wants ours in its place."""
        entries = self.simulator.ledger()
        if not entries or entries[-1]["communication_id"] != ref.communication_id:
            return
        entry, chosen = entries[-1], self.model.agents_chose.get(ref.communication_id, 0)
        overwritten = entry["before"] == self.centre.code(AGENTS_OWN) != entry["after"]
        seen = chosen < basis.looked and not basis.over_the_agents
        assert not (overwritten and seen), "I6: wrote over an agent's code that was there when we looked"


def _uuid(number: int, part: int) -> str:
    return str(UUID(int=number * 16 + part))

"""What must hold after each step, and when everything has come to rest."""

import sys

from django.db import transaction
from hypothesis import event
from hypothesis.stateful import invariant

from tests.invariants import bulk_checks, checks
from tests.invariants.ground import require
from tests.invariants.steps import Steps
from tests.invariants.wire import Fate
from wrapups.domain.status import LIVE
from wrapups.models import AuditEntry, CallBudget
from wrapups.services import catching_up, discovering, refreshing, verifying

BURST = 3
ROUNDS = 60
QUIET_ROUND_S = 130.0


class Judged(Steps):
    """Looks at the rows after each step; in the end lets all go well until nothing moves, and looks at everything."""

    @invariant()
    def each_step_is_sound(self) -> None:
        model, organization = self.model, self.organization
        before, model.rows = self._before, self._rows(organization)
        require("I1", checks.every_leg_has_one_intent(model, organization))
        require("I7", checks.one_lease_at_most(before, model))
        require("I7", checks.whoever_holds_a_lease_holds_it(model, self.steering.now()))
        require("I14", checks.order_makes_no_difference(model))
        again = bulk_checks.decided_again(organization)
        require("I15", bulk_checks.every_row_is_accounted_for(organization))
        require("I15", bulk_checks.what_many_ask_for_is_done_once(organization, model))
        require("I16", checks.what_was_sent_keeps_its_code(before, model, again))
        require("I16", checks.what_is_decided_again_was_never_sent(before, model, again))
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
        require("I2", checks.at_most_one_change(evidence))
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
            self._resume()
        self._resume_the_parts()
        for _ in range(ROUNDS):
            self.steering.advance(QUIET_ROUND_S)
            self._take_back()
            self._go_on()
            self.each_step_is_sound()  # before anything of it is sent
            discovering.discover(self.organization, gateway=self.wire)
            catching_up.reconcile(self.organization, gateway=self.wire)
            while self._work("one", Fate.ANSWERED, patient=True):
                pass
            refreshing.refresh(self.organization, gateway=self.wire)
            verifying.verify(self.organization, gateway=self.wire, worker="verifier")
            self.each_step_is_sound()
            if self._is_at_rest():
                break
        for row in self.model.rows.values():
            event(f"ended {row.status} {row.reason}".strip())
        require("I9", checks.everything_comes_to_rest(self.model))
        require("I9", bulk_checks.every_act_comes_to_an_end(self.organization))
        require("I1", checks.nothing_is_forgotten(self.model))

    def _is_at_rest(self) -> bool:
        rows = self.model.rows.values()
        all_found = len({row.communication_id for row in rows}) == len(self.model.legs)
        goes_on = any(row.status in LIVE for row in rows) or bulk_checks.going_on(self.organization)
        return all_found and not goes_on

"""What people do with many assignments at once: two ask, two confirm, and a worker goes on piece by piece, or dies."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import event
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.invariants.judging import Judged
from wrapups.models import Assignment, BulkAct
from wrapups.services import bulk_acting, bulk_pieces, decide_again_pieces
from wrapups.services.auditing import Actor
from wrapups.services.bulk_acting import CannotAct
from wrapups.services.rulebook import in_force

KINDS = (BulkAct.Kind.RETRY, BulkAct.Kind.CANCEL, BulkAct.Kind.REDECIDE)
MOST_ACTS = 6


class Died(BaseException):
    """A worker is gone, and its transaction with it."""


class ActsOnMany(Judged):
    """One effect, whoever asks for it how often; every row of an act is accounted for after each step."""

    @precondition(lambda self: self.model.rows)
    @rule(kind=st.sampled_from(KINDS), colleague=st.booleans(), confirmed=st.booleans())
    def ask_for_many(self, kind: BulkAct.Kind, colleague: bool, confirmed: bool) -> None:
        """By a double click, and looked at for a while, or confirmed at once."""
        before, person = self._rows(self.organization), self.colleague if colleague else self.actor
        act, again = (self._asked(kind, person) for _ in range(2))
        assert act.pk == again.pk, "I15: a double click made two previews"
        assert self._rows(self.organization) == before, "I15: a preview changed something"
        self.model.acts.append(act.pk)
        if confirmed:
            self._confirm(act)

    @precondition(lambda self: self.model.acts)
    @rule(place=st.integers(0, MOST_ACTS - 1))
    def confirm(self, place: int) -> None:
        self._confirm(self._act(place))

    @precondition(lambda self: self.model.acts)
    @rule(place=st.integers(0, MOST_ACTS - 1))
    def stop(self, place: int) -> None:
        with suppress(CannotAct):
            bulk_acting.cancel(self._act(place), actor=self.colleague)

    @precondition(lambda self: self.model.acts or self.model.decides_again)
    @rule(dies_in=st.sampled_from([0, 0, 1, 2]))
    def go_on_with_acts(self, dies_in: int) -> None:
        """I15: what a worker had not committed when it died did not happen."""
        with self._dying(dies_in):
            self._go_on()

    def _asked(self, kind: BulkAct.Kind, person: Actor) -> BulkAct:
        found = Assignment.objects.of(self.organization)
        return bulk_acting.ask(self.organization, kind, found, address=f"?all={kind}", actor=person)

    def _act(self, place: int) -> BulkAct:
        return BulkAct.everywhere.select_related("organization").get(pk=self.model.acts[place % len(self.model.acts)])

    def _confirm(self, act: BulkAct) -> None:
        other_rules = act.kind == BulkAct.Kind.REDECIDE and act.release != in_force(self.organization)
        can = act.state == BulkAct.State.READY and bulk_acting.possible(act) > 0 and not other_rules
        confirmed = act.confirmed_at is not None
        event(f"confirmed: {act.kind}" if can else "not to be confirmed")
        acts = {self._confirmed(act, person, can or confirmed) for person in (self.actor, self.colleague)}
        assert len(acts) == 1, "I15: confirmed by two people, it became two acts"

    def _confirmed(self, act: BulkAct, person: Actor, can: bool) -> int | None:
        if not can:
            with pytest.raises(CannotAct):
                bulk_acting.confirm(act, seen=act.total, typed="", reason="Mended", actor=person)
            return None
        bulk_acting.confirm(act, seen=act.total, typed="", reason="Mended", actor=person)
        return int(act.act_id)

    @contextmanager
    def _dying(self, dies_in: int) -> Iterator[None]:
        """Let the worker die at the end of this piece, before it is committed; 0 lets it live."""
        left = dies_in

        def crash_point(_name: str) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise Died

        with pytest.MonkeyPatch.context() as patched, suppress(Died):
            for module in (bulk_pieces, decide_again_pieces):
                patched.setattr(module, "crash_point", crash_point)
            yield

"""What is read in bulk: what has ended, what is due and was read too long ago, what was accepted, what was verified."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.invariants.happenings import MOST_LEGS
from tests.invariants.judging import Judged
from tests.invariants.wire import Fate
from wrapups.services import catching_up, deciding, discovering, overseeing, refreshing, verifying
from wrapups.services.rulebook import in_force

BULK_FATES = (Fate.ANSWERED, Fate.ANSWERED, Fate.THROTTLED, Fate.FAILED_BEFORE, Fate.MALFORMED)


class Readings(Judged):
    """Each as its own sweep makes it."""

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

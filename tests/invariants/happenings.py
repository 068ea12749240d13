"""What happens outside: calls end, agents choose, the CRM speaks, what is on its way arrives, time passes."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.invariants.judging import Judged
from tests.invariants.model import SALE, Said
from wrapups.services.intake import record_disposition

MOST_LEGS = 5
KINDS = ("plain", "plain", "coded", "in after-call work", "still going on")


class Happenings(Judged):
    """The contact centre and the clock."""

    @precondition(lambda self: len(self.model.legs) < MOST_LEGS)
    @rule(kind=st.sampled_from(KINDS))
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

"""What people pause: all calls, a lane, or a rule."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tests.invariants.happenings import MOST_LEGS
from tests.invariants.judging import Judged
from wrapups.domain.status import Lane
from wrapups.services import pausing

WHY = "Maintenance"


class Pauses(Judged):
    """Of what is paused nothing begins; that is asked at every claim."""

    @precondition(lambda self: not self.model.held and self._any("pending", "unknown"))
    @rule()
    def pause(self) -> None:
        pausing.hold(self.organization, actor=self.actor, reason=WHY)
        self.model.held = True

    @precondition(lambda self: self.model.held)
    @rule()
    def resume(self) -> None:
        self._resume()

    @precondition(lambda self: not self.model.held_lanes and self._any("pending", "unknown", "sending"))
    @rule(lane=st.sampled_from(Lane))
    def pause_a_lane(self, lane: Lane) -> None:
        pausing.hold_lane(self.organization, lane, actor=self.actor, reason=WHY)
        self.model.held_lanes.add(lane)

    @precondition(lambda self: not self.model.held_rules and self._any("pending", "unknown", "sending"))
    @rule(place=st.integers(0, MOST_LEGS - 1))
    def pause_a_rule(self, place: int) -> None:
        rules = [row.rule for row in self.model.rows.values() if row.rule]
        if rules:
            pausing.hold_rule(self.organization, rules[place % len(rules)], actor=self.actor, reason=WHY)
            self.model.held_rules.add(rules[place % len(rules)])

    @precondition(lambda self: self.model.held_lanes or self.model.held_rules)
    @rule()
    def resume_the_parts(self) -> None:
        self._resume_the_parts()

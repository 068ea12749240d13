"""Looking again at what was verified, holding everybody while Genesys is unwell, and surviving a bug of our own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from tests.factories import PersonFactory
from tests.services.centre import OTHER, WANTED, WORKER, Centre
from tests.services.clock import Clock
from wrapups.domain.breaker import FEWEST, FIRST_OPEN_S
from wrapups.domain.conversation import ConversationSeen
from wrapups.domain.errors import Unclear
from wrapups.domain.status import FailReason, Status
from wrapups.genesys.gateway import GenesysGateway
from wrapups.models import Assignment, Attempt
from wrapups.services import applying
from wrapups.services.auditing import Actor
from wrapups.services.budgeting import Granted, Wait, learn, take_call
from wrapups.services.correcting import correct
from wrapups.services.overseeing import LOOKS_AFTER_S, oversee


def verified(centre: Centre) -> Assignment:
    """Return an assignment whose code was proven."""
    assignment = centre.assign()
    centre.apply()
    centre.settle()
    centre.verify()
    assignment.refresh_from_db()
    assert assignment.status == Status.VERIFIED
    return assignment


def look(centre: Centre) -> int:
    """Look again at what is due to be looked at."""
    return oversee(centre.organization, gateway=centre.gateway, worker=WORKER, every_s=0)


def test_a_code_that_a_person_chose_after_ours_is_noted_with_the_reading_and_stays(centre: Centre, clock: Clock):
    assignment = verified(centre)
    centre.agent_chooses(assignment, OTHER)
    clock.advance(LOOKS_AFTER_S[0])

    overridden = look(centre)

    assignment.refresh_from_db()
    assert (overridden, assignment.status) == (1, Status.OVERRIDDEN)
    assert centre.code_on(assignment) == centre.code(OTHER)
    proof = Attempt.objects.filter(assignment=assignment).latest("pk")
    assert (proof.kind, proof.code_seen_id) == (Attempt.Kind.BULK_READ, centre.code(OTHER))


def test_what_still_carries_our_code_is_looked_at_three_times_in_a_day_and_then_no_more(centre: Centre, clock: Clock):
    assignment = verified(centre)

    for seconds in (*LOOKS_AFTER_S, 86_400.0):
        clock.advance(seconds)
        look(centre)

    assignment.refresh_from_db()
    assert (assignment.status, assignment.watch_at) == (Status.VERIFIED, None)
    assert assignment.watch_count == len(LOOKS_AFTER_S)


@dataclass
class Meanwhile:
    """The gateway, and what somebody does while it reads."""

    gateway: GenesysGateway
    act: Callable[[], object]

    def conversations(self, ids: Sequence[str]) -> list[ConversationSeen]:
        seen = list(self.gateway.conversations(ids))
        self.act()
        return seen


def test_what_a_person_corrects_while_it_is_looked_at_is_looked_at_no_more(centre: Centre, clock: Clock):
    assignment = verified(centre)
    actor, over, code = Actor(PersonFactory()), centre.code(WANTED), centre.codes[OTHER]
    door = Meanwhile(
        centre.gateway, lambda: correct(assignment, code=code, over=over, reason="It was escalated", actor=actor)
    )
    clock.advance(LOOKS_AFTER_S[0])

    oversee(centre.organization, gateway=door, worker=WORKER, every_s=0)

    assignment.refresh_from_db()
    assert (assignment.status, assignment.watch_at) == (Status.SUPERSEDED, None)


def test_nothing_is_read_before_it_is_time(centre: Centre):
    verified(centre)
    readings = centre.counted("GET */details")

    look(centre)

    assert centre.counted("GET */details") == readings


def test_calls_without_an_answer_hold_everybody_and_then_one_goes_first(centre: Centre, clock: Clock):
    for _ in range(FEWEST):
        learn(centre.organization.pk, Unclear("504"))

    held = take_call(centre.organization.pk)
    clock.advance_database(FIRST_OPEN_S * 1.2)
    first, second = take_call(centre.organization.pk), take_call(centre.organization.pk)

    assert isinstance(held, Wait)
    assert isinstance(first, Granted)
    assert isinstance(second, Wait)


def test_calls_that_were_under_way_when_it_opened_do_not_hold_everybody_for_longer(centre: Centre, clock: Clock):
    for _ in range(FEWEST + 3):
        learn(centre.organization.pk, Unclear("504"))

    clock.advance_database(FIRST_OPEN_S * 1.2)

    assert isinstance(take_call(centre.organization.pk), Granted)


def test_a_good_answer_after_that_lets_everybody_go_on(centre: Centre, clock: Clock):
    for _ in range(FEWEST):
        learn(centre.organization.pk, Unclear("504"))
    clock.advance_database(FIRST_OPEN_S * 1.2)
    take_call(centre.organization.pk)

    learn(centre.organization.pk, None)

    assert isinstance(take_call(centre.organization.pk), Granted)
    assert centre.budget.breaker_opened == 0


class Broken:
    """A gateway with a bug of our own."""

    def apply_wrapup(self, *args: object, **options: object) -> None:
        raise KeyError("a bug")

    def read_wrapup(self, *args: object) -> None:
        raise KeyError("a bug")


@pytest.mark.filterwarnings("default")
def test_a_bug_of_our_own_leads_to_a_reading_and_after_three_to_quarantine(centre: Centre, clock: Clock):
    assignment = centre.assign()
    seen = []

    for _ in range(3):
        applying.apply(centre.claim(), centre.organization, gateway=Broken())
        assignment.refresh_from_db()
        seen.append(assignment.status)
        clock.advance(centre.organization.settle_s + 1)

    assert seen == [Status.UNKNOWN, Status.UNKNOWN, Status.FAILED]
    assert (assignment.reason, assignment.error) == (FailReason.QUARANTINED, Assignment.Error.BUG)
    assert "a bug" not in assignment.error_message

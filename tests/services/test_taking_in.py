"""What events say has ended is looked at soon and in bulk, a few times at most; then discovery has it."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest

from tests.factories import EventSourceFactory
from tests.services.centre import ANY_CALL, OTHER, PLENTY, WANTED, Centre, Row, alike, seconds_between
from tests.services.clock import Clock
from wrapups.domain.envelopes import Envelope, Kind, render
from wrapups.domain.status import Status
from wrapups.models import CallBudget, EventSource, InboundEvent
from wrapups.services import taking_in
from wrapups.services.receiving import receive
from wrapups.services.taking_in import LOOK_AGAIN_S, TOGETHER, is_due, take_in

State = InboundEvent.State
BULK = "GET */conversations/details"
LAST_LOOK = len(LOOK_AGAIN_S) + 1


@pytest.fixture
def source(centre: Centre) -> EventSource:
    return EventSourceFactory(organization=centre.organization)


@pytest.fixture
def hear(source: EventSource, centre: Centre) -> Callable[..., InboundEvent]:
    """Hear that a conversation ended, or that an agent coded it, so many seconds ago."""

    def heard(row: Row | str, *, kind: Kind = Kind.ENDED, ago_s: float = 100) -> InboundEvent:
        conversation_id = row if isinstance(row, str) else row["conversation_id"]
        at = centre.clock.now() - timedelta(seconds=ago_s)
        event: InboundEvent = InboundEvent.everywhere.get(
            pk=receive(source, raw=render(Envelope(str(uuid4()), conversation_id, at, kind))).pk
        )
        return event

    return heard


def look(centre: Centre) -> int:
    """Take in what is due; calls are in plenty."""
    CallBudget.objects.update(tokens=PLENTY)
    return take_in(centre.organization, gateway=centre.gateway)


def standing(event: InboundEvent) -> tuple[str, str]:
    event.refresh_from_db()
    return event.state, event.reason


def test_what_ended_is_decided_without_waiting_for_discovery(centre: Centre, hear: Callable[..., InboundEvent]):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    event = hear(row)

    assert look(centre) == 1
    assert centre.assignment(row).status == Status.PENDING
    assert standing(event) == (State.PROCESSED, "")
    assert event.finished_at is not None


def test_a_hundred_endings_cost_one_call(centre: Centre, hear: Callable[..., InboundEvent]):
    centre.publish((ANY_CALL, WANTED))
    document = centre.calls.build()
    for conversation_id in centre.load(*(alike(document) for _ in range(TOGETHER))):
        hear(conversation_id)

    assert look(centre) == TOGETHER
    assert centre.counted(BULK) == 1


def test_several_events_of_one_conversation_cost_one_look(centre: Centre, hear: Callable[..., InboundEvent]):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    events = [hear(row, ago_s=ago_s) for ago_s in (102, 101, 100)]

    assert look(centre) == 1
    assert centre.counted(BULK) == 1
    assert {standing(event)[0] for event in events} == {State.PROCESSED}


def test_what_is_known_and_decided_costs_no_call(centre: Centre, hear: Callable[..., InboundEvent]):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    centre.decide(row)
    calls = centre.counted(BULK)
    event = hear(row)

    assert look(centre) == 0
    assert centre.counted(BULK) == calls
    assert standing(event) == (State.PROCESSED, "")


def test_an_ending_younger_than_the_one_we_know_is_looked_at(centre: Centre, hear: Callable[..., InboundEvent]):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    centre.decide(row)
    calls = centre.counted(BULK)
    event = hear(row, ago_s=40)

    look(centre)

    assert centre.counted(BULK) == calls + 1
    assert event.arrival == "reopened"


def test_an_agents_code_is_looked_at_only_while_ours_is_unsent(centre: Centre, hear: Callable[..., InboundEvent]):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call()
    centre.decide(row)
    centre.agent_chooses(row, OTHER)
    first = hear(row, kind=Kind.CODED, ago_s=40)
    look(centre)
    calls = centre.counted(BULK)
    second = hear(row, kind=Kind.CODED, ago_s=35)

    look(centre)

    assert centre.assignment(row).status == Status.SKIPPED
    assert centre.counted(BULK) == calls
    assert {standing(first)[0], standing(second)[0]} == {State.PROCESSED}


def test_what_analytics_never_shows_is_left_to_discovery_and_says_so(
    centre: Centre, clock: Clock, hear: Callable[..., InboundEvent]
):
    centre.publish((ANY_CALL, WANTED))
    event = hear(str(uuid4()))

    for after_s in (0, *LOOK_AGAIN_S, 3600):
        clock.advance(after_s)
        look(centre)

    assert centre.counted(BULK) == LAST_LOOK
    assert standing(event) == (State.PROCESSED, taking_in.NEVER_SHOWN.format(LAST_LOOK))


def test_what_goes_on_is_left_to_discovery_and_says_so(centre: Centre, clock: Clock, hear: Callable[..., InboundEvent]):
    centre.publish((ANY_CALL, WANTED))
    event = hear(centre.call(talk=(-100, 7200)))

    for after_s in (0, *LOOK_AGAIN_S):
        clock.advance(after_s)
        look(centre)

    assert standing(event) == (State.PROCESSED, taking_in.STILL_OPEN.format(LAST_LOOK))


def test_what_shows_at_the_second_look_is_decided_then(centre: Centre, clock: Clock, hear: Callable[..., InboundEvent]):
    centre.publish((ANY_CALL, WANTED))
    row = centre.call(talk=(-100, 20))
    event = hear(row, ago_s=-20)
    clock.advance(60)
    centre.simulator.switch(analytics_lag_s=600)
    look(centre)
    assert standing(event) == (State.RECEIVED, "")
    centre.simulator.switch(analytics_lag_s=0)
    clock.advance(LOOK_AGAIN_S[0])

    look(centre)

    assert standing(event) == (State.PROCESSED, "")
    assert centre.assignment(row).status == Status.PENDING


def test_what_happened_before_the_organization_was_connected_is_left_alone(
    centre: Centre, hear: Callable[..., InboundEvent]
):
    centre.publish((ANY_CALL, WANTED))
    centre.let(apply_from=centre.clock.now() - timedelta(seconds=50))
    event = hear(centre.call())

    assert look(centre) == 0
    assert centre.counted(BULK) == 0
    assert standing(event) == (State.PROCESSED, taking_in.BEFORE_US)


def test_without_a_call_to_spend_events_wait_and_their_look_does_not_count(
    centre: Centre, clock: Clock, hear: Callable[..., InboundEvent]
):
    centre.publish((ANY_CALL, WANTED))
    event = hear(centre.call())
    CallBudget.objects.update(held_at=clock.now())

    assert take_in(centre.organization, gateway=centre.gateway) == 0
    assert standing(event) == (State.RECEIVED, "")
    assert event.looks == 0
    assert seconds_between(clock.now(), event.due_at) > 0


def test_without_rules_events_wait(centre: Centre, hear: Callable[..., InboundEvent]):
    event = hear(centre.call())

    assert look(centre) == 0
    assert standing(event) == (State.RECEIVED, "")
    assert event.looks == 0
    assert not is_due(centre.organization)


@pytest.mark.parametrize(("fault", "counts"), [("e500_before", 1), ("r429", 0)])
def test_an_answer_that_never_came_counts_as_a_look_and_throttling_does_not(
    fault: str, counts: int, centre: Centre, hear: Callable[..., InboundEvent]
):
    centre.publish((ANY_CALL, WANTED))
    event = hear(centre.call())
    centre.simulator.fault(fault, operations=[BULK])

    assert look(centre) == 0
    assert standing(event) == (State.RECEIVED, "")
    assert event.looks == counts


def test_what_a_dead_worker_had_is_looked_at_when_its_lease_is_over(
    centre: Centre, clock: Clock, hear: Callable[..., InboundEvent]
):
    centre.publish((ANY_CALL, WANTED))
    event = hear(centre.call())
    taking_in._claim(centre.organization)  # noqa: SLF001 (as a worker does that then dies)
    assert look(centre) == 0
    clock.advance(taking_in.LEASE_S + 1)

    assert look(centre) == 1
    assert standing(event)[0] == State.PROCESSED


def test_one_event_waits_for_company_but_not_for_long(centre: Centre, clock: Clock, hear: Callable[..., InboundEvent]):
    centre.publish((ANY_CALL, WANTED))
    hear(centre.call())
    soon = is_due(centre.organization)
    clock.advance(31)

    assert (soon, is_due(centre.organization)) == (False, True)


def test_a_full_hundred_waits_for_nobody(centre: Centre, hear: Callable[..., InboundEvent]):
    centre.publish((ANY_CALL, WANTED))
    for _ in range(TOGETHER):
        hear(str(uuid4()))

    assert is_due(centre.organization)


def test_nothing_is_due_while_calls_are_held(centre: Centre, clock: Clock, hear: Callable[..., InboundEvent]):
    centre.publish((ANY_CALL, WANTED))
    hear(centre.call())
    clock.advance(60)
    CallBudget.objects.update(held_at=clock.now())

    assert not is_due(centre.organization)

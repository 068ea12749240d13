"""F44: a listener killed in the middle of hearing loses nothing, since nothing relies on it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.core.management import call_command

from tests.factories import EventSourceFactory
from tests.faults.deaths import KILL_9, forked, killed
from tests.genesys.simulator.factories import CallFactory
from tests.services.centre import ANY_CALL, WANTED, Centre
from tests.services.clock import Clock
from tests.services.test_discovering import look
from tests.services.test_listening import awaited, connected
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.models import Assignment, InboundEvent
from wrapups.services.taking_in import take_in

pytestmark = pytest.mark.django_db(transaction=True)

HEARD, UNHEARD = 20, 5
LATER_S = 120


@contextmanager
def until_killed(act: Callable[[], object], clock: Clock) -> Iterator[None]:
    """Have a process do something until the block ends, by kill -9."""
    child = forked(act, clock=clock)
    try:
        yield
    finally:
        assert killed(child) == KILL_9


def end_calls(centre: Centre, count: int) -> set[str]:
    """Let so many calls end now, and return their conversations."""
    calls = CallFactory(centre.simulator)  # whose times count from now
    rows = [calls.create(talk=(-50, 100)) for _ in range(count)]
    centre.clock.advance(101)
    return {row["conversation_id"] for row in rows}


def decided() -> set[str]:
    path = "communication__conversation__conversation_id"
    return set(Assignment.everywhere.values_list(path, flat=True))


def test_what_a_killed_listener_did_not_hear_is_found_and_what_it_heard_is_decided_once(
    centre: Centre, clock: Clock, simulator: SimulatorControl
):
    centre.publish((ANY_CALL, WANTED))
    EventSourceFactory(organization=centre.organization, listener=True)

    def listen() -> None:
        call_command("listen", organization=centre.organization.slug)

    with until_killed(listen, clock):
        connected(simulator)
        ended = end_calls(centre, HEARD)
        awaited(InboundEvent.everywhere.exists)
    ended |= end_calls(centre, UNHEARD)
    awaited(lambda: not any(each["connected"] for each in simulator.channels()))
    with until_killed(listen, clock):
        connected(simulator)
        again = end_calls(centre, 1)
        awaited(lambda: InboundEvent.everywhere.filter(conversation_id__in=again).exists())
    clock.advance(LATER_S)
    look(centre)
    take_in(centre.organization, gateway=centre.gateway)

    told = set(InboundEvent.everywhere.values_list("conversation_id", flat=True))
    assert again <= told <= ended | again
    assert len(told - again) <= HEARD
    assert decided() == ended | again
    assert Assignment.everywhere.count() == HEARD + UNHEARD + 1

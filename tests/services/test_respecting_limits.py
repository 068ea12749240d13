"""What Genesys says of its own limit slows us down, and never speeds us up."""

import pytest

from tests.services.centre import Centre
from tests.services.clock import Clock
from wrapups.genesys.gateway import connect
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.genesys.tokens import MemoryTokens
from wrapups.services.budgeting import Granted, Respect, take_call


def calls_in_a_minute(centre: Centre, clock: Clock) -> int:
    """Return how many calls the budget grants in one minute of asking every tenth of a second."""
    granted = 0
    for _ in range(600):
        granted += isinstance(take_call(centre.organization.pk), Granted)
        clock.advance_database(0.1)
    return granted


@pytest.mark.parametrize(("allowed", "expected"), [(300, 60), (150, 30), (100, 20), (3000, 60)])
def test_a_lower_limit_of_genesys_slows_us_down_in_proportion_and_a_higher_one_changes_nothing(
    centre: Centre, clock: Clock, allowed: int, expected: int
):
    centre.let(calls_per_minute=60, burst=1)
    Respect(centre.organization.pk)(allowed)
    take_call(centre.organization.pk)

    assert calls_in_a_minute(centre, clock) == pytest.approx(expected, abs=1)


def test_the_gateway_tells_what_the_answers_say(centre: Centre, simulator: SimulatorControl):
    client = simulator.client()
    heard: list[int] = []
    simulator.switch(rate_limit_calls=180)
    gateway = connect(
        api_url=simulator.url,
        client_id=client["client_id"],
        client_secret=client["client_secret"],
        tokens=MemoryTokens(),
        on_limit=heard.append,
    )

    gateway.queues(1)

    assert heard == [180]


def test_what_is_heard_again_is_not_written_again(centre: Centre, django_assert_num_queries):
    respect = Respect(centre.organization.pk)
    respect(180)

    with django_assert_num_queries(0):
        respect(180)

"""The showcase's CRM, which a demo with kept data must not stop."""

import pytest

from tests.factories import EventSourceFactory
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.management.showcase import crm
from wrapups.models import InboundEvent

pytestmark = pytest.mark.django_db


def test_conversations_that_a_new_simulator_lives_anew_are_told_anew(simulator: SimulatorControl):
    organization = EventSourceFactory(name=crm.SOURCE).organization
    before = simulator.generate(5)
    first = crm.tell(organization, simulator, told=set())
    simulator.reset(seed=1)
    simulator.advance(60)
    again = simulator.generate(5)

    second = crm.tell(organization, simulator, told=set())

    assert (before, first) == (again, second)
    assert first > 0
    assert InboundEvent.everywhere.of(organization).filter(mismatches=0).count() == first + second


def test_what_was_told_is_not_told_again(simulator: SimulatorControl):
    organization = EventSourceFactory(name=crm.SOURCE).organization
    simulator.generate(5)

    assert crm.tell(organization, simulator, told=set()) > 0
    assert crm.tell(organization, simulator, told=set()) == 0

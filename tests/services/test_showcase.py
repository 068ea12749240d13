"""The showcase's CRM, which a demo with kept data must not stop, and its mishaps."""

import pytest

from tests.factories import EventSourceFactory
from tests.services.centre import ANY_CALL, WANTED, Centre
from wrapups.genesys.simulator.client import SimulatorControl
from wrapups.management.showcase import crm, mishaps
from wrapups.management.showcase.rules import RULES
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


def test_the_mishaps_take_codes_that_rules_choose_off_a_queue_where_our_client_may_put_them_back(
    simulator: SimulatorControl,
):
    mishaps.let_happen(simulator)

    [queue] = [row for row in simulator.catalogue()["queues"] if row["name"] == mishaps.TIDIED_QUEUE]
    assert queue["code_ids"]
    assert not {simulator.code_id(name) for name in mishaps.TAKEN_OFF}.intersection(queue["code_ids"])
    assert {code for _, _, code, _ in RULES}.issuperset(mishaps.TAKEN_OFF)
    assert mishaps.EDIT_QUEUES in simulator.client()["grants"]
    assert simulator.switches()["off_queue_code"] == "reject"


def test_after_the_mishaps_an_agent_has_chosen_another_code_than_the_one_we_wrote(centre: Centre):
    centre.publish((ANY_CALL, WANTED))
    written = centre.finish(centre.assign())

    mishaps.let_happen(centre.simulator)

    assert centre.code_on(written) == centre.simulator.code_id(mishaps.SECOND_THOUGHT)

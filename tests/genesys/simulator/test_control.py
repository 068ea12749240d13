"""The control side: switches, clock and reset, and clear refusals."""

import json
from typing import Any

import pytest
import urllib3

from tests.genesys.simulator.conftest import Row
from wrapups.genesys.simulator.client import SimulatorControl, SimulatorRefused
from wrapups.genesys.simulator.switches import Switches


def test_every_switch_has_its_default_after_a_reset(simulator: SimulatorControl) -> None:
    simulator.switch(second_write="refuse", rate_limit_calls=1, write_window_h=2)

    simulator.reset()

    assert simulator.switches() == Switches().as_dict()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"second_writes": "refuse"}, "There is no switch"),
        ({"second_write": "perhaps"}, "second_write cannot be 'perhaps'"),
        ({"rate_limit_calls": -1}, "rate_limit_calls cannot be -1"),
        ({"rate_limit_calls": True}, "rate_limit_calls cannot be True"),
        ({"latency_ms": "slow"}, "latency_ms cannot be 'slow'"),
        ({"latency_ms": None}, "latency_ms cannot be None"),
        ({"rewrite_adds_segment": 1}, "rewrite_adds_segment cannot be 1"),
        ({"user_context_required": "calls/*"}, "user_context_required cannot be"),
    ],
)
def test_a_switch_that_cannot_be_is_refused_and_nothing_changes(
    change: dict[str, Any], message: str, simulator: SimulatorControl
) -> None:
    with pytest.raises(SimulatorRefused, match=message):
        simulator.switch(**change)

    assert simulator.switches() == Switches().as_dict()


def test_a_reset_empties_everything(simulator: SimulatorControl, leg: Row) -> None:
    simulator.agent_sets_code(leg["conversation_id"], leg["communication_id"], simulator.code_id("Resolved"))
    simulator.fault("e500_before")
    simulator.revoke("routing:queue:view")
    simulator.advance(60)

    simulator.reset()

    assert (simulator.state(), simulator.ledger(), simulator.faults(), simulator.calls()["calls"]) == ([], [], [], 0)
    assert "routing:queue:view" in simulator.client()["grants"]


def test_another_seed_is_another_organization(simulator: SimulatorControl) -> None:
    before = simulator.catalogue()["organization_id"]

    simulator.reset(seed=2)

    assert simulator.catalogue()["organization_id"] != before
    simulator.reset(seed=1)
    assert simulator.catalogue()["organization_id"] == before


def test_time_never_runs_backwards(simulator: SimulatorControl) -> None:
    before = simulator.now()

    assert simulator.advance(60) > before
    with pytest.raises(SimulatorRefused, match="at least 0"):
        simulator.advance(-1)


def test_an_unknown_name_or_id_is_refused(simulator: SimulatorControl) -> None:
    with pytest.raises(KeyError, match="Telepathy"):
        simulator.queue_id("Telepathy")
    with pytest.raises(SimulatorRefused):
        simulator.delete_code("nonsense")
    with pytest.raises(SimulatorRefused, match="no wrap-up code nonsense"):
        simulator.offer_codes(simulator.queue_id("Refunds"), ["nonsense"])
    with pytest.raises(SimulatorRefused):
        simulator.agent_sets_code("nonsense", "nonsense", None)


def test_an_unknown_control_names_those_there_are(simulator: SimulatorControl) -> None:
    answer = urllib3.request("POST", f"{simulator.url}/_sim/coffee", retries=False)

    assert answer.status == 404
    assert "POST reset" in json.loads(answer.data)["error"]


def test_a_control_with_other_arguments_is_refused(simulator: SimulatorControl) -> None:
    answer = urllib3.request("POST", f"{simulator.url}/_sim/generate", json={"number": 3}, retries=False)

    assert answer.status == 400
    assert "count" in json.loads(answer.data)["error"]

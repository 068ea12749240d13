"""Who our token is and what it may do."""

from typing import TYPE_CHECKING

import pytest

from wrapups.domain.errors import Unclear
from wrapups.domain.permissions import EVERYWHERE
from wrapups.genesys import grants

if TYPE_CHECKING:
    from wrapups.genesys.gateway import GenesysGateway
    from wrapups.genesys.simulator.client import SimulatorControl


def test_a_token_tells_its_organization(gateway: "GenesysGateway", simulator: "SimulatorControl"):
    assert gateway.whoami().organization_id == simulator.catalogue()["organization_id"]


def test_a_permission_is_held_where_it_is_granted(gateway: "GenesysGateway", simulator: "SimulatorControl"):
    home, europe, *_ = [division["id"] for division in simulator.catalogue()["divisions"]]
    simulator.grant("routing:queue:view", division_ids=[europe])

    granted = gateway.granted()

    assert granted.holds("routing:queue:view", europe)
    assert not granted.holds("routing:queue:view", home)
    assert granted.holds("conversation:participant:wrapup", home)


def test_a_permission_that_was_taken_away_is_held_nowhere(gateway: "GenesysGateway", simulator: "SimulatorControl"):
    simulator.revoke("conversation:participant:wrapup")

    assert gateway.granted().divisions("conversation:participant:wrapup") == frozenset()


def test_a_star_stands_for_every_entity_action_and_division():
    answer = {"grants": [grant(EVERYWHERE, {"domain": "routing", "entityName": "*", "actions": ["*"]})]}

    granted = grants.granted(answer)

    assert granted.holds("routing:queue:view", "any division at all")
    assert not granted.holds("conversation:participant:wrapup", "any division at all")


def test_a_role_without_its_policies_is_no_client_that_may_do_nothing():
    bare = {"grants": [{"division": {"id": "d1"}, "role": {"id": "r1"}}]}

    with pytest.raises(Unclear, match="policies"):
        grants.granted(bare)


def grant(division_id: str, *policies: dict[str, object]) -> dict[str, object]:
    return {"division": {"id": division_id}, "role": {"id": "r1", "policies": list(policies)}}

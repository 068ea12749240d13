"""docs/genesys.md tells an administrator what to grant: it may neither promise nor forget anything."""

import re
from pathlib import Path

import pytest

from wrapups.domain.permissions import NEEDED
from wrapups.genesys.media import MEDIA
from wrapups.genesys.simulator.clients import MINIMUM
from wrapups.genesys.simulator.operations import OPERATIONS

PAGE = (Path(__file__).parents[2] / "docs" / "genesys.md").read_text()
CALLS = dict(re.findall(r"^\| `((?:GET|POST|PATCH) /[^`]+)` \|[^|]+\| ?(?:`([^`]+)`)? ?\|$", PAGE, re.MULTILINE))
GRANTED = re.findall(r"^\| `(\w+:\w+:\w+)` \|", PAGE, re.MULTILINE)


@pytest.mark.parametrize("call", [call for call in CALLS if "/api/" in call])
def test_a_call_is_documented_with_the_permission_it_needs(call):
    needed = OPERATIONS[call.replace("{media}", "calls")].permissions

    assert CALLS[call] in needed or (CALLS[call], needed) == ("", ())


FOR_ONE_ACT = "routing:queue:edit"
"""Whoever wants to put codes on queues from here grants it, too; no other call needs it."""


def test_the_permissions_to_grant_are_those_of_the_calls_and_no_more():
    of_the_calls = set(CALLS.values()) - {""}

    assert sorted(GRANTED) == sorted(of_the_calls - {FOR_ONE_ACT}) == sorted(MINIMUM) == sorted(NEEDED)


def test_the_permission_that_one_act_needs_is_said_apart():
    assert [call for call, permission in CALLS.items() if permission == FOR_ONE_ACT] == [
        "POST /api/v2/routing/queues/{queueId}/wrapupcodes"
    ]
    assert f"With `{FOR_ONE_ACT}` an admin can" in PAGE


@pytest.mark.parametrize("media_type", [each for each, medium in MEDIA.items() if medium.has_wrapup])
def test_a_medium_is_documented_with_its_write_paths_the_default_first(media_type):
    medium = MEDIA[media_type]
    segment = f"`{medium.segment}` " if medium.segment else ""
    back = "communication" if medium.read_communication else "participant"

    assert f"| {media_type} | {segment}| {', '.join(medium.writes)} | {back} |" in PAGE

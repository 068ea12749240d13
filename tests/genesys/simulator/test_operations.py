"""What is served, and what it needs, is what Genesys documents."""

import json
from pathlib import Path

import pytest

from wrapups.genesys.simulator.operations import OPERATIONS, TOKEN, find
from wrapups.genesys.simulator.serving import HANDLERS

DOCUMENTED = Path(__file__).parents[4] / "shared" / "genesys" / "permissions.json"
ID = "7c3a5e0e-0000-4000-8000-000000000001"


def test_every_operation_of_the_table_is_served_and_no_other() -> None:
    assert HANDLERS.keys() == OPERATIONS.keys()


@pytest.mark.parametrize("key", OPERATIONS)
def test_a_request_is_taken_for_the_operation_it_means(key: str) -> None:
    verb, path = key.split(" ")
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    for name in names:
        path = path.replace(f"{{{name}}}", f"a-{name}")

    found = find(verb, path)

    assert found == (OPERATIONS[key], {name: f"a-{name}" for name in names})


def test_a_literal_path_goes_before_a_parameter() -> None:
    found = find("GET", "/api/v2/analytics/conversations/details/jobs/availability")

    assert found is not None
    assert found[0].key == "GET /api/v2/analytics/conversations/details/jobs/availability"


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/api/v2/users/me"),
        ("PUT", "/api/v2/users"),
        ("POST", f"/api/v2/conversations/{ID}/wrapup"),
        ("GET", f"/api/v2/conversations/chats/{ID}"),
        ("GET", "/"),
    ],
)
def test_what_genesys_does_not_offer_is_not_served(verb: str, path: str) -> None:
    assert find(verb, path) is None


def test_the_token_is_asked_for_at_the_login_host_s_path() -> None:
    assert find("POST", "/oauth/token") == (TOKEN, {})


@pytest.mark.skipif(
    not DOCUMENTED.exists(), reason=f"Genesys' own list of permissions is not beside the project: {DOCUMENTED}"
)
@pytest.mark.parametrize("key", OPERATIONS)
def test_every_operation_and_its_permissions_are_those_genesys_documents(key: str) -> None:
    documented = json.loads(DOCUMENTED.read_text("utf-8"))[key]

    assert (documented["rule"], tuple(documented["permissions"])) == OPERATIONS[key][1:]

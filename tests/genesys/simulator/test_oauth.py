"""Tokens: how they are given, refused, throttled and how they end."""

import pytest

from tests.genesys.simulator.conftest import Api
from wrapups.genesys.simulator.client import SimulatorControl


def test_client_credentials_get_a_bearer_token_that_opens_the_api(api: Api, simulator: SimulatorControl) -> None:
    given = api.log_in()

    assert given.status == 200
    assert given.json["token_type"] == "bearer"
    assert given.json["expires_in"] == 86_400
    api.token = given.json["access_token"]
    assert api.get("tokens/me").json["OAuthClient"]["id"] == simulator.client()["client_id"]


@pytest.mark.parametrize("wrong", [{"secret": "guess"}, {"client_id": "7c3a5e0e-0000-4000-8000-00000000dead"}])
def test_a_wrong_client_or_secret_is_400_invalid_client(wrong: dict[str, str], api: Api) -> None:
    refused = api.log_in(**wrong)

    assert (refused.status, refused.json["error"]) == (400, "invalid_client")


def test_asking_too_often_is_400_invalid_request_and_not_429(api: Api, simulator: SimulatorControl) -> None:
    simulator.switch(token_rate_per_minute=2)
    api.log_in()

    refused = api.log_in()

    assert (refused.status, refused.json["error"]) == (400, "invalid_request")
    assert refused.json["error_description"].startswith("rate limit exceeded;")
    simulator.advance(61)
    assert api.log_in().status == 200


def test_another_grant_is_refused(api: Api) -> None:
    answer = api.pool.request("POST", f"{api.simulator.url}/oauth/token", body="grant_type=password")

    assert answer.status == 400
    assert answer.json()["error"] == "unsupported_grant_type"


def test_a_rotated_secret_is_wrong_from_then_on_and_tokens_stay(api: Api, simulator: SimulatorControl) -> None:
    old = simulator.client()["client_secret"]

    new = simulator.rotate_secret()

    assert api.log_in(secret=old).status == 400
    assert api.log_in(secret=new).status == 200
    assert api.get("tokens/me").status == 200


def test_no_token_is_401_authentication_required(api: Api) -> None:
    api.token = ""

    refused = api.get("users")

    assert (refused.status, refused.code) == (401, "authentication.required")


def test_a_token_ends_after_its_lifetime(api: Api, simulator: SimulatorControl) -> None:
    simulator.switch(token_lifetime_s=300)
    api.token = api.log_in().json["access_token"]
    assert api.get("users").status == 200

    simulator.advance(301)

    refused = api.get("users")
    assert (refused.status, refused.code) == (401, "bad.credentials")


def test_tokens_can_be_ended_at_once(api: Api, simulator: SimulatorControl) -> None:
    assert simulator.expire_tokens() >= 1

    assert api.get("users").status == 401


def test_a_reset_leaves_tokens_in_force_and_brings_the_secret_back(api: Api, simulator: SimulatorControl) -> None:
    first = simulator.client()["client_secret"]
    simulator.rotate_secret()

    simulator.reset()

    assert simulator.client()["client_secret"] == first
    assert api.get("users").status == 200

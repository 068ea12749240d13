"""The rate limit: so many calls a minute for each token, said in headers, refused with 429 and Retry-After."""

from tests.genesys.simulator.conftest import Api
from wrapups.genesys.simulator.client import SimulatorControl


def test_every_answer_says_how_much_of_the_minute_is_used(api: Api) -> None:
    api.get("users")

    second = api.get("users")

    assert second.headers["inin-ratelimit-count"] == "2"
    assert second.headers["inin-ratelimit-allowed"] == "300"
    assert 1 <= int(second.headers["inin-ratelimit-reset"]) <= 60


def test_the_301st_call_of_a_minute_is_429_until_the_window_is_over(api: Api, simulator: SimulatorControl) -> None:
    assert {api.get("tokens/me").status for _ in range(300)} == {200}

    refused = api.get("tokens/me")

    wait = refused.headers["Retry-After"]
    assert (refused.status, refused.code) == (429, "too.many.requests.retry.after")
    assert refused.json["message"] == f"Rate limit exceeded the maximum. Retry the request in [{wait}] seconds"
    simulator.advance(int(wait))
    assert api.get("tokens/me").status == 200


def test_each_token_has_a_limit_of_its_own(api: Api, simulator: SimulatorControl) -> None:
    simulator.switch(rate_limit_calls=1)
    api.get("users")
    assert api.get("users").status == 429

    api.token = api.log_in().json["access_token"]

    assert api.get("users").status == 200


def test_a_refused_call_does_nothing(api: Api, simulator: SimulatorControl, leg: dict[str, object]) -> None:
    simulator.switch(rate_limit_calls=1)
    api.get("users")

    refused = api.wrap_up(leg, code=simulator.code_id("Resolved"))

    assert refused.status == 429
    assert simulator.ledger() == []


def test_the_control_side_is_neither_limited_nor_counted(api: Api, simulator: SimulatorControl) -> None:
    simulator.switch(rate_limit_calls=1)
    before = simulator.calls()["calls"]

    for _ in range(5):
        simulator.state()

    assert simulator.calls()["calls"] == before


def test_the_statistics_say_how_many_calls_a_token_made_in_any_minute(api: Api, simulator: SimulatorControl) -> None:
    simulator.switch(rate_limit_calls=4)

    for _ in range(5):
        api.get("users")

    calls = simulator.calls()
    assert calls["operations"]["GET /api/v2/users"] == 5
    assert calls["statuses"] == {"200": 5, "429": 1}
    assert calls["rate_limited"] == 1
    assert calls["max_calls_in_60s"] == 5
    assert [token["calls"] for token in calls["tokens"]] == [5]
    assert [len(times) for times in simulator.call_times()] == [5]

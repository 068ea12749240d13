"""How close together calls came: the figure that says whether a limit could have been broken."""

import pytest

from wrapups.genesys.simulator.call_log import CallLog, most_in_window


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([], 0),
        ([5.0], 1),
        ([0.0, 60.0], 1),
        ([0.0, 59.9], 2),
        ([0.0, 30.0, 60.0, 90.0, 120.0], 2),
        ([0.0, 100.0, 110.0, 120.0, 159.0, 300.0], 4),
    ],
)
def test_the_most_calls_in_any_minute_are_counted_wherever_the_minute_begins(times: list[float], expected: int) -> None:
    assert most_in_window(times, 60.0) == expected


def test_tokens_are_told_apart_and_never_named() -> None:
    log = CallLog()
    for at, token in ((1.0, "secret-a"), (2.0, "secret-b"), (3.5, "secret-a")):
        log.arrived("GET /api/v2/users", token, at)

    assert log.times_per_token() == [[1.0, 3.5], [2.0]]
    assert "secret" not in str(log.figures())
    assert [token["shortest_gap_ms"] for token in log.figures()["tokens"]] == [2500.0, 0.0]

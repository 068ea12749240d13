"""Faults over the wire: what the client meets, and what was done all the same."""

import json
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import urllib3

from tests.genesys.simulator.conftest import Api, Reply, Row
from tests.genesys.simulator.factories import row_of
from wrapups.genesys.simulator.client import SimulatorControl, SimulatorRefused

WRITES = ["POST */wrapup"]


@pytest.fixture
def write(api: Api, leg: Row, simulator: SimulatorControl) -> Callable[[], Reply]:
    """Apply a wrap-up, with at most a second of patience."""
    api.pool = urllib3.PoolManager(retries=False, timeout=1)
    return lambda: api.wrap_up(leg, code=simulator.code_id("Resolved"))


@pytest.fixture
def is_written(leg: Row, simulator: SimulatorControl) -> Callable[[], bool]:
    """Say whether the wrap-up really is there."""
    return lambda: row_of(simulator, leg["communication_id"])["code"] == simulator.code_id("Resolved")


@pytest.mark.parametrize(
    ("fault", "error", "done"),
    [
        ({"mode": "reset_before"}, urllib3.exceptions.ProtocolError, False),
        ({"mode": "reset_after"}, urllib3.exceptions.ProtocolError, True),
        ({"mode": "hang_after", "seconds": 3}, urllib3.exceptions.ReadTimeoutError, True),
        ({"mode": "half_close"}, urllib3.exceptions.ProtocolError, True),
        ({"mode": "slow_drip", "seconds": 2}, urllib3.exceptions.ReadTimeoutError, True),
    ],
)
def test_the_connection_fails_before_or_after_the_write(
    fault: dict[str, Any],
    error: type[Exception],
    done: bool,
    write: Callable[[], Reply],
    is_written: Callable[[], bool],
    simulator: SimulatorControl,
) -> None:
    simulator.fault(operations=WRITES, **fault)

    with pytest.raises(error):
        write()

    assert is_written() is done


@pytest.mark.parametrize(
    ("fault", "status", "done"),
    [
        ({"mode": "e500_before"}, 500, False),
        ({"mode": "e500_after"}, 500, True),
        ({"mode": "accept_but_drop"}, 202, False),
        ({"mode": "redirect", "location": "/api/v2/users"}, 307, False),
        ({"mode": "malformed"}, 202, True),
        ({"mode": "huge_body", "bytes": 100_000}, 202, True),
        *[({"mode": "status", "status": status}, status, False) for status in (401, 403, 404, 408, 409, 502, 503, 504)],
    ],
)
def test_the_answer_misleads_before_or_after_the_write(
    fault: dict[str, Any],
    status: int,
    done: bool,
    write: Callable[[], Reply],
    is_written: Callable[[], bool],
    simulator: SimulatorControl,
) -> None:
    simulator.fault(operations=WRITES, **fault)

    assert write().status == status

    assert is_written() is done


def test_a_late_write_happens_after_the_client_gave_up(
    write: Callable[[], Reply], is_written: Callable[[], bool], simulator: SimulatorControl
) -> None:
    simulator.fault("late_apply", operations=WRITES, seconds=1.5)

    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        write()

    assert not is_written()
    for _ in range(100):
        if is_written():
            break
        time.sleep(0.05)
    assert is_written()


def test_a_malformed_answer_is_no_json(write: Callable[[], Reply], simulator: SimulatorControl) -> None:
    simulator.fault("malformed", operations=WRITES)

    with pytest.raises(json.JSONDecodeError):
        _ = write().json


def test_a_huge_answer_is_as_huge_as_asked(write: Callable[[], Reply], simulator: SimulatorControl) -> None:
    simulator.fault("huge_body", operations=WRITES, bytes=1_000_000)

    assert len(write().body) == 1_000_002


def test_a_gateway_s_502_is_html(write: Callable[[], Reply], simulator: SimulatorControl) -> None:
    simulator.fault("status", operations=WRITES, status=502)

    answer = write()

    assert answer.headers["Content-Type"] == "text/html"
    assert answer.body.startswith(b"<html>")


def test_an_error_of_a_fault_looks_like_any_other(write: Callable[[], Reply], simulator: SimulatorControl) -> None:
    simulator.fault("status", operations=WRITES, status=503)

    answer = write()

    assert answer.code == "service.unavailable"
    assert answer.json["contextId"] == answer.headers["ININ-Correlation-Id"]


@pytest.mark.parametrize("retry_after", ["7", "soon", None])
def test_a_429_says_when_to_come_back_or_does_not(
    retry_after: str | None, write: Callable[[], Reply], is_written: Callable[[], bool], simulator: SimulatorControl
) -> None:
    simulator.fault("r429", operations=WRITES, retry_after=retry_after)

    answer = write()

    assert (answer.status, answer.headers.get("Retry-After")) == (429, retry_after)
    assert not is_written()


def test_a_429_may_say_it_with_a_date(write: Callable[[], Reply], simulator: SimulatorControl) -> None:
    simulator.fault("r429", operations=WRITES, retry_after="date")

    assert parsedate_to_datetime(write().headers["Retry-After"]).tzinfo is not None


def test_a_fault_strikes_as_often_as_it_counts(write: Callable[[], Reply], simulator: SimulatorControl) -> None:
    simulator.fault("status", operations=WRITES, status=503, count=2)

    assert [write().status for _ in range(4)] == [503, 503, 202, 202]
    assert simulator.faults()[0]["met"] == 2


def test_a_rate_strikes_the_same_calls_for_the_same_seed(
    write: Callable[[], Reply], simulator: SimulatorControl
) -> None:
    runs = []

    for _ in range(2):
        simulator.clear_faults()
        simulator.fault("status", operations=WRITES, status=503, rate=0.5, seed=7)
        runs.append([write().status for _ in range(20)])

    assert runs[0] == runs[1]
    assert set(runs[0]) == {202, 503}


def test_a_fault_strikes_only_the_operations_it_names(
    api: Api, write: Callable[[], Reply], simulator: SimulatorControl
) -> None:
    fault = simulator.fault("status", operations=["GET /api/v2/users", "POST /oauth/token"], status=503)

    assert (api.get("users").status, api.log_in().status) == (503, 503)
    assert (api.get("tokens/me").status, write().status) == (200, 202)
    simulator.clear_faults(fault)
    assert api.get("users").status == 200


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"mode": "explode"}, "there are hang_after"),
        ({"mode": "r429", "rate": 2}, "at most 1"),
        ({"mode": "r429", "x": 1}, "x"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_saying_what_can(
    fault: dict[str, Any], message: str, simulator: SimulatorControl
) -> None:
    with pytest.raises(SimulatorRefused, match=message):
        simulator.fault(**fault)


def test_a_fault_leaves_the_server_serving(write: Callable[[], Reply], simulator: SimulatorControl) -> None:
    for mode in ("reset_before", "reset_after", "half_close"):
        simulator.clear_faults()
        simulator.fault(mode, operations=WRITES, count=1)
        with pytest.raises(urllib3.exceptions.ProtocolError):
            write()

    assert write().status == 202

"""The figures of the bench `calls`, from readings off the simulator."""

import pytest

from benchmarks._call_runs import Meter, Run
from wrapups.genesys.simulator.client import SimulatorControl


def test_the_time_with_work_begins_before_the_first_write_and_ends_after_the_last():
    idle, begun, looking, done, later = (0.0, 17, 3), (1.0, 20, 4), (2.0, 25, 4), (3.0, 30, 9), (9.0, 31, 9)
    meter = Meter(SimulatorControl("http://127.0.0.1:1"), [idle, begun, looking, done, later])

    assert meter.between_writes() == (3.0, 13)


@pytest.fixture
def run() -> Run:
    """A client that met 300 calls a minute for two minutes and used 570 of them, of 600 in all, for 500 wrap-ups."""
    return Run(
        right=500,
        wrong=0,
        verified=500,
        calls=600,
        rate_limited=0,
        max_calls_in_60s=290,
        minutes=2.0,
        calls_meanwhile=570,
    )


def test_every_call_counts_for_what_a_wrapup_costs(run: Run):
    assert run.calls_per_wrapup == pytest.approx(1.2)


def test_only_calls_while_there_was_work_count_for_the_share_of_the_allowed(run: Run):
    assert run.share_of_allowed == pytest.approx(0.95)
    assert run.wrapups_a_minute == pytest.approx(250)

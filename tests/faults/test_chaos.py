"""The chaos run: a schedule that a seed decides, and three small runs that meet everything there is to meet."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from dashboard.chaos.figures import passed
from dashboard.chaos.nemesis import Kind, schedule
from dashboard.chaos.troubles import TROUBLES


@given(seed=st.integers(), duration_s=st.floats(5, 300))
def test_a_seed_decides_every_blow_and_each_kind_falls(seed: int, duration_s: float):
    blows = schedule(seed=seed, duration_s=duration_s)

    assert blows == schedule(seed=seed, duration_s=duration_s) == sorted(blows)
    assert {blow.kind for blow in blows} == set(Kind)
    assert all(0 <= blow.at_s < duration_s for blow in blows)


SMALL = {1: ("deep", 20), 2: ("empty", 30), 3: ("deep", 20)}
"""By seed: what lies there at first, and how long blows fall, in seconds. What trickles in meets them less often."""
ROWS = 40
ASKED_TO_STOP_S = 120


@dataclass(frozen=True)
class Ran:
    """What became of a run: its exit code, its line, and what it told besides."""

    code: int
    said: str
    told: str

    @property
    def figures(self) -> dict[str, Any]:
        assert self.said, self.told
        sys.stdout.write(self.said)  # for whoever asks pytest what passing tests said: -rP
        figures: dict[str, Any] = json.loads(self.said)
        return figures


@contextmanager
def a_run(folder: Path, *, seed: int, backlog: str, rows: int, duration_s: int) -> "Iterator[subprocess.Popen[str]]":
    """A run as `make chaos` makes it, with a folder of its own; asked to stop, it stops whatever it started."""
    command = [sys.executable, "manage.py", "chaos", "--seed", str(seed), "--backlog", backlog]
    command += ["--rows", str(rows), "--duration", str(duration_s)]
    folder.mkdir()
    process = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env={**os.environ, "VAR_DIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()
            process.wait(ASKED_TO_STOP_S)


def came_of(process: "subprocess.Popen[str]", *, within_s: float) -> Ran:
    said, told = process.communicate(timeout=within_s)
    return Ran(process.returncode, said, told)


@pytest.fixture(scope="module")
def small_runs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[int, Ran]:
    """Three runs side by side: what they do most is wait for leases to end."""
    folder = tmp_path_factory.mktemp("chaos")
    with ExitStack() as stack:
        begun = {
            seed: stack.enter_context(
                a_run(folder / str(seed), seed=seed, backlog=backlog, rows=ROWS, duration_s=duration_s)
            )
            for seed, (backlog, duration_s) in SMALL.items()
        }
        return {seed: came_of(run, within_s=600) for seed, run in begun.items()}


@pytest.mark.lengthy
@pytest.mark.parametrize("seed", SMALL)
def test_a_small_run_loses_doubles_and_overwrites_nothing(seed: int, small_runs: Mapping[int, Ran]):
    figures = small_runs[seed].figures

    assert small_runs[seed].code == 0, small_runs[seed].told
    assert figures["accepted"] == ROWS
    assert passed(figures)


@pytest.mark.lengthy
def test_every_kind_of_blow_and_of_trouble_struck_in_the_small_runs(small_runs: Mapping[int, Ran]):
    struck = {name for run in small_runs.values() for name in run.figures["struck"]}

    assert struck == {*Kind, *(trouble.name for trouble in TROUBLES)}


@pytest.mark.long
def test_a_run_of_full_size_loses_doubles_and_overwrites_nothing(tmp_path: Path):
    with a_run(tmp_path / "full", seed=4, backlog="deep", rows=3000, duration_s=150) as run:
        ran = came_of(run, within_s=1200)

    assert ran.code == 0, ran.told
    assert ran.figures["accepted"] == 3000

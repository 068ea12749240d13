"""Runs the simulator as a process of its own on a free port, for tests, journeys and benchmarks."""

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wrapups.genesys.simulator.client import SimulatorControl

STOP_S = 5.0


@contextmanager
def running(
    *,
    seed: int = 1,
    conversations: int = 0,
    load: Sequence[Path] = (),
    arrivals_per_minute: float = 0.0,
    speed: float = 1.0,
    port: int = 0,
    pinned_to: Sequence[str] = (),
) -> Iterator[SimulatorControl]:
    """Start a simulator, yield its control side, stop it again.

    `pinned_to` is put before the command, such as ("taskset", "-c", "0"). Raises RuntimeError when it does not start.
    """
    command = [
        *pinned_to,
        *(sys.executable, "-m", "wrapups.genesys.simulator"),
        *("--port", str(port), "--seed", str(seed), "--conversations", str(conversations)),
        *("--arrivals-per-minute", str(arrivals_per_minute), "--speed", str(speed)),
        *(argument for path in load for argument in ("--load", str(path.absolute()))),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3]) as process:
        try:
            yield SimulatorControl(_address(process))
        finally:
            _stop(process)


def _address(process: "subprocess.Popen[str]") -> str:
    """Return the address from the first line the simulator prints."""
    line = process.stdout.readline() if process.stdout else ""
    if not line:
        raise RuntimeError(f"The simulator did not start; it ended with {process.wait(STOP_S)}.")
    return str(json.loads(line)["url"])


def _stop(process: "subprocess.Popen[str]") -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

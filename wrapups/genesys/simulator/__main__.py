"""Runs the simulator: `python -m wrapups.genesys.simulator --port 8081 --conversations 60 --arrivals-per-minute 6`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from wrapups.genesys.simulator import control
from wrapups.genesys.simulator.server import run
from wrapups.genesys.simulator.simulation import Simulation


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the command line, read and checked."""
    parser = argparse.ArgumentParser(prog="python -m wrapups.genesys.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one (default)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the contact centre and its conversations")
    parser.add_argument("--conversations", type=int, default=0, help="ended conversations to begin with")
    parser.add_argument(
        "--load", type=Path, action="append", default=[], help="file of analytics JSON, may be repeated"
    )
    parser.add_argument("--arrivals-per-minute", type=float, default=0.0, help="conversations that keep arriving")
    parser.add_argument("--speed", type=float, default=1.0, help="divides the durations of generated conversations")
    return parser.parse_args(given)


def prepared(options: argparse.Namespace) -> Simulation:
    """Return the simulation the command line asks for; raises ValueError or OSError for a bad file."""
    simulation = Simulation(seed=options.seed)
    control.generate(simulation, count=options.conversations, speed=options.speed)
    for path in options.load:
        control.load(simulation, conversations=orjson.loads(path.read_bytes())["conversations"])
    control.arrivals(simulation, per_minute=options.arrivals_per_minute, speed=options.speed)
    return simulation


def main() -> None:
    """Run the simulator until it is stopped."""
    options = arguments()
    try:
        run(prepared(options), host=options.host, port=options.port)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"The simulator cannot start: {error}")


if __name__ == "__main__":
    main()

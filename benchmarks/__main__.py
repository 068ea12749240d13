"""Print one JSON line a figure. Exit 0 whether aims are met or not, 2 when asked for what there is not."""

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Sequence
from typing import cast

import benchmarks
from benchmarks import Bench


def main(arguments: Sequence[str]) -> None:
    """Run the benches named before the first option, all where none is; options are those the benches declare."""
    known = [module.name for module in pkgutil.iter_modules(benchmarks.__path__) if not module.name.startswith("_")]
    first_option = next((place for place, each in enumerate(arguments) if each.startswith("-")), len(arguments))
    names = [name for each in arguments[:first_option] for name in each.split(",") if name] or known
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        usage="%(prog)s [NAME[,NAME] ...] [--option value ...]",
        description=f"{__doc__} Benches: {', '.join(known)}.",
    )
    if unknown := [name for name in names if name not in known]:
        parser.error(f"there is no bench {', '.join(unknown)}; choose from {', '.join(known)}")
    benches = [cast(Bench, importlib.import_module(f"benchmarks.{name}")) for name in names]
    for option, default in {option: default for bench in benches for option, default in bench.OPTIONS.items()}.items():
        parser.add_argument(f"--{option}", dest=option, default=default, help=f"default {default}")
    options = vars(parser.parse_args(arguments[first_option:]))
    for bench in benches:
        for figure in bench.figures(options):
            print(json.dumps(figure.as_json()), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

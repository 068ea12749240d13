"""What fresh work feels of ten thousand retries that wait behind it, and what asking for them costs.

One worker and one pump on services of their own, at a simulator whose limit, like all that is set in minutes, passes
`speed` times faster than in life. Ten thousand assignments have failed. Conversations end evenly, at half of what the
limit allows; and then once more, after a person has had everything that failed sent again. What is fresh is timed in
both phases by our own rows, whose clock is the database's.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from benchmarks import Figure
from benchmarks._product import load_product

if TYPE_CHECKING:
    from benchmarks._lanes import AskedT, Asks, Run

OPTIONS: Mapping[str, str] = {"seed": "1", "retries": "10000", "seconds": "180", "speed": "1"}

AIM_RATIO = 1.10


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Time fresh work before and after the bulk retry, and the bulk retry itself."""
    load_product()
    from benchmarks import _lanes

    run = run_by(options, _lanes.at_once)
    yield _figure("retries asked for at once", run.asked.rows, "assignments")
    yield _figure("bulk retry, SQL statements", run.asked.statements, "statements")
    yield _figure("bulk retry took", run.asked.seconds, "s")
    yield _figure("doorbells of any kind in the five seconds before it", run.asked.doorbells_before, "doorbells")
    yield _figure("doorbells of any kind in the five seconds after it", run.asked.doorbells_after, "doorbells")
    yield _figure("retries left in the end", run.retries_left, "assignments")
    yield from of_fresh_work("lanes", run, ("without retries", "with retries queued", "with / without"))


def run_by(options: Mapping[str, str], ask: "Asks[AskedT]") -> "Run[AskedT]":
    """Return what was measured on the scale that these options say."""
    from benchmarks import _lanes

    return _lanes.run(
        seed=int(options["seed"]),
        retries=int(options["retries"]),
        seconds=float(options["seconds"]),
        speed=float(options["speed"]),
        ask=ask,
    )


def of_fresh_work(bench: str, run: "Run[Any]", phases: tuple[str, str, str]) -> Iterator[Figure]:
    """Yield what fresh work felt. `phases` are the words for the first phase, the second, and second to first."""
    first, second, ratio = phases
    for name, alone, behind in (
        ("ended to accepted", run.alone.accepted_p95_s, run.behind.accepted_p95_s),
        ("due to sent", run.alone.sent_p95_s, run.behind.sent_p95_s),
    ):
        yield Figure(bench, f"fresh, {name}, 95 %, {first}", alone, "s")
        yield Figure(bench, f"fresh, {name}, 95 %, {second}", behind, "s")
        yield Figure(bench, f"fresh, {name}, 95 %, {ratio}", behind / alone, "x", at_most=AIM_RATIO)
    yield Figure(bench, "fresh measured in each phase", min(run.alone.count, run.behind.count), "assignments")
    yield Figure(bench, "429s met", run.rate_limited, "calls", at_most=0)


def _figure(figure: str, value: float, unit: str, **aim: float) -> Figure:
    return Figure("lanes", figure, value, unit, **aim)

"""What fresh work feels of a day that nobody looked at, and how long catching up on it takes.

One worker and one pump on services of their own, at a simulator whose limit passes `speed` times faster than in life.
Conversations end evenly, at half of what the limit allows; and then once more, after as many as asked for have ended
over a day in which nobody looked. Fresh work is timed in both phases by our own rows, whose clock is the database's.
"""

from collections.abc import Iterator, Mapping

from benchmarks import Figure
from benchmarks._product import load_product

OPTIONS: Mapping[str, str] = {"seed": "1", "missed": "6000", "seconds": "60", "speed": "2"}

AIM_RATIO = 1.10


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Time fresh work before and after the outage, and the catching up."""
    load_product()
    from benchmarks import _outage

    run = _outage.run(
        seed=int(options["seed"]),
        missed=int(options["missed"]),
        seconds=float(options["seconds"]),
        speed=float(options["speed"]),
    )
    yield _figure("ended while nobody looked", run.missed, "conversations")
    yield _figure("of these decided in the end", run.decided, "conversations", at_least=run.missed)
    yield _figure("all decided after", run.caught_up_s, "s")
    for name, before, after in (
        ("ended to decided", run.decided_before_s, run.decided_after_s),
        ("ended to accepted", run.accepted_before_s, run.accepted_after_s),
    ):
        yield _figure(f"fresh, {name}, 95 %, before", before, "s")
        yield _figure(f"fresh, {name}, 95 %, while catching up", after, "s")
        yield _figure(f"fresh, {name}, 95 %, while / before", after / before, "x", at_most=AIM_RATIO)
    yield _figure("429s met", run.rate_limited, "calls", at_most=0)


def _figure(figure: str, value: float, unit: str, **aim: float) -> Figure:
    return Figure("outage", figure, value, unit, **aim)

"""What kills, freezes, floods and a faulty wire cost: ours beside one Celery task a row, under the same nemesis.

Each contender meets the same conversations, the same faults and the same blows by seed (`dashboard.chaos`), on
services and a simulator of its own; figures are the simulator's. The peer is favoured: it is told of each conversation
at once and for certain, and what it does not have is not hit. Since a broker that loses its memory takes a task a row
with it, it runs once more with the broker spared, and once as a more careful variant that looks before it writes and
reads back. Ours is never spared.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from benchmarks import Figure
from benchmarks._product import load_product

if TYPE_CHECKING:
    from benchmarks._under_nemesis import Outcome

OPTIONS: Mapping[str, str] = {"seed": "1", "rows": "200", "duration": "30", "backlog": "empty", "patience": "260"}


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Let each contender go through the trial, ours first."""
    load_product()
    from benchmarks import _under_nemesis as nemesis

    trial = nemesis.Trial(
        seed=int(options["seed"]),
        rows=int(options["rows"]),
        duration_s=float(options["duration"]),
        deep=options["backlog"] == "deep",
        patience_s=float(options["patience"]),
    )
    yield from _told("ours", nemesis.Ours().run(trial), at_most=0)
    for name, peer in {
        "task per row": nemesis.TaskPerRow(looks=False, broker_spared=False),
        "task per row, broker spared": nemesis.TaskPerRow(looks=False, broker_spared=True),
        "task per row that looks first, broker spared": nemesis.TaskPerRow(looks=True, broker_spared=True),
    }.items():
        yield from _told(name, peer.run(trial))


def _told(name: str, outcome: "Outcome", **aim: float) -> Iterator[Figure]:
    yield Figure("delivery", f"{name}, lost", outcome.lost, "wrap-ups", **aim)
    yield Figure("delivery", f"{name}, duplicate writes that took effect", outcome.duplicates, "writes", **aim)
    yield Figure("delivery", f"{name}, agents' codes written over", outcome.overwritten, "codes")
    yield Figure("delivery", f"{name}, 429s met, in the nemesis' storms and else", outcome.rate_limited, "calls")
    yield Figure("delivery", f"{name}, calls", outcome.calls, "calls")
    if outcome.seconds is None:
        yield Figure("delivery", f"{name}, not at an end in time", 1, "runs")
    else:
        yield Figure("delivery", f"{name}, finished in", outcome.seconds, "s")

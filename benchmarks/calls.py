"""What a wrap-up costs in calls, and how many there are in a minute: ours beside a straightforward SDK script.

Both meet the same generated conversations on a simulator of their own, which allows 300 calls a minute as Genesys
Cloud does, and choose by the same rules. Ours runs until nothing is pending; the script needs several times as long,
so it gets some whole minutes. A wrap-up counts where the simulator's ledger has a write of ours and the communication
carries what the rules ask for. Calls are all that came over the wire: refused ones, tokens, the catalogue, looking
and verifying included. `--speed X` makes minutes shorter, for both alike.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from benchmarks import Figure
from benchmarks._product import load_product

if TYPE_CHECKING:
    from benchmarks._call_runs import Run

OPTIONS: Mapping[str, str] = {
    "conversations": "1000",
    "seed": "1",
    "speed": "1",
    "latency-ms": "0",
    "peer-minutes": "2",
    "at-most": "900",
}

AIM_CALLS = 1.1
AIM_SHARE = 0.95


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Let ours work everything off, then the script for some minutes, then compare."""
    load_product()
    from benchmarks import _call_runs

    work = _call_runs.Work(
        conversations=int(options["conversations"]),
        seed=int(options["seed"]),
        speed=float(options["speed"]),
        latency_ms=float(options["latency-ms"]),
    )
    ours = _call_runs.ours(work, at_most_s=float(options["at-most"]))
    yield _figure("ours, wrap-ups a minute while there was work", ours.wrapups_a_minute, "wrap-ups/min")
    yield _figure("ours, calls per wrap-up, whole run", ours.calls_per_wrapup, "calls", at_most=AIM_CALLS)
    share = "ours, share of the allowed calls used while there was work"
    yield _figure(share, ours.share_of_allowed, "share", at_least=AIM_SHARE)
    yield _figure(
        "ours, wrap-ups not verified in the end", ours.right + ours.wrong - (ours.verified or 0), "wrap-ups", at_most=0
    )
    yield from _conduct("ours", ours, work.speed, at_most=0)

    script = _call_runs.sdk_script(work, minutes=float(options["peer-minutes"]))
    yield _figure("SDK script, wrap-ups a minute", script.wrapups_a_minute, "wrap-ups/min")
    yield _figure("SDK script, calls per wrap-up", script.calls_per_wrapup, "calls")
    yield from _conduct("SDK script", script, work.speed)
    yield _figure("wrap-ups a minute, ours / SDK script", ours.wrapups_a_minute / script.wrapups_a_minute, "x")


def _conduct(name: str, run: "Run", speed: float, **aim: float) -> Iterator[Figure]:
    yield _figure(f"{name}, 429s met", run.rate_limited, "calls", **aim)
    yield _figure(f"{name}, wrong codes written", run.wrong, "wrap-ups", **aim)
    if speed == 1:
        yield _figure(f"{name}, most calls in any 60 s", run.max_calls_in_60s, "calls")


def _figure(figure: str, value: float, unit: str, **aim: float) -> Figure:
    return Figure("calls", figure, value, unit, **aim)

"""Ten times the speed that Genesys Cloud allows: how much of it is used, what that takes of the machine, and growth.

First a simulator that allows 3,000 calls a minute, and the product as it is deployed, web included, with a person who
watches the overview; it works off conversations that have ended, on each of which a code is due. Machine figures are of
that whole run. Then, without waiting for any budget, what one wrap-up costs (deciding, claiming, writing, finishing,
verifying) in CPU time of our process and of its PostgreSQL backend, and in SQL statements, with more and more rows
already in the database.
"""

from collections.abc import Iterator, Mapping

from benchmarks import Figure
from benchmarks._product import load_product

OPTIONS: Mapping[str, str] = {
    "conversations": "5000",
    "seed": "1",
    "at-most": "900",
    "rows": "500,5000,50000",
    "sample": "150",
}

AIM_CALLS = 1.05
AIM_SHARE = 0.95
AIM_GROWTH = 1.3


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Work the conversations off at full speed, then cost wrap-ups one by one in ever fuller databases."""
    load_product()
    yield from _full_speed(options)
    yield from _growth(options)


def _full_speed(options: Mapping[str, str]) -> Iterator[Figure]:
    from benchmarks import _full_speed

    if int(options["conversations"]) == 0:
        return
    run = _full_speed.run(int(options["conversations"]), seed=int(options["seed"]), at_most_s=float(options["at-most"]))
    yield _figure("verified wrap-ups", run.verified, "wrap-ups")
    yield _figure("share of the allowed calls used while there was work", run.share, "share", at_least=AIM_SHARE)
    yield _figure("429s met", run.rate_limited, "calls", at_most=0)
    yield _figure("calls per verified wrap-up, whole run", run.calls / run.verified, "calls", at_most=AIM_CALLS)
    yield _figure("wrap-ups not verified in the end", run.unverified, "wrap-ups", at_most=0)
    for name, use in run.uses.items():
        yield _figure(f"{name}, CPU per 1,000 wrap-ups", use.cpu_s / run.verified * 1000, "CPU-s")
        yield _figure(f"{name}, peak memory", use.peak_mib, "MiB")


def _growth(options: Mapping[str, str]) -> Iterator[Figure]:
    from benchmarks import _growth

    totals: list[float] = []
    with _growth.database(seed=int(options["seed"])) as growing:
        for rows in (int(each) for each in options["rows"].split(",") if each):
            growing.grow_to(rows)
            cost = growing.cost(sample=int(options["sample"]))
            totals.append(cost.cpu_ms)
            words = f"with {rows:,} rows there"
            yield _figure(f"CPU per wrap-up {words}, ours and PostgreSQL's", cost.cpu_ms, "ms")
            yield _figure(f"of it PostgreSQL's {words}", cost.database_ms, "ms")
            yield _figure(f"SQL statements per wrap-up {words}", cost.statements, "statements")
    if len(totals) > 1:
        yield _figure("CPU per wrap-up, most rows / fewest", totals[-1] / totals[0], "x", at_most=AIM_GROWTH)


def _figure(figure: str, value: float, unit: str, **aim: float) -> Figure:
    return Figure("throughput", figure, value, unit, **aim)

"""How long a draft takes to decide a month of conversations again, and what that costs the machine and Genesys Cloud.

One worker's share, without a broker: turn by turn, each piece a transaction, against its own PostgreSQL.
"""

from collections.abc import Iterator, Mapping

from benchmarks import Figure
from benchmarks._product import load_product

OPTIONS: Mapping[str, str] = {"past": "50000", "past-rules": "500", "seed": "1"}

AIM_S = 60


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Make the past, then ask once."""
    load_product()
    from benchmarks import _past

    rows, rules = int(options["past"]), int(options["past-rules"])
    with _past.database(rows=rows, rules=rules, seed=int(options["seed"])) as past:
        run = past.what_if()
    yield _figure("communications decided twice", run.done, "communications", at_least=rows)
    yield _figure("from asking to the sums", run.seconds, "s", at_most=AIM_S)
    yield _figure("communications a second", run.done / run.seconds, "1/s")
    yield _figure("CPU of the worker", run.ours_s, "CPU-s")
    yield _figure("CPU of its PostgreSQL backend", run.database_s, "CPU-s")
    yield _figure("peak memory of the worker", run.peak_mib, "MiB")
    yield _figure("memory that it rose by", run.rose_mib, "MiB")
    yield _figure("calls to Genesys Cloud", run.calls, "calls", at_most=0)
    yield _figure("communications that would change", run.changed / run.done, "share")


def _figure(figure: str, value: float, unit: str, **aim: float) -> Figure:
    return Figure("whatif", figure, value, unit, **aim)

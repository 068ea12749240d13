"""How long a search takes among very many assignments, beside Django admin's change list on the same tables.

Rows are loaded once and kept in `bench-search-...` under VAR_DIR, in a PostgreSQL of their own. Each search is asked
once right after PostgreSQL was started and its files were forgotten by the machine (cold), and then twenty times
(warm). What every search took, and the plans of the slowest, are written beside the rows.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from benchmarks import Figure
from benchmarks._product import load_product

if TYPE_CHECKING:
    from benchmarks._search_indexes import Size
    from benchmarks._search_report import Asked
    from benchmarks._search_timing import Timed

OPTIONS: Mapping[str, str] = {"assignments": "100000", "seed": "1", "admin-limit": "60"}

AIM_MS = 100
AIM_DEPTH = 1.2
AIM_TIMES = 10
MIB = 2**20


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Load, or find what was loaded, and ask everything."""
    load_product()
    from benchmarks import _search_indexes, _search_place, _search_report, _search_rows

    with _search_place.loaded(int(options["assignments"]), seed=int(options["seed"])) as loaded:
        yield _figure("assignments", loaded.rows, "assignments")
        for step, seconds in loaded.seconds.items():
            yield _figure(f"loading, {step}", seconds, "s")
        yield from _of_sizes(_search_indexes.sizes(_search_rows.LOADED))
        ours = _search_report.ask_ours(loaded)
        _search_report.write(loaded, ours, {})
        yield from _of_ours(ours)
        admin = _search_report.ask_admin(float(options["admin-limit"]))
        yield from _beside({each.name: each.warm for each in ours}, admin)
        _search_report.write(loaded, ours, admin)


def _of_sizes(sizes: Sequence["Size"]) -> Iterator[Figure]:
    for kind, are_indexes in (("tables", False), ("indexes", True)):
        yield _figure(kind, sum(each.size for each in sizes if each.is_index == are_indexes) / MIB, "MiB")


def _of_ours(ours: Sequence["Asked"]) -> Iterator[Figure]:
    by_name = {each.name: each.warm for each in ours}
    cpu = [each.warm.cpu_ms for each in ours]
    every_run = sorted(run for each in ours for run in each.warm.runs)
    yield _figure("searches", len(ours), "searches")
    yield _figure("all warm runs, p50", statistics.median(every_run), "ms")
    yield _figure("all warm runs, p95", every_run[int(len(every_run) * 0.95)], "ms", at_most=AIM_MS)
    yield _figure("the slowest search, warm p95", max(each.warm.p95 for each in ours), "ms", at_most=AIM_MS)
    yield _figure("searches whose warm p95 is above 100 ms", sum(each.warm.p95 > AIM_MS for each in ours), "searches")
    yield _figure("CPU of a search, ours and PostgreSQL's, median", statistics.median(cpu), "ms")
    yield _figure("CPU of a search, ours and PostgreSQL's, at most", max(cpu), "ms")
    yield _figure("cold, median", statistics.median(each.cold_ms for each in ours), "ms")
    yield _figure("cold, the slowest", max(each.cold_ms for each in ours), "ms")
    depth = by_name["everything, page 10,000"].p50 / by_name["everything"].p50
    yield _figure("page 10,000 to page 1, p50", depth, "x", at_most=AIM_DEPTH)
    yield _figure("statements of a search, at most", max(each.queries for each in ours), "statements")
    blocks = sorted(each.reading.hit + each.reading.read for each in ours)
    yield _figure("blocks of 8 KiB a search, median", statistics.median(blocks), "blocks")
    yield _figure("blocks of 8 KiB a search, at most", blocks[-1], "blocks")


def _beside(ours: Mapping[str, "Timed"], admin: Mapping[str, "Timed"]) -> Iterator[Figure]:
    for name, theirs in admin.items():
        cut = ", cut off" if theirs.timed_out else ""
        yield _figure(f"admin: {name}, p95{cut}", theirs.p95, "ms")
        yield _figure(f"admin: {name}, times ours", theirs.p95 / ours[name].p95, "x", at_least=AIM_TIMES)
    slowest = max(theirs.p95 for theirs in admin.values()) / max(ours[name].p95 for name in admin)
    yield _figure("admin, its slowest to the slowest of ours of these", slowest, "x", at_least=AIM_TIMES)


def _figure(figure: str, value: float, unit: str, **aim: float) -> Figure:
    return Figure("search", figure, value, unit, **aim)

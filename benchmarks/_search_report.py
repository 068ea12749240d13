"""Asks every search, ours and the admin's, and writes what each took beside the rows."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks import _search_admin, _search_indexes, _search_questions, _search_rows
from benchmarks._search_place import Loaded
from benchmarks._search_questions import Search, Subject
from benchmarks._search_timing import Reading, Timed, limited, reading_of, statements_of, time_of
from wrapups.models import Organization

RUNS, ADMIN_RUNS, WARM_UPS = 20, 5, 2
LIMIT_S = 60
EACH_AT_MOST_S = 10
"""So long one of our searches is asked again and again."""
SLOWEST = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """One of our searches: its first run on a cold database, its warm ones, and what PostgreSQL read for a warm one."""

    name: str
    cold_ms: float
    warm: Timed
    reading: Reading
    queries: int


def subject() -> Subject:
    """Return what was loaded."""
    return Subject(Organization.objects.get())


def ask_ours(loaded: Loaded) -> list[Asked]:
    """Ask each search cold, and then all of them warm; by then this process itself has met every one."""
    searches = _search_questions.searches(subject())
    with limited(LIMIT_S):
        for search in searches:
            time_of(search.ask, runs=1, at_most_s=LIMIT_S)
    cold = {search.name: _cold(search, loaded) for search in searches}
    with limited(LIMIT_S):
        return [_asked(search, cold[search.name]) for search in searches]


def ask_admin(limit_s: float) -> Mapping[str, Timed]:
    """Ask the admin what it can be asked, each until a limit has gone by, each statement with the same limit."""
    searches = _search_admin.searches(subject())
    with limited(limit_s):
        return {search.name: _warm(search, limit_s, runs=ADMIN_RUNS) for search in searches}


def write(loaded: Loaded, ours: Sequence[Asked], admin: Mapping[str, Timed]) -> None:
    """Write `searches.json`, and the plans of the slowest into `slowest.txt`, beside the rows."""
    told = {
        "assignments": loaded.rows,
        "loading_s": loaded.seconds,
        "bytes": {each.name: each.size for each in _search_indexes.sizes(_search_rows.LOADED)},
        "searches": [_line(each, admin.get(each.name)) for each in ours],
    }
    folder = loaded.places.folder
    (folder / "searches.json").write_text(json.dumps(told, indent=1))
    slowest = sorted(ours, key=lambda each: -each.warm.p95)[:SLOWEST]
    plans = ("\n\n".join([f"=== {each.name}", *each.reading.plans]) for each in slowest)
    (folder / "slowest.txt").write_text("\n\n".join(plans))


def _cold(search: Search, loaded: Loaded) -> float:
    loaded.cool()
    with limited(LIMIT_S):
        return time_of(search.ask, runs=1, at_most_s=LIMIT_S).runs[0]


def _asked(search: Search, cold_ms: float) -> Asked:
    warm = _warm(search, EACH_AT_MOST_S)
    statements = [] if warm.timed_out else statements_of(search.ask)
    return Asked(search.name, cold_ms, warm, reading_of(statements), len(statements))


def _warm(search: Search, at_most_s: float, *, runs: int = RUNS) -> Timed:
    first = time_of(search.ask, runs=WARM_UPS, at_most_s=at_most_s)
    return first if first.timed_out else time_of(search.ask, runs=runs, at_most_s=at_most_s)


def _line(asked: Asked, admin: Timed | None) -> dict[str, object]:
    line: dict[str, object] = {
        "search": asked.name,
        "found": asked.warm.found,
        "queries": asked.queries,
        "cold_ms": round(asked.cold_ms, 1),
        **_times(asked.warm),
        "buffers_hit": asked.reading.hit,
        "buffers_read": asked.reading.read,
    }
    return {**line, "admin": _times(admin)} if admin else line


def _times(timed: Timed) -> dict[str, object]:
    return {
        "p50_ms": round(timed.p50, 1),
        "p95_ms": round(timed.p95, 1),
        "max_ms": round(max(timed.runs), 1),
        "cpu_ms": round(timed.cpu_ms, 1),
        "runs": len(timed.runs),
        "timed_out": timed.timed_out,
    }

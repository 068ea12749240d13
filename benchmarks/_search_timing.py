"""How long a question takes, how many statements it is, and what PostgreSQL reads for it."""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil
from django.db import connection
from django.db.utils import OperationalError
from psycopg.errors import QueryCanceled

Statement = tuple[str, Any]


@dataclass(frozen=True, slots=True)
class Timed:
    """What one question took, in milliseconds, run by run; `timed_out` where it was cut off, which counts as it is.

    `cpu_ms` is the CPU time of a run, of this process and of its PostgreSQL backend: the same on a busy machine.
    """

    found: int
    runs: Sequence[float]
    cpu_ms: float
    timed_out: bool = False

    @property
    def p50(self) -> float:
        return percentile(self.runs, 50)

    @property
    def p95(self) -> float:
        return percentile(self.runs, 95)


@dataclass(slots=True)
class Recorded:
    """The statements of a question, as they were sent."""

    statements: list[Statement] = field(default_factory=list)

    def __call__(self, execute: Any, statement: str, params: Any, *more: Any) -> Any:
        self.statements.append((statement, params))
        return execute(statement, params, *more)


@dataclass(frozen=True, slots=True)
class Reading:
    """What PostgreSQL did for some statements: blocks found in its buffers, blocks it had to ask for, and its plans."""

    hit: int
    read: int
    plans: Sequence[str]


def percentile(runs: Sequence[float], share: int) -> float:
    """Return the run that so many of a hundred do not exceed, between two runs where need be."""
    if len(runs) == 1:
        return runs[0]
    return statistics.quantiles(runs, n=100, method="inclusive")[share - 1]


def time_of(ask: Callable[[], int], *, runs: int, at_most_s: float) -> Timed:
    """Ask so often, or until so much time has gone by, at least once; a statement beyond the limit ends it."""
    took: list[float] = []
    found, timed_out, until, spent = 0, False, time.monotonic() + at_most_s, _spent_ms()
    while not timed_out and len(took) < runs and (not took or time.monotonic() < until):
        started = time.perf_counter()
        try:
            found = ask()
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
            timed_out = True
        took.append((time.perf_counter() - started) * 1e3)
    return Timed(found, took, (_spent_ms() - spent) / len(took), timed_out)


def _spent_ms() -> float:
    backend = psutil.Process(connection.connection.info.backend_pid)
    return (time.process_time() + sum(backend.cpu_times()[:2])) * 1e3


def statements_of(ask: Callable[[], int]) -> list[Statement]:
    """Ask once, and return what was sent to the database."""
    recorded = Recorded()
    with connection.execute_wrapper(recorded):
        ask()
    return recorded.statements


def reading_of(statements: Sequence[Statement]) -> Reading:
    """Run the statements once more, each explained."""
    hit = read = 0
    plans = []
    with connection.cursor() as cursor:
        for statement, params in statements:
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", params)
            [(told,)] = cursor.fetchall()
            plan = (told if isinstance(told, list) else json.loads(told))[0]["Plan"]
            hit, read = hit + plan["Shared Hit Blocks"], read + plan["Shared Read Blocks"]
            cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS) {statement}", params)
            plans.append("\n".join([statement, *(line for (line,) in cursor.fetchall())]))
    return Reading(hit, read, plans)


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Have PostgreSQL cut off any statement that takes longer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{int(seconds * 1000)}ms"])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")

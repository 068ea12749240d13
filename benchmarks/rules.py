"""What it costs to decide one communication by a release of 1,000 rules, beside zen-engine and rule-engine.

Each engine gets the same decision table and the same communications, one at a time, everything compiled
beforehand and all in one process. zen-engine is called in the fastest of its ways (a decision held by the engine's
own loader) and, as a second figure, in the way its documentation starts with.
"""

import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import rule_engine
import zen

from benchmarks import Figure, _decision_table
from wrapups.domain.facts import Facts
from wrapups.domain.rules import compile_release, decide

OPTIONS: Mapping[str, str] = {"rules": "1000", "communications": "2000", "seed": "1"}

AIM_US = 60
AIM_RATIO = 10
SLOW_SAMPLE = 100
"""Communications given to an engine that needs milliseconds for one."""

Decider = Callable[[Facts], str | None]


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Measure ours, then the peers, then whether all chose alike."""
    table = _decision_table.rows(int(options["rules"]), int(options["seed"]))
    cases = _decision_table.communications(int(options["communications"]), int(options["seed"]) + 1)
    peer_cases = [_decision_table.for_peers(case) for case in cases]

    started = time.perf_counter()
    release = compile_release(_decision_table.our_rules(table))
    yield _figure("compile", (time.perf_counter() - started) * 1e3, "ms")

    ours, chosen = measure(lambda facts: decide(release, facts).code_id, cases)
    yield _figure("decide, median", statistics.median(ours), "us", at_most=AIM_US)
    yield _figure("decide, 95th percentile", _p95(ours), "us")
    traced, _ = measure(lambda facts: len(decide(release, facts).trials), cases[:SLOW_SAMPLE])
    yield _figure("decide with trace, median", statistics.median(traced), "us")
    yield _figure("decide with trace, 95th percentile", _p95(traced), "us")
    yield _figure("communications matched", sum(map(bool, chosen)) / len(chosen), "share")

    disagreements = 0
    for name, decider, sample in peers(table):
        theirs, theirs_chosen = measure(decider, peer_cases[:sample])
        disagreements += sum(a != b for a, b in zip(chosen, theirs_chosen, strict=False))
        yield _figure(f"{name}, median", statistics.median(theirs), "us")
        ratio = statistics.median(theirs) / statistics.median(ours)
        yield _figure(f"{name}, times as long as ours", ratio, "x", at_least=AIM_RATIO)
    yield _figure("disagreements", disagreements, "communications", at_most=0)


def peers(table: Sequence[_decision_table.Row]) -> Iterator[tuple[str, Decider, int | None]]:
    """Yield each peer by name, ready to decide, with how many communications it is given (None: all)."""
    model = _decision_table.zen_table(table)
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"table": model}}})
    yield "zen-engine", lambda facts: engine.evaluate("table", facts)["result"].get("code"), None
    decision = zen.ZenEngine().create_decision(json.dumps(model))
    yield "zen-engine by create_decision", lambda facts: decision.evaluate(facts)["result"].get("code"), SLOW_SAMPLE
    rules = [(rule_engine.Rule(_decision_table.rule_engine_expression(row)), row.code) for row in table]
    yield "rule-engine", lambda facts: next((code for rule, code in rules if rule.matches(facts)), None), SLOW_SAMPLE


def measure(decider: Callable[[Facts], Any], cases: Sequence[Facts]) -> tuple[list[float], list[Any]]:
    """Return the microseconds each case took, and what was chosen; the first cases are also run once to warm up."""
    for case in cases[:SLOW_SAMPLE]:
        decider(case)
    durations, chosen = [], []
    for case in cases:
        started = time.perf_counter_ns()
        result = decider(case)
        durations.append((time.perf_counter_ns() - started) / 1e3)
        chosen.append(result)
    return durations, chosen


def _p95(durations: Sequence[float]) -> float:
    return statistics.quantiles(durations, n=20)[-1]


def _figure(figure: str, value: float, unit: str, **aim: float) -> Figure:
    return Figure("rules", figure, value, unit, **aim)

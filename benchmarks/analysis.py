"""How long it takes to find what is the matter with a release's rules, and how few of them are held against each other.

The rules are those of the other benches: a contact centre's queues by dispositions, the last twentieth broad.
"""

import gc
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Mapping

from benchmarks import Figure, _decision_table
from wrapups.domain.analysis import FlawKind, analyse

OPTIONS: Mapping[str, str] = {"sizes": "200,500,2000", "rounds": "5", "seed": "1"}

AIM_S = 2
AIM_SIZE = 2000


def figures(options: Mapping[str, str]) -> Iterator[Figure]:
    """Analyse releases of each size, some times over."""
    for size in map(int, options["sizes"].split(",")):
        rules = _decision_table.our_rules(_decision_table.rows(size, int(options["seed"])))
        durations = []
        for _ in range(int(options["rounds"])):
            gc.collect()
            started = time.perf_counter()
            analysis = analyse(rules)
            durations.append(time.perf_counter() - started)
        aim = {"at_most": AIM_S} if size == AIM_SIZE else {}
        found = Counter(flaw.kind for flaw in analysis.flaws)
        yield Figure("analysis", f"{size} rules, median", statistics.median(durations), "s", **aim)
        yield Figure("analysis", f"{size} rules, longest", max(durations), "s", **aim)
        yield Figure("analysis", f"{size} rules, comparisons", analysis.comparisons, "pairs")
        yield Figure("analysis", f"{size} rules, share of all pairs", analysis.comparisons / (size * size), "share")
        yield Figure("analysis", f"{size} rules, never decide", found[FlawKind.SHADOWED], "rules")
        yield Figure("analysis", f"{size} rules, undecided", found[FlawKind.UNDECIDED], "rules", at_most=0)

"""Statistics of the calls: how many of each operation, with which status, and how close together per token.

Its times are of the wall clock, never advanced: they say what really came over the wire.
"""

from bisect import bisect_right
from collections import Counter
from itertools import pairwise
from typing import Any

WINDOW_S = 60.0


class CallLog:
    """Every API call, tokens asked for included; the control side is not counted."""

    def __init__(self) -> None:
        self.operations: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.times: dict[str, list[float]] = {}

    def arrived(self, operation: str, token: str, at: float) -> None:
        """Count one call on its arrival; `token` is empty where there is none."""
        self.operations[operation] += 1
        if token:
            self.times.setdefault(token, []).append(at)

    def answered(self, status: int) -> None:
        """Count one answer by its status."""
        self.statuses[str(status)] += 1

    def times_per_token(self) -> list[list[float]]:
        """Return when each token made its calls, in seconds after 1970; tokens by order of first use."""
        return list(self.times.values())

    def figures(self) -> dict[str, Any]:
        """Return calls in all, per operation and status, 429s, and the most calls in any 60 s per token.

        Tokens are named by order of first use, never by their value.
        """
        per_token = [
            {
                "calls": len(times),
                "max_in_60s": most_in_window(times, WINDOW_S),
                "shortest_gap_ms": round(min((b - a for a, b in pairwise(times)), default=0.0) * 1000, 3),
                "first_at": times[0],
                "last_at": times[-1],
            }
            for times in self.times_per_token()
        ]
        return {
            "calls": self.operations.total(),
            "operations": dict(self.operations),
            "statuses": dict(self.statuses),
            "rate_limited": self.statuses["429"],
            "max_calls_in_60s": max((token["max_in_60s"] for token in per_token), default=0),
            "tokens": per_token,
        }


def most_in_window(times: list[float], window_s: float) -> int:
    """Return the most of these ascending times that fall into any window of that length."""
    return max((index + 1 - bisect_right(times, at - window_s) for index, at in enumerate(times)), default=0)

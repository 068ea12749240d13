"""The rate limit: so many calls per token in a window that begins with the token's first call."""

import math
from typing import NamedTuple

from wrapups.genesys.simulator.problems import Problem


class Window(NamedTuple):
    """One token's running window."""

    began_at: float
    calls: int


class RateLimiter:
    """Counts calls per token."""

    def __init__(self) -> None:
        self.windows: dict[str, Window] = {}

    def count(self, token: str, now: float, *, allowed: int, window_s: float) -> tuple[dict[str, str], Problem | None]:
        """Count one call at `now` and return its inin-ratelimit headers, and the 429 when it is one too many."""
        window = self.windows.get(token)
        if window is None or now >= window.began_at + window_s:
            window = Window(now, 0)
        window = self.windows[token] = Window(window.began_at, window.calls + 1)
        reset_s = max(1, math.ceil(window.began_at + window_s - now))
        headers = {
            "inin-ratelimit-count": str(window.calls),
            "inin-ratelimit-allowed": str(allowed),
            "inin-ratelimit-reset": str(reset_s),
        }
        if window.calls <= allowed:
            return headers, None
        return headers | {"Retry-After": str(reset_s)}, Problem("too.many.requests.retry.after", seconds=reset_s)

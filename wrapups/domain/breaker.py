"""When Genesys Cloud, or the way to it, is so unwell that calling on does harm: a hold, and nobody's error.

Opens when at least half of the last twenty calls failed (and at least ten were made), for 30 s, doubling up to ten
minutes while it opens again. When the time is over one call goes first; what it meets decides, and nothing else: what
was under way when it opened says nothing new.
"""

from dataclasses import dataclass, replace

WINDOW = 20
FEWEST = 10
FIRST_OPEN_S = 30.0
LONGEST_OPEN_S = 600.0
GONE_FIRST = "?"
"""Stands for the last calls, once it has opened, while one call goes first."""
SPREAD = 0.2


@dataclass(frozen=True, slots=True)
class Breaker:
    """The last calls, newest at the right: `1` for one that was not answered properly, `0` for one that was.

    `opened` counts the openings since the last good call. A call that Genesys refused for good reasons counts as
    answered, and a throttled one not at all.
    """

    recent: str = ""
    opened: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it has opened and no good call has closed it since."""
        return self.opened > 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """The breaker after a call, and for how many seconds it is to stay open now (0: nothing changes for callers)."""

    breaker: Breaker
    open_for_s: float = 0.0


def after_call(breaker: Breaker, *, answered: bool, jitter: float) -> Verdict:
    """Return what one more call makes of the breaker; `jitter`, 0.0 to 1.0, spreads an opening by 20 % either way."""
    if breaker.is_open and breaker.recent != GONE_FIRST:
        return Verdict(breaker)
    if breaker.is_open:
        return Verdict(Breaker()) if answered else _open(breaker, jitter)
    recent = (breaker.recent + ("0" if answered else "1"))[-WINDOW:]
    seen = replace(breaker, recent=recent)
    unwell = len(recent) >= FEWEST and recent.count("1") * 2 >= len(recent)
    return _open(seen, jitter) if unwell and not answered else Verdict(seen)


def _open(breaker: Breaker, jitter: float) -> Verdict:
    seconds = min(LONGEST_OPEN_S, FIRST_OPEN_S * 2.0**breaker.opened)
    return Verdict(Breaker("", breaker.opened + 1), seconds * (1 + SPREAD * (2 * jitter - 1)))

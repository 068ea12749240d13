"""How the recurring duties of an organization stand, in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from wrapups.models import Sweep

WORDS: Mapping[str, str] = {
    Sweep.Kind.DISCOVER: "Look for ended conversations",
    Sweep.Kind.REFRESH: "Read again what was not ready",
    Sweep.Kind.VERIFY: "Read codes back",
    Sweep.Kind.CATALOGUE: "Copy the catalogue",
    Sweep.Kind.WATCH: "See whether people chose other codes",
    Sweep.Kind.RECONCILE: "Compare a whole day with Genesys",
    Sweep.Kind.CHECK: "Check what our client may do",
    Sweep.Kind.CATCH_UP: "Catch up on what ended while nobody looked",
    Sweep.Kind.TALLY: "Count what rules decide",
    Sweep.Kind.PUBLISH: "Publish what is due",
    Sweep.Kind.TIDY: "Remove what is past its time",
    Sweep.Kind.PREDICT: "Ask what Copilot predicted",
    Sweep.Kind.ALERT: "Look for what somebody must be told of",
}


@dataclass(frozen=True, slots=True)
class Duty:
    """One recurring duty, in words: when it last went well, and what stopped it the last time."""

    words: str
    succeeded_at: datetime | None
    problem: str


def duties_of(sweeps: Iterable[Sweep]) -> list[Duty]:
    """Return each as a duty, in the same order."""
    return [Duty(WORDS[sweep.kind], sweep.succeeded_at, sweep.problem) for sweep in sweeps]

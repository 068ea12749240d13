"""How long is kept what has had its use: by kind, with safe defaults that an organization may change.

What is never removed here: assignments and their attempts, conversations, dispositions, releases, the audit.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

MOST_DAYS = 3650


class BadRetention(ValueError):
    """What was chosen to be kept cannot be meant; the text is for the person."""


class Kind(StrEnum):
    """Kinds of rows that are removed when their time is over. The values are stored."""

    EVENTS = "events"
    NOTICES = "notices"
    ALERTS = "alerts"
    UPLOADS = "uploads"
    WHAT_IFS = "what_ifs"
    IMPORTS = "imports"
    EXPORTS = "exports"
    BULK_ACTS = "bulk_acts"


@dataclass(frozen=True, slots=True)
class Period:
    """How many days a kind is kept, and no fewer than which."""

    words: str
    days: int
    least: int
    because: str


PERIODS: Mapping[Kind, Period] = {
    Kind.EVENTS: Period("Events", 90, 7, "Known again for at least 7 days. What is set apart stays until decided."),
    Kind.NOTICES: Period("Webhook deliveries", 30, 3, "What still waits to be delivered stays."),
    Kind.ALERTS: Period("Alerts", 90, 7, "What still stands stays."),
    Kind.UPLOADS: Period("Files and their lines", 180, 7, "The dispositions that came of them stay."),
    Kind.WHAT_IFS: Period("What-if runs", 30, 1, "They wrote nothing."),
    Kind.IMPORTS: Period("Files of rules", 180, 1, "The rules that came of them stay."),
    Kind.EXPORTS: Period("Exports", 90, 1, "Their files go within hours. Who took them stays on record."),
    Kind.BULK_ACTS: Period(
        "Rows of acts on many", 180, 7, "The list that found them goes too. The acts, and what they did, stay."
    ),
}


def days_kept(chosen: Mapping[str, object]) -> dict[Kind, int]:
    """Return the days each kind is kept: what was chosen, or the default.

    Raises BadRetention for a kind that there is not, and for days that are no whole number within the kind's bounds:
    it is better to remove nothing than too much.
    """
    unknown = chosen.keys() - set(Kind)
    if unknown:
        raise BadRetention(f"There is nothing called {min(unknown)!r} to keep. Use {', '.join(Kind)}.")
    return {kind: _days(kind, chosen.get(kind, period.days)) for kind, period in PERIODS.items()}


def _days(kind: Kind, days: object) -> int:
    least = PERIODS[kind].least
    if not isinstance(days, int) or isinstance(days, bool) or not least <= days <= MOST_DAYS:
        raise BadRetention(f"{kind}: choose a whole number of days from {least} to {MOST_DAYS}.")
    return days

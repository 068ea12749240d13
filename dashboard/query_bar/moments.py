"""Times as people ask for them: "7d", "today", "2026-11-01 14:00"."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

EXAMPLES = "7d, 24h, today, yesterday, 2026-11-01 or 2026-11-01 14:00"

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"([1-9]\d{0,3})([mhdw])", re.ASCII)
_DAYS = ("today", "yesterday")
_EXACT = re.compile(r"(20\d\d-\d\d-\d\d)(?:[T ](\d\d:\d\d)([+-]\d\d:\d\d)?)?", re.ASCII)
"""With its distance from UTC where somebody's clock shows the same time twice."""


@dataclass(frozen=True, slots=True)
class Ago:
    """A time that goes with the clock, so that a kept search for the last week stays one: "7d", "today"."""

    text: str

    @classmethod
    def read(cls, text: str) -> "Ago | None":
        """Return what these words mean, None where they are no such time."""
        text = text.strip().lower()
        return cls(text) if text in _DAYS or _AGO.fullmatch(text) else None

    def at(self, now: datetime) -> datetime:
        """Return the instant it means at `now`, whose zone says when a day begins."""
        if self.text in _DAYS:
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
            return midnight - timedelta(days=_DAYS.index(self.text))
        return now - timedelta(**{_UNITS[self.text[-1]]: int(self.text[:-1])})

    @property
    def words(self) -> str:
        """Return it for people: "7 days ago", "today"."""
        if self.text in _DAYS:
            return self.text
        count, unit = int(self.text[:-1]), _UNITS[self.text[-1]]
        return f"{count} {unit if count > 1 else unit.removesuffix('s')} ago"

    def __str__(self) -> str:
        return self.text


def moment_in(text: str) -> str | None:
    """Return a time as it stands in an address: "7d" as it is, else "2026-11-01T14:00"; None where it is no time."""
    ago, exact = Ago.read(text), _EXACT.fullmatch(text.strip())
    if ago is not None or exact is None:
        return ago.text if ago else None
    try:
        moment = datetime.fromisoformat(f"{exact[1]}T{exact[2] or '00:00'}{exact[3] or ''}")
        return moment.isoformat(timespec="minutes")
    except ValueError:
        return None


def shortest(moment: str) -> str:
    """Return a time of an address as it is written in a query: a whole day without its midnight."""
    return moment.removesuffix("T00:00")

"""When something is due that comes by the day or by the week, at an hour of somebody's clock."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Every(StrEnum):
    DAY = "day"
    WEEK = "week"


@dataclass(frozen=True, slots=True)
class Schedule:
    """A time that comes again: at this hour (0 to 23) of the zone's clock, weekly on this weekday (0: Monday)."""

    every: Every
    hour: int
    zone: ZoneInfo
    weekday: int = 0

    def next_after(self, moment: datetime) -> datetime:
        """Return the first such time after `moment`, as UTC. An hour that the clock skips is the one it goes on at, and
        of one that it shows twice the first counts."""
        day = moment.astimezone(self.zone).date() - timedelta(days=1)
        while True:
            at = datetime.combine(day, time(self.hour), self.zone).astimezone(UTC)
            if at > moment and (self.every is Every.DAY or day.weekday() == self.weekday):
                return at
            day += timedelta(days=1)

    def latest_until(self, moment: datetime, *, since: datetime) -> datetime:
        """Return the last such time up to `moment`, where `since` was one: what a pause has let pass comes once."""
        latest = since
        while (following := self.next_after(latest)) <= moment:
            latest = following
        return latest

"""Hours of the week by somebody's clock: when people work, and when they want to be left alone. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = timedelta(days=8)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Times at which only what is urgent is told: each day between two times, and whole days (0: Monday).

    From 22:00 until 07:00 goes over midnight. Clocks that are put forward or back change what time it is, not this.
    """

    begins: time | None
    ends: time | None
    days: Collection[int]
    zone: ZoneInfo

    def cover(self, moment: datetime) -> bool:
        """Return whether it is quiet at a moment."""
        local = moment.astimezone(self.zone)
        return local.weekday() in self.days or self._within(local.time())

    def end_after(self, moment: datetime) -> datetime | None:
        """Return when it is next not quiet, as UTC: the moment itself where it is not; None where it always is."""
        if not self.cover(moment):
            return moment
        local = moment.astimezone(self.zone)
        changes = [time(0), *([self.ends] if self.ends else [])]
        days = (local.date() + timedelta(days=ahead) for ahead in range(WEEK.days))
        times = sorted(datetime.combine(day, at, self.zone).astimezone(UTC) for day in days for at in changes)
        return next((at for at in times if at > moment and not self.cover(at)), None)

    def _within(self, at: time) -> bool:
        if self.begins is None or self.ends is None or self.begins == self.ends:
            return False
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When people work: on these days (0: Monday), from one time until a later one of the same day."""

    begins: time
    ends: time
    days: Collection[int]
    zone: ZoneInfo

    def began_at(self, moment: datetime) -> datetime | None:
        """Return when the working day began that a moment is in; None outside of working hours."""
        local = moment.astimezone(self.zone)
        if local.weekday() not in self.days or not self.begins <= local.time() < self.ends:
            return None
        return datetime.combine(local.date(), self.begins, self.zone).astimezone(UTC)

    def silence_s(self, last: datetime | None, moment: datetime) -> float | None:
        """Return for how many seconds of this working day nothing was heard; None outside of working hours.

        What was last heard before the day began counts from its beginning: nobody worked at night.
        """
        began = self.began_at(moment)
        if began is None:
            return None
        return (moment - max(began, last or began)).total_seconds()

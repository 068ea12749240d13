"""Hours of the week by somebody's clock: when people work, and when they want to be left alone. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAY_MIN = 1440
PAUSE_MIN = 1


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

    def _within(self, at: time) -> bool:
        if self.begins is None or self.ends is None or self.begins == self.ends:
            return False
        if self.begins < self.ends:
            return self.begins <= at < self.ends
        return at >= self.begins or at < self.ends


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When people work: from a time on these days (0: Monday) until another, which may be of the next day.

    From 22:00 until 06:00 goes over midnight; twice the same time is round the clock.
    """

    begins: time
    ends: time
    days: Collection[int]
    zone: ZoneInfo

    @property
    def longest_min(self) -> int:
        """For how many minutes people work without a pause, at most."""
        length = (_minutes(self.ends) - _minutes(self.begins)) % DAY_MIN or DAY_MIN
        if DAY_MIN - length > PAUSE_MIN:
            return length
        twice = ("".join("x" if day in self.days else " " for day in range(7)) * 2).split()
        return length + DAY_MIN * (min(7, max(map(len, twice), default=0)) - 1)

    def began_at(self, moment: datetime) -> datetime | None:
        """Return since when people have worked without a pause at a moment, a week at most; None where they do not.

        A minute is no pause: who works round the clock may say so by 00:00 until 23:59.
        """
        today = moment.astimezone(self.zone).date()
        for day in (today, today - timedelta(days=1)):
            shift = self._shift(day)
            if shift and shift[0] <= moment < shift[1]:
                return self._joined(day, shift[0])
        return None

    def silence_s(self, last: datetime | None, moment: datetime) -> float | None:
        """Return for how many seconds nothing was heard while people worked; None outside of working hours.

        What was last heard before they began counts from then on: nobody worked.
        """
        began = self.began_at(moment)
        if began is None:
            return None
        return (moment - max(began, last or began)).total_seconds()

    def _shift(self, day: date) -> tuple[datetime, datetime] | None:
        if day.weekday() not in self.days:
            return None
        last_day = day if self.begins < self.ends else day + timedelta(days=1)
        begins, ends = datetime.combine(day, self.begins, self.zone), datetime.combine(last_day, self.ends, self.zone)
        return begins.astimezone(UTC), ends.astimezone(UTC)

    def _joined(self, day: date, began: datetime) -> datetime:
        for back in range(1, 8):
            before = self._shift(day - timedelta(days=back))
            if before is None or began - before[1] > timedelta(minutes=PAUSE_MIN):
                break
            began = before[0]
        return began


def _minutes(at: time) -> int:
    return 60 * at.hour + at.minute

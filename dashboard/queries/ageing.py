"""How long Genesys Cloud will still take a code for what has ended: the organization says (`too_late_h`)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wrapups.models import Organization

SOON = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class TimeLeft:
    """The time until Genesys will refuse a code; none is left from `ends_at` on."""

    ends_at: datetime
    left: timedelta

    @property
    def over(self) -> bool:
        return self.left <= timedelta(0)

    @property
    def words(self) -> str:
        """What a badge says: "3 h left", or "too late"."""
        minutes = int(self.left.total_seconds()) // 60
        if self.over:
            return "too late"
        if minutes < 60:
            return f"{minutes} min left"
        return f"{minutes // 60} h left" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d left"

    @property
    def tone(self) -> str:
        """How much it presses: bad where it is over, warning where it soon will be."""
        if self.over:
            return "bad"
        return "warning" if self.left <= SOON else "quiet"


def too_late_before(organization: Organization, now: datetime) -> datetime:
    """Return the moment before which a conversation must have ended to be too old by now."""
    return now - timedelta(hours=organization.too_late_h)


def time_left(organization: Organization, ended_at: datetime | None, now: datetime) -> TimeLeft | None:
    """Return how long a conversation that ended then can still be written to; None where it has not ended."""
    if ended_at is None:
        return None
    ends_at = ended_at + timedelta(hours=organization.too_late_h)
    return TimeLeft(ends_at, ends_at - now)

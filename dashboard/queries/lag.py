"""How far discovery is behind after an outage, and when it will have caught up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wrapups.domain.slices import Place
from wrapups.models import Organization, Sweep
from wrapups.services.sharing import calls_per_second


@dataclass(frozen=True, slots=True)
class Lag:
    """What ended from `since` up to `until` has not all been looked at; `takes_s` is None while nobody can tell."""

    since: datetime
    until: datetime
    takes_s: float | None

    @property
    def length_s(self) -> float:
        """How long the stretch is, in seconds."""
        return max(0.0, (self.until - self.since) / timedelta(seconds=1))


def lag_of(catching_up: Sweep, organization: Organization) -> Lag | None:
    """Return how far this organization's duty to catch up is behind; None where nothing is left to be looked at.

    It reads the latest first, so what is left is the earlier part. How long that takes is reckoned from what the later
    part took, at the back lane's share of the calls.
    """
    since, until = catching_up.watermark_at, catching_up.until_at
    if since is None or until is None:
        return None
    if not catching_up.cursor:
        return Lag(since, until, None)
    place = Place.of_text(catching_up.cursor)
    calls = place.calls_left(since, until)
    takes_s = None if calls is None else calls / calls_per_second(organization)
    return Lag(since, min(until, place.behind or since), takes_s)

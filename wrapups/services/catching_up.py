"""Going through a stretch of the past in the back lane: what ended while nobody looked, and once an hour the last day.

Latest end first, in slices within Genesys' limits, a few calls a turn. The place is kept after every page, so any
worker goes on where another stopped. What it decides waits behind fresh work and is then written oldest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from wrapups.domain import slices
from wrapups.domain.conversation import ConversationSeen, EndedPage
from wrapups.domain.errors import GenesysError, Unclear
from wrapups.domain.slices import Place, Shown
from wrapups.domain.status import Lane
from wrapups.models import Organization, Release, Sweep
from wrapups.models.clock import app_now
from wrapups.services.budgeting import learn
from wrapups.services.completing import lacking_attributes, unknown, whole
from wrapups.services.crashing import crash_point
from wrapups.services.deciding import decide
from wrapups.services.discovering import PAGE_SIZE, Door, OutOfCalls
from wrapups.services.rulebook import in_force
from wrapups.services.sharing import Allowance, TurnOver
from wrapups.services.sweeping import Turn, TurnLost, turn

DAY = timedelta(days=1)
IDLE_S = 3600
AFTER_TROUBLE_S = 15
TRIES = 3
"""How often a page is read again for a conversation that cannot be read whole."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What ended from `since` on and was looked for up to `until`, and how far it has been gone through."""

    since: datetime
    until: datetime
    place: Place

    @classmethod
    def of(cls, organization: Organization, since: datetime, until: datetime, cursor: str) -> "Stretch":
        """Return the stretch at its kept place, else at its beginning. Never before the organization was connected.

        It reads what had started `lookback_h` before, since conversations are found by their start.
        """
        since = max(since, organization.apply_from)
        begin = min(since, until) - timedelta(hours=organization.lookback_h)
        return cls(since, until, Place.of_text(cursor) if cursor else Place.beginning(begin, until))


def catch_up(organization: Organization, *, gateway: Door) -> int:
    """Go on with what ended while nobody looked; return how many decisions are new. Does nothing when all is known."""
    release = in_force(organization)
    if release is None:
        return 0
    with turn(organization.pk, Sweep.Kind.CATCH_UP, every_s=IDLE_S) as mine:
        if mine is None or mine.watermark_at is None or mine.until_at is None:
            return 0
        stretch = Stretch.of(organization, mine.watermark_at, mine.until_at, mine.cursor)
        return Walk(organization, release, gateway, stretch).go(mine)


def reconcile(organization: Organization, *, gateway: Door) -> int:
    """Go on through the last day, known or not; return how many decisions are new.

    What discovery passes over (an ending that analytics showed very late, an event that never came) is found here.
    While there is something to catch up on this waits.
    """
    release = in_force(organization)
    if release is None:
        return 0
    with turn(organization.pk, Sweep.Kind.RECONCILE, every_s=settings.RECONCILE_EVERY_S) as mine:
        if mine is None or is_behind(organization):
            return 0
        now = app_now()
        since, until = (mine.watermark_at, mine.until_at) if mine.cursor else (now - DAY, now)
        stretch = Stretch.of(organization, since or now - DAY, until or now, mine.cursor)
        return Walk(organization, release, gateway, stretch).go(mine)


def is_behind(organization: Organization) -> bool:
    """Return whether a stretch of the past has not been looked at yet."""
    rows = Sweep.objects.filter(organization=organization, kind=Sweep.Kind.CATCH_UP)
    return rows.exclude(until_at=None).exists()


class Walk:
    """One turn of going through a stretch."""

    def __init__(self, organization: Organization, release: Release, gateway: Door, stretch: Stretch) -> None:
        self._organization, self._release, self._gateway = organization, release, gateway
        self._stretch = stretch
        self._allowance = Allowance(organization)
        self._calls_kept = 0
        self._new = 0

    def go(self, mine: Turn) -> int:
        """Go on as far as this turn may; return how many decisions are new. Raises nothing that Genesys can cause."""
        try:
            place = self._stretch.place
            while not place.over:
                before, place = place, self._page(place, mine)
                crash_point("B1")
                self._keep(mine, place)
                crash_point("B2")
                if place.tries > before.tries:
                    mine.again_after(max(AFTER_TROUBLE_S, self._allowance.rest_s))
                    break
        except TurnOver:
            mine.again_after(self._allowance.rest_s)
        except (GenesysError, OutOfCalls) as error:
            if isinstance(error, GenesysError):
                learn(self._organization.pk, error)
            mine.problem = str(error)[:500]
            mine.again_after(max(AFTER_TROUBLE_S, self._allowance.rest_s))
        except TurnLost:
            pass  # there is more to go through than was known, or this worker was away: another one goes on
        return self._new

    def _page(self, place: Place, mine: Turn) -> Place:
        """Read and decide the page at this place; return the next one."""
        mine.go_on()
        found = self._read(place)
        ends = [seen.ended_at for seen in found.conversations if seen.ended_at]
        shown = Shown(tuple(seen.conversation_id for seen in found.conversations), min(ends, default=None), found.total)
        all_read = place.too_many(shown) or self._decide(found.conversations, mine, patient=place.tries < TRIES)
        calls, self._calls_kept = self._allowance.spent - self._calls_kept, self._allowance.spent
        if not all_read:
            return place.again(calls=calls)
        if unread := place.unread(shown, floor=self._stretch.since, page_size=PAGE_SIZE):
            when = f"{place.left[0].begins_at:%Y-%m-%d %H:%M:%S} and {place.left[0].ends_at:%H:%M:%S} UTC"
            most = f"Genesys Cloud shows at most {slices.DEEPEST:,} of one query."
            mine.problem = f"About {unread:,} conversations between {when} were not read: {most}"
        return place.after(shown, floor=self._stretch.since, page_size=PAGE_SIZE, calls=calls)

    def _read(self, place: Place) -> EndedPage:
        self._allowance.take("looking for conversations that ended earlier")
        one = place.left[0]
        found = self._gateway.ended_conversations(since=one.begins_at, until=one.ends_at, page=place.page)
        learn(self._organization.pk, None)
        return found

    def _decide(self, sightings: Sequence[ConversationSeen], mine: Turn, *, patient: bool) -> bool:
        """Decide what is not known; return whether the page is done with. What was read is decided in any case."""
        wanted = [seen for seen in sightings if seen.ended_at and seen.ended_at >= self._stretch.since]
        fresh = unknown(self._organization, wanted)
        lacking = lacking_attributes(self._organization, self._release, fresh)
        ready = [seen for seen in fresh if seen.conversation_id not in lacking]
        done = True
        try:
            for seen in fresh:
                if seen.conversation_id in lacking:
                    mine.go_on()
                    try:
                        ready.append(whole(self._organization, self._gateway, seen, take_call=self._allowance.take))
                    except Unclear as error:
                        learn(self._organization.pk, error)
                        done = not patient
        finally:
            self._new += decide(self._organization, self._release, ready, lane=Lane.BULK)
        return done

    def _keep(self, mine: Turn, place: Place) -> None:
        if place.over:
            mine.keep("", since=None, until=None)
        else:
            mine.keep(place.to_text(), since=self._stretch.since, until=self._stretch.until)

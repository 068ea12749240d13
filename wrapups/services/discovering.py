"""Finding what has just ended: newest end first, a hundred a call, down to where the last look began.

A look is short. Where there is more than it can go through (after an outage) it takes the newest and leaves the
rest to `catching_up`, so that what ends now never waits for what ended while nobody looked.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db.models import Value
from django.db.models.functions import Greatest, Least

from wrapups.domain.conversation import ConversationSeen, EndedPage
from wrapups.domain.errors import GenesysError, Unclear
from wrapups.domain.status import Lane
from wrapups.models import CallTally, Organization, Release, Sweep
from wrapups.models.clock import AppNow, app_now
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.completing import Alone, lacking_attributes, undecided, whole
from wrapups.services.deciding import decide
from wrapups.services.rulebook import in_force
from wrapups.services.sweeping import Turn, turn

PAGE_SIZE = 100
OVERLAP = timedelta(minutes=10)
"""How far behind the last look we look again: analytics shows some conversations later than younger ones."""
FRESH = timedelta(minutes=15)
"""What ended longer ago was missed by somebody: an outage, analytics. It waits behind what ends now."""
LOOK_CALLS = 20
"""After so many calls a look leaves the rest to catching up."""
CALL_PATIENCE_S = 30


class Door(Alone, Protocol):
    """What discovery needs of the gateway, one call each."""

    def ended_conversations(
        self, *, since: datetime, until: datetime, page: int, page_size: int = PAGE_SIZE
    ) -> EndedPage: ...


class ByIds(Alone, Protocol):
    """What looking at given conversations needs of the gateway."""

    def conversations(self, conversation_ids: Sequence[str]) -> tuple[ConversationSeen, ...]: ...


def discover(organization: Organization, *, gateway: Door) -> int:
    """Decide what ended since the last look, the newest of it at least; return how many decisions are new.

    Does nothing when it is not due, when another worker has the turn, or before the first release is in force.
    A look that is cut short (held, throttled, unclear) starts again from the same place next time.
    """
    release = in_force(organization)
    if release is None:
        return 0
    with turn(organization.pk, Sweep.Kind.DISCOVER, every_s=settings.DISCOVER_EVERY_S) as mine:
        if mine is None:
            return 0
        look = Look(organization, release, gateway, known_below=mine.watermark_at or app_now())
        mine.watermark_at = look.go(mine) or mine.watermark_at
        return look.new


def look_at(organization: Organization, conversation_ids: Sequence[str], *, gateway: "ByIds") -> int:
    """Decide these conversations, however long ago they ended, a hundred a call; return how many decisions are new.

    Raises what Genesys raises, OutOfCalls where the budget leaves nothing, and NoRelease before the first one.
    """
    release = in_force(organization)
    if release is None:
        raise NoRelease("Publish a release first: until then there are no rules to decide by.")
    new = 0
    for start in range(0, len(conversation_ids), PAGE_SIZE):
        try:
            seen = _complete(organization, release, conversation_ids[start : start + PAGE_SIZE], gateway)
        except GenesysError as error:
            learn(organization.pk, error)
            raise
        new += decide(organization, release, seen)
    return new


def _complete(
    organization: Organization, release: Release, conversation_ids: Sequence[str], gateway: "ByIds"
) -> list[ConversationSeen]:
    def take_call(what: str) -> None:
        _take_call(organization, what)

    take_call("reading these conversations")
    seen = gateway.conversations(conversation_ids)
    learn(organization.pk, None)
    lacking = lacking_attributes(organization, release, seen)
    return [
        whole(organization, gateway, each, take_call=take_call) if each.conversation_id in lacking else each
        for each in seen
    ]


class Look:
    """One look at what has ended, from the newest end down, a page a call.

    Below `known_below`, where the last look began, it stops at the first page with nothing undecided, and in any case
    a little further down. What ended before the organization was connected is left alone.
    """

    def __init__(self, organization: Organization, release: Release, gateway: Door, *, known_below: datetime) -> None:
        self.new = 0
        self._organization, self._release, self._gateway = organization, release, gateway
        self._known_below = known_below
        self._begin = max(known_below - OVERLAP, organization.apply_from)
        self._calls = 0

    def go(self, mine: Turn) -> datetime | None:
        """Look; return the newest end seen, or None where the look was cut short (the turn then says why)."""
        try:
            return self._go(mine)
        except GenesysError as error:
            learn(self._organization.pk, error)
            mine.problem = str(error)[:500]
        except OutOfCalls as error:
            mine.problem = str(error)
        return None

    def _go(self, mine: Turn) -> datetime | None:
        until, page = app_now(), 1
        newest: list[datetime] = []
        while True:
            mine.go_on()
            found = self._page(until, page)
            ends = [seen.ended_at for seen in found.conversations if seen.ended_at]
            newest += ends
            wanted = [seen for seen in found.conversations if seen.ended_at and seen.ended_at >= self._begin]
            open_ones = undecided(self._organization, wanted)
            self._decide(list(self._readable(open_ones, until, mine)), fresh_from=until - FRESH)
            if not ends or self._reached(min(ends), open_ones) or page * PAGE_SIZE >= found.total:
                return max(newest, default=None)
            if self._calls >= LOOK_CALLS or min(ends) < until - FRESH:
                fall_behind(self._organization, since=self._begin, until=min(ends))
                return max(newest)
            page += 1

    def _decide(self, sightings: Sequence[ConversationSeen], *, fresh_from: datetime) -> None:
        """Decide these; what ended before `fresh_from` then waits behind what ends now, though it is due longer."""
        lanes: dict[Lane, list[ConversationSeen]] = {Lane.FRESH: [], Lane.BULK: []}
        for seen in sightings:
            late = seen.ended_at is not None and seen.ended_at < fresh_from
            lanes[Lane.BULK if late else Lane.FRESH].append(seen)
        for lane, these in lanes.items():
            if these:
                self.new += decide(self._organization, self._release, these, lane=lane)

    def _page(self, until: datetime, page: int) -> EndedPage:
        self._take("looking for ended conversations")
        since = until - timedelta(hours=self._organization.lookback_h)
        found = self._gateway.ended_conversations(since=since, until=until, page=page)
        learn(self._organization.pk, None)
        return found

    def _readable(self, sightings: Sequence[ConversationSeen], now: datetime, mine: Turn) -> Iterator[ConversationSeen]:
        """Yield what can be decided. One that cannot be read now is left for the next look, from the same place.

        One that could not be read for a while holds up no look any more; going through the day finds it again.
        """
        lacking = lacking_attributes(self._organization, self._release, sightings)
        for seen in sightings:
            if seen.conversation_id not in lacking:
                yield seen
                continue
            mine.go_on()
            try:
                yield whole(self._organization, self._gateway, seen, take_call=self._take)
            except Unclear as error:
                learn(self._organization.pk, error)
                if seen.ended_at and seen.ended_at > now - OVERLAP:
                    mine.problem = str(error)[:500]

    def _take(self, what: str) -> None:
        _take_call(self._organization, what)
        self._calls += 1

    def _reached(self, oldest: datetime, open_ones: Sequence[ConversationSeen]) -> bool:
        return (oldest < self._known_below and not open_ones) or oldest < self._begin


def fall_behind(organization: Organization, *, since: datetime, until: datetime) -> None:
    """Note that between these not everything that ended was looked at; what was noted before is not forgotten.

    Whoever is catching up at this moment loses the duty, and it begins anew with the wider stretch.
    """
    rows = Sweep.objects.filter(organization=organization, kind=Sweep.Kind.CATCH_UP)
    rows.update(
        watermark_at=Least("watermark_at", Value(since)),
        until_at=Greatest("until_at", Value(until)),
        cursor="",
        lease_until=None,
        due_at=AppNow(),
    )


def _take_call(organization: Organization, what: str) -> None:
    if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S, use=CallTally.Use.DISCOVER):
        raise OutOfCalls(f"The call budget left nothing for {what}.")


class NoRelease(RuntimeError):
    """There are no rules in force."""


class OutOfCalls(RuntimeError):
    """The budget had no call in time; what asked starts again later, from the same place."""

"""Finding ended conversations: newest end first, a hundred a call, down to where the last look began."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings

from wrapups.domain.conversation import ConversationSeen, EndedPage
from wrapups.domain.errors import GenesysError, Refused, Unclear
from wrapups.domain.facts import unread
from wrapups.domain.status import Status
from wrapups.models import Assignment, Communication, Conversation, Organization, Release, Sweep
from wrapups.models.clock import app_now
from wrapups.services.budgeting import learn, wait_for_call
from wrapups.services.deciding import decide
from wrapups.services.rulebook import compiled, in_force
from wrapups.services.sighting import keys_of
from wrapups.services.sweeping import Turn, turn

PAGE_SIZE = 100
OVERLAP = timedelta(minutes=10)
"""How far behind the last look we look again: analytics shows some conversations later than younger ones."""
RECONCILED = timedelta(days=1)
CALL_PATIENCE_S = 30


class Alone(Protocol):
    """Reading one conversation, participant attributes included."""

    def conversation(self, conversation_id: str) -> ConversationSeen: ...


class Door(Alone, Protocol):
    """What discovery needs of the gateway, one call each."""

    def ended_conversations(
        self, *, since: datetime, until: datetime, page: int, page_size: int = PAGE_SIZE
    ) -> EndedPage: ...


class ByIds(Alone, Protocol):
    """What looking at given conversations needs of the gateway."""

    def conversations(self, conversation_ids: Sequence[str]) -> tuple[ConversationSeen, ...]: ...


def discover(organization: Organization, *, gateway: Door) -> int:
    """Decide every conversation that ended since the last look; return how many decisions are new.

    Does nothing when it is not due, when another worker has the turn, or before the first release is in force.
    A look that is cut short (held, throttled, unclear) starts again from the same place next time.
    """
    release = in_force(organization)
    if release is None:
        return 0
    with turn(organization.pk, Sweep.Kind.DISCOVER, every_s=settings.DISCOVER_EVERY_S) as mine:
        if mine is None:
            return 0
        watermark = mine.watermark_at or app_now()
        walk = Walk(organization, release, gateway, begin=watermark - OVERLAP, known_below=watermark)
        mine.watermark_at = walk.go(mine) or mine.watermark_at
        return walk.new


def reconcile(organization: Organization, *, gateway: Door) -> int:
    """Go through the last day once more, known or not; return how many conversations' decisions had been missed.

    What discovery passes over (an ending that analytics showed very late, an event that never came) is found here.
    """
    release = in_force(organization)
    if release is None:
        return 0
    with turn(organization.pk, Sweep.Kind.RECONCILE, every_s=settings.RECONCILE_EVERY_S) as mine:
        if mine is None:
            return 0
        walk = Walk(organization, release, gateway, begin=app_now() - RECONCILED, known_below=None)
        walk.go(mine)
        return walk.new


def look_at(organization: Organization, conversation_ids: Sequence[str], *, gateway: "ByIds") -> int:
    """Decide these conversations, however long ago they ended, a hundred a call; return how many decisions are new.

    Raises what Genesys raises, OutOfCalls where the budget leaves nothing, and NoRelease before the first one.
    """
    release = in_force(organization)
    if release is None:
        raise NoRelease("Publish a release first: until then there are no rules to decide by.")
    new = 0
    for start in range(0, len(conversation_ids), PAGE_SIZE):
        _take_call(organization, "reading these conversations")
        seen = gateway.conversations(conversation_ids[start : start + PAGE_SIZE])
        lacking = _lacking_attributes(organization, release, seen)
        whole = [_whole(organization, gateway, each) if each.conversation_id in lacking else each for each in seen]
        new += decide(organization, release, whole)
    return new


class Walk:
    """One walk through ended conversations, from the newest end down to `begin`, a page a call.

    Below `known_below` it stops at the first page with nothing undecided. What ended before the organization
    was connected is left alone.
    """

    def __init__(
        self,
        organization: Organization,
        release: Release,
        gateway: Door,
        *,
        begin: datetime,
        known_below: datetime | None,
    ) -> None:
        self.new = 0
        self._organization, self._release, self._gateway = organization, release, gateway
        self._begin = max(begin, organization.apply_from)
        self._known_below = known_below

    def go(self, mine: Turn) -> datetime | None:
        """Walk; return the newest end seen, or None where the walk was cut short (the turn then says why)."""
        try:
            return self._walk(mine)
        except GenesysError as error:
            learn(self._organization.pk, error)
            mine.problem = str(error)[:500]
        except OutOfCalls as error:
            mine.problem = str(error)
        return None

    def _walk(self, mine: Turn) -> datetime | None:
        until, page = app_now(), 1
        newest: list[datetime] = []
        while True:
            mine.go_on()
            found = self._page(until, page)
            ends = [seen.ended_at for seen in found.conversations if seen.ended_at]
            newest += ends
            wanted = [seen for seen in found.conversations if seen.ended_at and seen.ended_at >= self._begin]
            undecided = _undecided(self._organization, wanted)
            self.new += decide(self._organization, self._release, list(self._readable(undecided, mine)))
            if not ends or self._reached(min(ends), undecided) or page * PAGE_SIZE >= found.total:
                return max(newest, default=None)
            page += 1

    def _page(self, until: datetime, page: int) -> EndedPage:
        _take_call(self._organization, "looking for ended conversations")
        since = until - timedelta(hours=self._organization.lookback_h)
        found = self._gateway.ended_conversations(since=since, until=until, page=page)
        learn(self._organization.pk, None)
        return found

    def _readable(self, sightings: Sequence[ConversationSeen], mine: Turn) -> Iterator[ConversationSeen]:
        """Yield what can be decided. One that cannot be read now is left for the next walk, from the same place."""
        lacking = _lacking_attributes(self._organization, self._release, sightings)
        for seen in sightings:
            if seen.conversation_id not in lacking:
                yield seen
                continue
            mine.go_on()
            try:
                yield _whole(self._organization, self._gateway, seen)
            except Unclear as error:
                learn(self._organization.pk, error)
                mine.problem = str(error)[:500]

    def _reached(self, oldest: datetime, undecided: Sequence[ConversationSeen]) -> bool:
        known = self._known_below is not None and oldest < self._known_below and not undecided
        return known or oldest < self._begin


def _undecided(organization: Organization, sightings: Sequence[ConversationSeen]) -> list[ConversationSeen]:
    """Leave out what is known and has nothing unsent, so that a second look costs nothing and changes nothing.

    Known is what was read after its end, with each leg that is shown now: what somebody looked at before, or what
    analytics showed only in part, has legs that nobody has decided.
    """
    ids = [seen.conversation_id for seen in sightings]
    known = set(
        Conversation.everywhere.of(organization)
        .filter(conversation_id__in=ids, ended_at__isnull=False)
        .values_list("conversation_id", flat=True)
    )
    unsent = Assignment.everywhere.of(organization).filter(
        communication__conversation__conversation_id__in=ids, status=Status.PENDING, write_count=0
    )
    again = set(unsent.values_list("communication__conversation__conversation_id", flat=True))
    kept = set(
        Communication.everywhere.of(organization)
        .filter(conversation__conversation_id__in=ids)
        .values_list("conversation__conversation_id", "participant_id", "communication_id")
    )
    return [
        seen
        for seen in sightings
        if seen.conversation_id not in known or seen.conversation_id in again or keys_of(seen) - kept
    ]


def _lacking_attributes(
    organization: Organization, release: Release, sightings: Sequence[ConversationSeen]
) -> frozenset[str]:
    """Return which of these the rules cannot judge without participant attributes, never read so far."""
    asks = compiled(release.pk).asks
    ids = {seen.conversation_id for seen in sightings if seen.communications and unread(asks, seen)}
    known = Conversation.everywhere.of(organization).filter(conversation_id__in=ids, attributes__isnull=False)
    return frozenset(ids.difference(known.values_list("conversation_id", flat=True)) if ids else ids)


def _whole(organization: Organization, gateway: Alone, seen: ConversationSeen) -> ConversationSeen:
    """Return the conversation with its participant attributes, one call; without them where Genesys refuses."""
    _take_call(organization, "reading participant attributes")
    try:
        alone = gateway.conversation(seen.conversation_id)
    except Refused:
        return seen
    learn(organization.pk, None)
    return _together(seen, alone)


def _take_call(organization: Organization, what: str) -> None:
    if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S):
        raise OutOfCalls(f"The call budget left nothing for {what}.")


def _together(bulk: ConversationSeen, alone: ConversationSeen) -> ConversationSeen:
    """The operational reading, which has attributes, with what only analytics knows of a conversation."""
    return replace(
        alone,
        campaign=alone.campaign or bulk.campaign,
        originating_direction=alone.originating_direction or bulk.originating_direction,
        flow_outcomes=alone.flow_outcomes or bulk.flow_outcomes,
    )


class NoRelease(RuntimeError):
    """There are no rules in force."""


class OutOfCalls(RuntimeError):
    """The budget had no call in time; the sweep starts again later, from the same place."""

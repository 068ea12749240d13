"""Finding ended conversations: newest end first, a hundred a call, down to where the last look began."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings

from wrapups.domain.conversation import ConversationSeen, EndedPage
from wrapups.domain.errors import GenesysError, NotFound
from wrapups.domain.facts import unread
from wrapups.domain.status import Status
from wrapups.models import Assignment, Conversation, Organization, Release, Sweep
from wrapups.models.clock import app_now
from wrapups.services.budgeting import heed, wait_for_call
from wrapups.services.deciding import decide
from wrapups.services.rulebook import compiled, in_force
from wrapups.services.sweeping import Turn, turn

PAGE_SIZE = 100
OVERLAP = timedelta(minutes=10)
"""How far behind the last look we look again: analytics shows some conversations later than younger ones."""
CALL_PATIENCE_S = 30


class Door(Protocol):
    """What discovery needs of the gateway, one call each."""

    def ended_conversations(
        self, *, since: datetime, until: datetime, page: int, page_size: int = PAGE_SIZE
    ) -> EndedPage: ...

    def conversation(self, conversation_id: str) -> ConversationSeen: ...


class ByIds(Protocol):
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
        return _look(organization, release, gateway, mine) if mine else 0


def look_at(organization: Organization, conversation_ids: Sequence[str], *, gateway: "ByIds") -> int:
    """Decide these conversations, however long ago they ended, a hundred a call; return how many decisions are new.

    Raises what Genesys raises, OutOfCalls where the budget leaves nothing, and NoRelease before the first one.
    """
    release = in_force(organization)
    if release is None:
        raise NoRelease("Publish a release first: until then there are no rules to decide by.")
    new = 0
    for start in range(0, len(conversation_ids), PAGE_SIZE):
        if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S):
            raise OutOfCalls("The call budget left nothing for reading these conversations.")
        new += decide(organization, release, gateway.conversations(conversation_ids[start : start + PAGE_SIZE]))
    return new


def _look(organization: Organization, release: Release, gateway: Door, mine: Turn) -> int:
    until = app_now()
    watermark = mine.watermark_at or until
    new, page, newest = 0, 1, watermark
    while True:
        if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S):
            mine.problem = "The call budget left nothing for looking for ended conversations."
            return new
        try:
            found = gateway.ended_conversations(
                since=until - timedelta(hours=organization.lookback_h), until=until, page=page
            )
        except GenesysError as error:
            heed(organization.pk, error)
            mine.problem = str(error)[:500]
            return new
        ends = [seen.ended_at for seen in found.conversations if seen.ended_at]
        wanted = [s for s in found.conversations if s.ended_at and s.ended_at >= watermark - OVERLAP]
        undecided = _undecided(organization, wanted)
        new += decide(organization, release, _readable(organization, release, gateway, undecided))
        newest = max([newest, *ends])
        reached = not ends or min(ends) < watermark - OVERLAP or (min(ends) < watermark and not undecided)
        if reached or page * PAGE_SIZE >= found.total:
            mine.watermark_at = newest
            return new
        page += 1


def _undecided(organization: Organization, sightings: Sequence[ConversationSeen]) -> list[ConversationSeen]:
    """Leave out what is known and has nothing unsent, so that a second look costs nothing and changes nothing."""
    ids = [seen.conversation_id for seen in sightings]
    known = set(
        Conversation.everywhere.of(organization)
        .filter(conversation_id__in=ids)
        .values_list("conversation_id", flat=True)
    )
    unsent = Assignment.everywhere.of(organization).filter(
        communication__conversation__conversation_id__in=ids, status=Status.PENDING, write_count=0
    )
    again = set(unsent.values_list("communication__conversation__conversation_id", flat=True))
    return [seen for seen in sightings if seen.conversation_id not in known or seen.conversation_id in again]


def _readable(
    organization: Organization, release: Release, gateway: Door, sightings: Iterable[ConversationSeen]
) -> list[ConversationSeen]:
    """Read alone, one call each, only what the rules cannot judge without participant attributes."""
    asks = compiled(release.pk).asks
    return [
        _alone(organization, gateway, seen) if unread(asks, seen) and seen.communications else seen
        for seen in sightings
    ]


def _alone(organization: Organization, gateway: Door, seen: ConversationSeen) -> ConversationSeen:
    if not wait_for_call(organization.pk, at_most_s=CALL_PATIENCE_S):
        raise OutOfCalls("The call budget left nothing for reading participant attributes.")
    try:
        return _together(seen, gateway.conversation(seen.conversation_id))
    except NotFound:
        return seen


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

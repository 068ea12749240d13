"""From a page of analytics to what can be decided: what is known is left out, what the rules lack is read alone."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Protocol

from wrapups.domain.conversation import ConversationSeen
from wrapups.domain.errors import Refused
from wrapups.domain.facts import unread
from wrapups.domain.status import Status
from wrapups.models import Assignment, Communication, Conversation, Organization, Release
from wrapups.services.budgeting import learn
from wrapups.services.deciders import Deciders
from wrapups.services.sighting import keys_of


class Alone(Protocol):
    """Reading one conversation, participant attributes included."""

    def conversation(self, conversation_id: str) -> ConversationSeen: ...


def unknown(organization: Organization, sightings: Sequence[ConversationSeen]) -> list[ConversationSeen]:
    """Leave out what was read after its end with each leg that is shown now: two queries, however many.

    What somebody looked at before, or what analytics showed only in part, has legs that nobody has decided.
    """
    ids = [seen.conversation_id for seen in sightings]
    known = set(
        Conversation.everywhere.of(organization)
        .filter(conversation_id__in=ids, ended_at__isnull=False)
        .values_list("conversation_id", flat=True)
    )
    kept = set(
        Communication.everywhere.of(organization)
        .filter(conversation__conversation_id__in=ids)
        .values_list("conversation__conversation_id", "participant_id", "communication_id")
    )
    return [seen for seen in sightings if seen.conversation_id not in known or keys_of(seen) - kept]


def undecided(organization: Organization, sightings: Sequence[ConversationSeen]) -> list[ConversationSeen]:
    """Leave out what is known and has nothing unsent, so that a second look costs nothing and changes nothing."""
    unsent = Assignment.everywhere.of(organization).filter(
        communication__conversation__conversation_id__in=[seen.conversation_id for seen in sightings],
        status=Status.PENDING,
        write_count=0,
    )
    again = set(unsent.values_list("communication__conversation__conversation_id", flat=True))
    anew = {seen.conversation_id for seen in unknown(organization, sightings)}
    return [seen for seen in sightings if seen.conversation_id in again | anew]


def lacking_attributes(
    organization: Organization, release: Release, sightings: Sequence[ConversationSeen]
) -> Collection[str]:
    """Return which of these the rules cannot judge without participant attributes, never read so far."""
    asks = Deciders(release).asks
    ids = {seen.conversation_id for seen in sightings if seen.communications and unread(asks, seen)}
    known = Conversation.everywhere.of(organization).filter(conversation_id__in=ids, attributes__isnull=False)
    return frozenset(ids.difference(known.values_list("conversation_id", flat=True)) if ids else ids)


def whole(
    organization: Organization, gateway: Alone, seen: ConversationSeen, *, take_call: Callable[[str], None]
) -> ConversationSeen:
    """Return the conversation with its participant attributes, one call; without them where Genesys refuses.

    Raises what `take_call` raises where the budget has none, and every GenesysError but a refusal.
    """
    take_call("reading participant attributes")
    try:
        alone = gateway.conversation(seen.conversation_id)
    except Refused:
        return seen
    learn(organization.pk, None)
    return _together(seen, alone)


def _together(bulk: ConversationSeen, alone: ConversationSeen) -> ConversationSeen:
    """The operational reading, which has attributes, with what only analytics knows of a conversation."""
    return replace(
        alone,
        campaign=alone.campaign or bulk.campaign,
        originating_direction=alone.originating_direction or bulk.originating_direction,
        flow_outcomes=alone.flow_outcomes or bulk.flow_outcomes,
    )

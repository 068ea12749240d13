"""Knowing a customer who was erased when they come again, so that they stay erased.

Only keyed digests of what identified them are left, so whatever may identify somebody in what comes is asked for by
its digest. Rules that ask for such a customer's number match no longer.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from django.db.models import Q

from wrapups.domain.conversation import ConversationSeen
from wrapups.domain.erasing import ERASED, BadIdentifier, Identifier, identifier_in, may_be_in
from wrapups.models import Conversation, Erasure, Organization
from wrapups.services.erasing import digests_of

# One that failed half-way is gone on with: until then nothing of the customer comes back.
KEPT = Q(state__in=(Erasure.State.RUNNING, Erasure.State.DONE)) | Q(
    state=Erasure.State.FAILED, confirmed_at__isnull=False
)


def without_erased(organization: Organization, sightings: Sequence[ConversationSeen]) -> list[ConversationSeen]:
    """Return these readings with those of customers who were erased without anything about them; one query."""
    known = _Erased(organization)
    return [_without(seen, known) for seen in sightings]


def notes_without_erased(organization: Organization, notes: Sequence[str]) -> list[str]:
    """Return notes with a mark in place of whatever identifies customers who were erased; a query if they may."""
    if not any(any(True for _ in may_be_in(text)) for text in notes):
        return list(notes)
    known = _Erased(organization)
    return [known.text(each) for each in notes]


def kept_notes(communication_pk: int, notes: str) -> str:
    """Return the notes of a communication as they may be kept: a mark, where its customer was erased."""
    erased = Conversation.everywhere.filter(Q(ani=ERASED) | Q(dnis=ERASED), communications=communication_pk)
    return ERASED if notes and erased.exists() else notes


def anonymous(seen: ConversationSeen) -> ConversationSeen:
    """Return a reading of a customer's conversation without anything about the customer."""
    legs = tuple(
        replace(leg, wrapup=replace(leg.wrapup, notes=ERASED)) if leg.wrapup and leg.wrapup.notes else leg
        for leg in seen.communications
    )
    attributes = None if seen.attributes is None else dict.fromkeys(seen.attributes, ERASED)
    ani, dnis = (ERASED if address else "" for address in (seen.ani, seen.dnis))
    return replace(seen, ani=ani, dnis=dnis, attributes=attributes, communications=legs)


def _without(seen: ConversationSeen, known: "_Erased") -> ConversationSeen:
    said = (seen.ani, seen.dnis, *(seen.attributes or {}).values())
    return anonymous(seen) if known and any(map(known.is_in, said)) else seen


class _Erased:
    """The customers who were erased in an organization, as far as they can still be known."""

    def __init__(self, organization: Organization) -> None:
        self._organization = organization
        rows = Erasure.everywhere.of(organization).filter(KEPT).values_list("digests", flat=True)
        self._digests = frozenset(digest for row in rows for digest in row)

    def __bool__(self) -> bool:
        return bool(self._digests)

    def is_in(self, text: str) -> bool:
        """Return whether a text is, or names, one of them."""
        return bool(self._digests) and any(map(self._knows, _identifiers(text)))

    def text(self, text: str) -> str:
        """Return a text with a mark in place of each of them."""
        for written, identifier in may_be_in(text) if self._digests else ():
            if self._knows(identifier):
                text = text.replace(written, ERASED)
        return text

    def _knows(self, identifier: Identifier) -> bool:
        return not self._digests.isdisjoint(digests_of(self._organization, identifier))


def _identifiers(text: str) -> Iterable[Identifier]:
    """Yield what a text may be as a whole, and what may be in it."""
    with suppress(BadIdentifier):
        yield identifier_in(text)
    for _, identifier in may_be_in(text):
        yield identifier

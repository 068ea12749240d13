"""The one door for what outside systems say about conversations. Saying a thing twice changes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from wrapups.domain.facts import storable
from wrapups.domain.status import Lane
from wrapups.models import Organization
from wrapups.services.deciding import decide_anew, one_at_a_time
from wrapups.services.forgetting import notes_without_erased
from wrapups.services.locking import lock_assignments


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing that an outside system says about a conversation. `event_id` is the source's own name for it."""

    source: str
    event_id: str
    conversation_id: str
    code: str
    said_at: datetime
    notes: str = ""

    @property
    def about(self) -> str:
        """The conversation's id as Genesys writes it."""
        return self.conversation_id.strip().lower()


def record_disposition(
    organization: Organization,
    *,
    source: str,
    event_id: str,
    conversation_id: str,
    code: str,
    said_at: datetime,
    notes: str = "",
) -> bool:
    """Store one disposition and let what is not yet sent follow it; return False for a repetition.

    `event_id` is the source's own name for this saying. A disposition that comes after the write changes
    nothing by itself.
    """
    saying = Saying(source, event_id, conversation_id, code, said_at, notes)
    return record_dispositions(organization, [saying])[0]


def record_dispositions(
    organization: Organization, sayings: Sequence[Saying], *, lane: Lane = Lane.FRESH
) -> list[bool]:
    """Store what was said, in this order, and let what is not yet sent follow it; return of each whether it was new.

    What was not matched before and is by now waits in `lane`, so that thousands at once do not delay fresh work.
    One transaction, or the caller's: all or nothing. However many there are, it costs three statements for
    repetitions, four where no conversation is known yet, and ten and one or two a change where decisions follow.
    """
    with transaction.atomic(savepoint=False):
        ids = [saying.about for saying in sayings]
        # Before the rows, so that two who say the same things in another order wait here and never for each other.
        one_at_a_time(organization, ids)
        lock_assignments(
            communication__conversation__organization=organization, communication__conversation__conversation_id__in=ids
        )
        new = _insert(organization, sayings)
        decide_anew(organization, {said.about for said, is_new in zip(sayings, new, strict=True) if is_new}, lane=lane)
    return new


def _insert(organization: Organization, sayings: Sequence[Saying]) -> list[bool]:
    columns: dict[str, list[Any]] = {
        "conversation_id": [saying.about for saying in sayings],
        "source": [saying.source for saying in sayings],
        "event_id": [saying.event_id for saying in sayings],
        "code": [storable(saying.code.strip())[:128] for saying in sayings],
        "notes": notes_without_erased(organization, [storable(saying.notes)[:1000] for saying in sayings]),
        "said_at": [saying.said_at for saying in sayings],
    }
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, {"organization": organization.pk, **columns})
        inserted = set(cursor.fetchall())
    new = []
    for saying in sayings:
        new.append((saying.source, saying.event_id) in inserted)
        inserted.discard((saying.source, saying.event_id))  # said twice in one breath: the first is the new one
    return new


_INSERT = """
    INSERT INTO wrapups_disposition (organization_id, conversation_id, source, event_id, code, notes, said_at)
    SELECT %(organization)s, said.*
      FROM unnest(%(conversation_id)s::text[], %(source)s::text[], %(event_id)s::text[], %(code)s::text[],
                  %(notes)s::text[], %(said_at)s::timestamptz[]) AS said
        ON CONFLICT (organization_id, source, event_id) DO NOTHING
    RETURNING source, event_id
"""
"""Django's `bulk_create` can leave repetitions out, but not say which they were."""

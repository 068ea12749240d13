"""The one door for what outside systems say about conversations. Saying a thing twice changes nothing."""

from datetime import datetime

from django.db import transaction

from wrapups.domain.facts import storable
from wrapups.models import Disposition, Organization
from wrapups.services.deciding import decide_anew


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
    with transaction.atomic():
        row, created = Disposition.everywhere.get_or_create(
            organization=organization,
            source=source,
            event_id=event_id,
            defaults={
                "conversation_id": conversation_id.strip().lower(),
                "code": storable(code.strip())[:128],
                "notes": storable(notes)[:1000],
                "said_at": said_at,
            },
        )
        if created:
            decide_anew(organization, row.conversation_id)
    return created

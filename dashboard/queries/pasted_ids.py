"""The conversation that a pasted id means."""

from dashboard.queries.event_ids import LONGEST_EVENT_ID, told_of_by
from dashboard.query_bar.ids import ids_in
from wrapups.models import Communication, Conversation, Organization

LONGEST_ID = LONGEST_EVENT_ID


def id_in(pasted: str) -> str:
    """Return the id in what was pasted: itself, or the one in an address of Genesys Cloud's pages or of ours to it."""
    ids = ids_in(pasted)
    return ids[0] if len(ids) == 1 else pasted.replace("\0", "").strip()[:LONGEST_ID]


def conversation_key(organization: Organization, wanted: str) -> int | None:
    """Return the key of the one conversation with exactly this id: its own, a communication's, or an event's that told
    of it and of no other."""
    if not wanted or "\x00" in wanted:
        return None
    conversations, legs = Conversation.objects.of(organization), Communication.objects.of(organization)
    for pks in (
        conversations.filter(conversation_id=wanted).values_list("pk", flat=True),
        legs.filter(communication_id=wanted).values_list("conversation_id", flat=True),
    ):
        found = pks.first()
        if found is not None:
            return int(found)
    told = told_of_by(organization, [wanted])
    keys = list(conversations.filter(conversation_id__in=told).values_list("pk", flat=True)[:2])
    return int(keys[0]) if len(keys) == 1 else None

"""The conversation that a pasted id means."""

from dashboard.query_bar.ids import ids_in
from wrapups.models import Communication, Conversation, Organization

LONGEST_ID = 64


def id_in(pasted: str) -> str:
    """Return the id in what was pasted: itself, or the one in an address of Genesys Cloud's pages or of ours to it."""
    ids = ids_in(pasted)
    return ids[0] if len(ids) == 1 else pasted.replace("\0", "").strip()[:LONGEST_ID]


def conversation_key(organization: Organization, wanted: str) -> int | None:
    """Return the key of the one conversation with exactly this id, of its own or of a communication."""
    if not wanted or "\x00" in wanted:
        return None
    conversations = Conversation.objects.of(organization).filter(conversation_id=wanted)
    legs = Communication.objects.of(organization).filter(communication_id=wanted)
    for pks in (conversations.values_list("pk", flat=True), legs.values_list("conversation_id", flat=True)):
        found = pks.first()
        if found is not None:
            return int(found)
    return None

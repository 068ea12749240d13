"""Ids as people paste them, and the conversations they mean."""

from urllib.parse import urlsplit

from wrapups.models import Communication, Conversation, Organization

LONGEST_ID = 64
LONGEST_ADDRESS = 500
UUID_GROUPS = [8, 4, 4, 4, 12]
HEXADECIMAL = frozenset("0123456789abcdefABCDEF")


def id_in(pasted: str) -> str:
    """Return the id in what was pasted: itself, or the one in an address of Genesys Cloud's pages or of ours to it."""
    pasted = pasted.replace("\0", "").strip()[:LONGEST_ADDRESS]
    if "/" not in pasted:
        return pasted[:LONGEST_ID]
    parts = urlsplit(pasted)
    steps = [step for step in f"{parts.path}/{parts.fragment}".replace("?", "/").split("/") if step]
    return next((step for step in reversed(steps) if _is_uuid(step)), pasted)[:LONGEST_ID]


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


def _is_uuid(step: str) -> bool:
    groups = step.split("-")
    return [len(group) for group in groups] == UUID_GROUPS and HEXADECIMAL.issuperset("".join(groups))

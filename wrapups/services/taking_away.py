"""Files that are made while a person waits and kept nowhere: that somebody took one away is on record."""

from wrapups.models import Organization
from wrapups.services.auditing import Actor, acting


def record(organization: Organization, what: str, *, which: str, actor: Actor) -> None:
    """Put it on record before the first byte leaves: `what` kind of file ("rules"), and `which` one ("Release 14")."""
    with acting(actor, f"download {what}", organization=organization, reason=which):
        pass

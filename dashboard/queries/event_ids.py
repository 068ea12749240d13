"""The conversations that events told of, by the ids that their senders gave: Genesys Cloud, or an outside system."""

from collections.abc import Collection

from wrapups.models import InboundEvent, Organization

LONGEST_EVENT_ID = 128


def told_of_by(organization: Organization, event_ids: Collection[str]) -> list[str]:
    """Return the ids of the conversations that events with these ids told of, whoever sent them; one query.

    Whether the asking person may see these conversations is for whoever looks them up. Events that were removed
    after their time are found no more.
    """
    asked = [each for each in event_ids if "\0" not in each]
    events = InboundEvent.objects.of(organization).filter(event_id__in=asked).exclude(conversation_id="")
    return list(events.order_by().values_list("conversation_id", flat=True).distinct())

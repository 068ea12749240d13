"""What analytics and the operational API have in common when they show a conversation."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from wrapups.genesys.fields import Json, record, text

CUSTOMER_PURPOSES = frozenset({"customer", "external"})
CAMPAIGN_PURPOSES = frozenset({"campaign", "dialer", "outbound"})
"""`outbound` is the outbound flow, which only campaigns run. Better one too many: a first wrap-up on a campaign call
makes the dialer act, and cannot be taken back."""
CAMPAIGN_ATTRIBUTE = "dialerCampaignId"
"""Set by the dialer on the customer; the one sign of a campaign that the operational API shows besides the purpose."""
OBSERVED = ("monitoredParticipantId", "coachedParticipantId", "bargedParticipantId")
"""Whoever names one of these is listening in."""


class Span(NamedTuple):
    """A stretch of a communication's life; `end` is None while it lasts."""

    kind: str
    start: datetime
    end: datetime | None


def spent_s(spans: Iterable[Span], kind: str) -> float:
    """Return the seconds of all spans of one kind that are over; what two of them share counts once.

    `spans` come in the order of their start. A rewritten wrap-up may be a second span over the first.
    """
    spent, counted_to = timedelta(), None
    for of, start, end in spans:
        if of == kind and end:
            begins = max(start, counted_to or start)
            counted_to = max(begins, end)
            spent += counted_to - begins
    return spent.total_seconds()


def merged_attributes(participants: Sequence[Json]) -> dict[str, str] | None:
    """Return the attributes of all participants as one, a later participant's winning; None if none were shown."""
    if not any("attributes" in participant for participant in participants):
        return None
    merged: dict[str, str] = {}
    for participant in participants:
        attributes = record(participant.get("attributes") or {}, "attributes")
        merged |= {name: text(attributes, name) for name in attributes}
    return merged


def of_campaign(participants: Sequence[Json]) -> bool:
    """Return whether a participant is a dialer's, or carries what a dialer sets."""
    return any(
        text(participant, "purpose") in CAMPAIGN_PURPOSES
        or CAMPAIGN_ATTRIBUTE in record(participant.get("attributes") or {}, "attributes")
        for participant in participants
    )


def first_address(holders: Iterable[Json], name: str) -> str:
    """Return the first address of that name, a telephone number without its `tel:`, as people write it in a rule."""
    return next((address.removeprefix("tel:") for holder in holders if (address := text(holder, name))), "")

"""A details job as a reader sees it: Genesys gathers conversations from its data lake, to be read page by page."""

from dataclasses import dataclass
from enum import StrEnum

from wrapups.domain.conversation import ConversationSeen


class JobState(StrEnum):
    """What a reader may do about a job now."""

    GATHERING = "gathering"  # ask again later
    READY = "ready"  # its results can be read
    LOST = "lost"  # failed, cancelled, expired, or in a state nobody has heard of: submit another


STATES = {"QUEUED": JobState.GATHERING, "PENDING": JobState.GATHERING, "FULFILLED": JobState.READY}
"""Genesys' own words; every other one is LOST. Source: `AsyncQueryStatus` of PureCloudPlatformClientV2 269."""


@dataclass(frozen=True, slots=True)
class DetailsPage:
    """One page of a job's results, participant attributes included; `cursor` asks for the next (empty: the last).

    Conversations count as read when the data lake had come to them, which may be a day ago.
    """

    conversations: tuple[ConversationSeen, ...] = ()
    cursor: str = ""

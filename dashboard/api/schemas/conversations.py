"""A conversation with everything we know of it, except what is about the customer."""

from datetime import datetime

from pydantic import BaseModel

from dashboard.api.schemas.assignments import AssignmentOut
from dashboard.api.schemas.fields import Named


class CommunicationOut(BaseModel):
    """One agent's part, with the code it carried when last read, and its assignments, the newest first."""

    communication_id: str
    participant_id: str
    media_type: str
    direction: str | None
    queue: Named | None
    agent: Named | None
    connected_at: datetime | None
    ended_at: datetime | None
    disconnect_type: str | None
    code_id: str | None
    read_at: datetime
    assignments: list[AssignmentOut]


class Said(BaseModel):
    """What an outside system said about the conversation."""

    id: int
    source: str
    event_id: str
    disposition: str
    notes: str
    occurred_at: datetime
    received_at: datetime


class ConversationOut(BaseModel):
    """An ended conversation as Genesys Cloud last showed it. At most 200 communications and 200 dispositions."""

    conversation_id: str
    started_at: datetime | None
    ended_at: datetime | None
    originating_direction: str | None
    division_ids: list[str]
    campaign: bool
    read_at: datetime
    communications: list[CommunicationOut]
    dispositions: list[Said]

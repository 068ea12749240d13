"""Dispositions, in and out."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from dashboard.api.schemas.fields import ConversationId, Instant, Line128, Named, Text1000, Told
from wrapups.domain.status import Status
from wrapups.services.submitting import Outcome

MOST_AT_ONCE = 500


class DispositionIn(Told):
    """What your system calls the outcome of a conversation."""

    conversation_id: ConversationId
    disposition: Annotated[Line128, Field(description="Rules ask for it.", examples=["REFUND-OK"])]
    notes: Text1000 = ""
    event_id: Annotated[
        Line128 | None,
        Field(description="Your own name for this saying. Sent twice, it counts once. Left out, we give it one."),
    ] = None
    occurred_at: Annotated[
        Instant | None, Field(description="Like 2026-03-01T12:00:00Z. Left out, it is when we got it.")
    ] = None


class BatchIn(Told):
    """Up to 500 dispositions. They are taken in together, or, where one of them cannot be read, not at all."""

    items: Annotated[list[DispositionIn], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Taken(BaseModel):
    """What became of a disposition that was handed in, and where to ask about it later."""

    event_id: str
    conversation_id: str
    outcome: Outcome
    id: int
    status_url: str


class TakenOfBatch(BaseModel):
    """One item of a batch. A conflict (another disposition under this event id) is refused; the others are taken."""

    event_id: str
    conversation_id: str
    outcome: Outcome
    id: int | None
    status_url: str | None


class BatchTaken(BaseModel):
    """What became of each item, in the order in which they were sent."""

    accepted: int
    repeated: int
    conflicts: int
    items: list[TakenOfBatch]


class Consequence(BaseModel):
    """An assignment of the disposition's conversation. `considered` says whether it was decided knowing of this."""

    id: int
    communication_id: str
    status: Status
    reason: str | None
    wrapup_code: Named | None
    considered: bool


class DispositionOut(BaseModel):
    """A disposition, and what became of it: `waiting` until its conversation has ended and was decided."""

    id: int
    source: str
    event_id: str
    conversation_id: str
    disposition: str
    notes: str
    occurred_at: datetime
    received_at: datetime
    state: Literal["waiting", "decided"]
    assignments: list[Consequence]

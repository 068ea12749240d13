"""Assignments, in and out. What is about the customer is not given out."""

from datetime import datetime
from typing import Annotated

from ninja import Query
from pydantic import BaseModel, Field, StringConstraints

from dashboard.api.schemas.fields import (
    ANYTHING,
    CURSOR,
    ConversationId,
    GenesysId,
    Instant,
    Line128,
    Named,
    StrictKey,
    Told,
)
from wrapups.domain.status import FailReason, Lane, SkipReason, Status
from wrapups.models import Attempt

MOST_AT_ONCE = 100
PAGE, LARGEST_PAGE = 50, 200

Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="How many at most.")]


class AssignmentsAsked(BaseModel):
    """Which assignments to list. What a newer decision has replaced is left out, unless `status` asks for it."""

    status: Status | None = None
    reason: SkipReason | FailReason | None = None
    conversation_id: ConversationId | None = None
    event_id: Annotated[Line128 | None, Field(description="Of an event that told of the conversation.")] = None
    queue_id: GenesysId | None = None
    agent_id: GenesysId | None = None
    wrapup_code_id: GenesysId | None = None
    media_type: GenesysId | None = None
    ended_from: Annotated[Instant | None, Field(description="The communication ended then or later.")] = None
    ended_before: Annotated[Instant | None, Field(description="The communication ended earlier.")] = None
    cursor: Annotated[
        Annotated[str, StringConstraints(pattern=CURSOR)] | None,
        Field(description="`next` of the page before."),
    ] = None
    limit: Limit = PAGE


Asked = Query[AssignmentsAsked]


class RuleRef(BaseModel):
    line: int
    name: str


class Trouble(BaseModel):
    """What the last attempt met: its kind, Genesys Cloud's own code, and words."""

    kind: str
    code: str
    message: str


class AssignmentOut(BaseModel):
    """This wrap-up code should be on this communication, or nothing is to be done, with the reason."""

    id: int
    conversation_id: str
    participant_id: str
    communication_id: str
    media_type: str
    queue: Named | None
    agent: Named | None
    status: Status
    reason: str | None
    lane: Lane
    wrapup_code: Named | None
    found_code_id: Annotated[str | None, Field(description="What was there before our first write.")]
    release: int | None
    rule: RuleRef | None
    trouble: Trouble | None
    retries: Annotated[int, Field(description="How often somebody had it sent again.")]
    ended_at: datetime | None
    due_at: Annotated[datetime | None, Field(description="When it goes on by itself; null where it does not.")]
    created_at: datetime
    updated_at: datetime
    finished_at: datetime | None


class AssignmentPage(BaseModel):
    """Assignments, those that ended last first. `next` is the cursor of the page that follows; null on the last."""

    items: list[AssignmentOut]
    next: str | None


class AttemptOut(BaseModel):
    """One call that was made for an assignment, without what was said in it and who said it."""

    kind: Attempt.Kind
    started_at: datetime
    finished_at: datetime | None
    outcome: str | None
    code_seen_id: str | None
    http_status: int | None
    error_code: str | None
    correlation_id: str | None
    duration_ms: int | None


class AssignmentDetail(AssignmentOut):
    """An assignment with its latest 200 attempts, oldest first."""

    notes: str
    attempts: list[AttemptOut]


class RetryIn(Told):
    reason: Annotated[str, StringConstraints(max_length=1000, strict=True)] = ""


class BulkRetryIn(Told):
    ids: Annotated[
        list[StrictKey], Field(min_length=1, max_length=MOST_AT_ONCE, json_schema_extra={"uniqueItems": True})
    ]
    reason: Annotated[
        str, StringConstraints(pattern=ANYTHING, max_length=1000, strict=True), Field(examples=["Genesys is back"])
    ]


class Retried(BaseModel):
    id: int
    status: Status


class BulkRetried(BaseModel):
    """How many are sent again, how many are read first, how many were not failed; and when all that waits is done."""

    sent_again: int
    read_first: int
    left_alone: int
    seconds_to_finish: float

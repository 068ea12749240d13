"""Releases and their rules."""

from datetime import datetime
from typing import Annotated, Any

from ninja import Query
from pydantic import BaseModel, Field

from dashboard.api.schemas.assignments import PAGE, Limit
from dashboard.api.schemas.fields import Named
from wrapups.models import Release

LARGEST_NUMBER = 2**31 - 1
Number = Annotated[int, Field(ge=1, le=LARGEST_NUMBER)]


class ReleasesAsked(BaseModel):
    cursor: Annotated[Number | None, Field(description="`next` of the page before.")] = None
    limit: Limit = PAGE


Asked = Query[ReleasesAsked]


class ReleaseOut(BaseModel):
    """A numbered set of rules. `published` is in force; a draft may still change."""

    number: int
    state: Release.State
    reason: str | None
    rules: int
    created_at: datetime
    published_at: datetime | None
    retired_at: datetime | None


class ReleasePage(BaseModel):
    """Releases, the newest first. `next` is the cursor of the page that follows; null on the last."""

    items: list[ReleaseOut]
    next: int | None


class RuleOut(BaseModel):
    """One rule: the first whose conditions hold decides. `sentence` says it in words."""

    line: int
    name: str
    enabled: bool
    conditions: dict[str, Any]
    sentence: str
    wrapup_code: Named
    notes: str


class ReleaseDetail(BaseModel):
    """A release with its rules, in the order in which they are tried."""

    number: int
    state: Release.State
    reason: str | None
    created_at: datetime
    published_at: datetime | None
    retired_at: datetime | None
    rules: list[RuleOut]

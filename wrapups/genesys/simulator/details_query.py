"""The query for conversation details, synchronous or as a job: read, checked and answered."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from wrapups.genesys.simulator.analytics import analytics_document
from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.filters import (
    CONVERSATION_DIMENSIONS,
    PLACES,
    Filter,
    check,
    conversation_matches,
    segments_match,
)
from wrapups.genesys.simulator.instants import LAST, Instant, interval
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.switches import Switches
from wrapups.genesys.simulator.timeline import Document, Timeline

MAX_DAYS = 31
KNOWN = {"interval", "conversationFilters", "segmentFilters", "order", "orderBy"}
SYNCHRONOUS, ASYNCHRONOUS = KNOWN | {"paging"}, KNOWN | {"limit", "startOfDayIntervalMatching"}
NOT_PLAYED = {"evaluationFilters", "surveyFilters", "resolutionFilters", "aggregations"}
ORDERS = ("asc", "desc", "unordered")
ORDERED_BY = ("conversationStart", "conversationEnd", "segmentStart", "segmentEnd")


@dataclass(frozen=True, slots=True)
class DetailsQuery:
    """A checked query. `by_start_day`: only conversations that started on a day the interval touches."""

    start: Instant
    end: Instant
    by_start_day: bool
    order: str = "asc"
    order_by: str = "conversationStart"
    conversation_filters: list[Filter] = field(default_factory=list)
    segment_filters: list[Filter] = field(default_factory=list)
    paging: dict[str, Any] = field(default_factory=dict)
    limit: int | None = None

    @staticmethod
    def read(body: Any, *, asynchronous: bool) -> "DetailsQuery":
        """Return the query of a request body; raises the 400 a wrong one gets.

        A synchronous query spans at most 31 days; a job finds what was active in its interval, whenever it started.
        """
        if not isinstance(body, dict):
            raise Problem("bad.request")
        given = {name: value for name, value in body.items() if value is not None}
        _check_names(given, ASYNCHRONOUS if asynchronous else SYNCHRONOUS)
        start, end = _interval(given.get("interval"), asynchronous=asynchronous)
        order, order_by = given.get("order", "asc"), given.get("orderBy", "conversationStart")
        if order not in ORDERS or order_by not in ORDERED_BY:
            raise Problem("bad.request", message=f"Order by one of {', '.join(ORDERED_BY)}: {', '.join(ORDERS)}.")
        return DetailsQuery(
            start=start,
            end=end,
            by_start_day=not asynchronous or bool(given.get("startOfDayIntervalMatching")),
            order=order,
            order_by=order_by,
            conversation_filters=check(
                given.get("conversationFilters"), CONVERSATION_DIMENSIONS, "conversationFilters"
            ),
            segment_filters=check(given.get("segmentFilters"), PLACES, "segmentFilters"),
            paging=given.get("paging", {}),
            limit=given.get("limit"),
        )


def found_by(
    query: DetailsQuery, conversations: Iterable[Conversation], now: Instant, switches: Switches
) -> list[Conversation]:
    """Return the conversations a query finds at `now`, in its order."""
    found = []
    filtered = query.conversation_filters or query.segment_filters
    for conversation in conversations:
        if not _in_interval(query, conversation.timeline, now):
            continue
        if filtered:
            document = analytics_document(conversation, now, switches, attributes=True)
            if not conversation_matches(document, query.conversation_filters):
                continue
            if not segments_match(document, query.segment_filters):
                continue
        found.append(conversation)
    if query.order != "unordered":
        found.sort(key=_sort_key(query.order_by, now), reverse=query.order == "desc")
    return found[: query.limit]


def _check_names(given: dict[str, Any], known: set[str]) -> None:
    for name, value in given.items():
        if name in NOT_PLAYED and value:
            raise Problem("not.simulated", what=name)
        if name not in known | NOT_PLAYED:
            raise Problem("invalid.property", value=name, object="ConversationQuery")


def _interval(text: Any, *, asynchronous: bool) -> tuple[Instant, Instant]:
    limit = f"You must specify a search interval that does not exceed {MAX_DAYS} days."
    try:
        start, end = interval(text or "")
    except ValueError as error:
        raise Problem("bad.request", message=f"{error} {limit}") from error
    if not asynchronous and datetime.fromisoformat(end) - datetime.fromisoformat(start) > timedelta(days=MAX_DAYS):
        raise Problem("bad.request", message=limit)
    return start, end


def _in_interval(query: DetailsQuery, timeline: Timeline, now: Instant) -> bool:
    """Return whether the conversation overlaps the interval, whose end is not part of it."""
    ended_at = timeline.ended_at if (timeline.ended_at or LAST) <= now else None
    if timeline.started_at >= query.end or (ended_at or LAST) < query.start:
        return False
    return not query.by_start_day or timeline.started_at[:10] >= query.start[:10]


def _sort_key(order_by: str, now: Instant) -> Callable[[Conversation], tuple[Instant, str]]:
    if order_by == "conversationStart":
        return lambda one: (one.timeline.started_at, one.timeline.id)
    if order_by == "conversationEnd":
        return lambda one: (_past(one.timeline.ended_at, now), one.timeline.id)
    edge, pick = ("segmentStart", min) if order_by == "segmentStart" else ("segmentEnd", max)
    return lambda one: (pick((_past(s.get(edge), now) for s in _segments(one.timeline)), default=LAST), one.timeline.id)


def _past(at: Instant | None, now: Instant) -> Instant:
    return at if at is not None and at <= now else LAST


def _segments(timeline: Timeline) -> list[Document]:
    return [segment for leg in timeline.legs.values() for segment in (*leg.talk, *([leg.acw] if leg.acw else []))]

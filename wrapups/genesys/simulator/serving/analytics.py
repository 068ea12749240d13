"""Serves analytics of conversations: the details query, and details by ids."""

from collections.abc import Iterable, Iterator
from typing import Any

from wrapups.genesys.simulator.analytics import analytics_json
from wrapups.genesys.simulator.call import Answer, Call, serves
from wrapups.genesys.simulator.catalogue import is_uuid
from wrapups.genesys.simulator.clients import covers
from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.details_query import DetailsQuery, found_by
from wrapups.genesys.simulator.instants import Instant
from wrapups.genesys.simulator.problems import Problem

PAGING_LIMIT = 100_000
"""Source: "Pagination may not exceed 100000 results."."""


@serves("POST /api/v2/analytics/conversations/details/query")
def details_query(call: Call) -> Answer:
    """Answer with a page of the conversations found, and how many there are."""
    query = DetailsQuery.read(call.json(), asynchronous=False)
    size, number = _paging(query.paging, call.simulation.switches.analytics_max_page_size)
    now = shown_until(call)
    found = found_by(query, visible(call, call.simulation.conversations, now), now, call.simulation.switches)
    bodies = [_json(call, one, now) for one in found[(number - 1) * size : number * size]]
    total = b"%d" % len(found)
    if not bodies:
        return Answer(200, b'{"totalHits":' + total + b"}")
    return Answer(200, b'{"conversations":[' + b",".join(bodies) + b'],"totalHits":' + total + b"}")


@serves("GET /api/v2/analytics/conversations/details")
def details_by_ids(call: Call) -> Answer:
    """Answer with the conversations of these ids; unknown and unreachable ones are simply absent."""
    ids = call.ids("id")
    if not ids or len(ids) > call.simulation.switches.max_ids_per_bulk_get:
        raise Problem("invalid.query.param.value", value=f"{len(ids)} ids", parameter="id")
    if not all(is_uuid(one) for one in ids):
        raise Problem("invalid.id")
    now = shown_until(call)
    by_id = call.simulation.conversations.by_id
    asked_for = [by_id[one] for one in dict.fromkeys(ids) if one in by_id]
    bodies = [_json(call, one, now) for one in visible(call, asked_for, now)]
    return Answer(200, b'{"conversations":[' + b",".join(bodies) + b"]}")


@serves("GET /api/v2/analytics/conversations/{conversationId}/details")
def details_of_one(call: Call) -> Answer:
    """Answer with one conversation; 404 while analytics has not come to it."""
    found = call.conversation()
    now = shown_until(call)
    if found.timeline.started_at > now:
        raise Problem("not.found")
    return Answer(200, _json(call, found, now))


def shown_until(call: Call) -> Instant:
    """Return the instant analytics has come to."""
    return call.simulation.clock.now(call.simulation.switches.analytics_lag_s)


def visible(call: Call, conversations: Iterable[Conversation], now: Instant) -> Iterator[Conversation]:
    """Yield those of the conversations that have begun and whose divisions the caller reaches."""
    reach = call.client.reach(call.operation.permissions)
    for one in conversations:
        if one.timeline.started_at <= now and covers(reach, one.timeline.division_ids):
            yield one


def _json(call: Call, one: Conversation, now: Instant) -> bytes:
    return analytics_json(one, now, call.simulation.switches, attributes=False)


def _paging(paging: dict[str, Any], maximum: int) -> tuple[int, int]:
    size, number = paging.get("pageSize", 25), paging.get("pageNumber", 1)
    for value in (size, number):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise Problem("bad.request", message=f"Paging takes whole numbers from 1, not {value!r}.")
    if size > maximum:
        raise Problem("bad.request", message=f"The page size may not exceed {maximum}.")
    if size * number > PAGING_LIMIT:
        raise Problem("bad.request", message=f"Pagination may not exceed {PAGING_LIMIT} results.")
    return size, number

"""Serves wrap-up codes, what they mean to the dialler, queues and the codes of a queue."""

from collections.abc import Iterable
from typing import Any, TypeVar

from wrapups.genesys.simulator.call import Answer, Call, answer, serves
from wrapups.genesys.simulator.catalogue import MADE_AT, Catalogue, Queue, WrapupCode, is_uuid
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.serving.identity import division_reference
from wrapups.genesys.simulator.serving.listing import asked_for, page

Owned = TypeVar("Owned", Queue, WrapupCode)
MOST_ADDED = 100
"""Source: the operation's summary in the official SDK, "Add up to 100 wrap-up codes to a queue"."""


@serves("GET /api/v2/routing/wrapupcodes")
def wrapup_codes(call: Call) -> Answer:
    """Answer with a page of the codes in the divisions the caller reaches; deleted ones are in no list."""
    catalogue = call.simulation.catalogue
    wanted = set(call.ids("divisionId"))
    codes = [code for code in _reached(asked_for(catalogue.codes.values(), call), call) if not code.deleted]
    return page(call, [code_body(c, catalogue) for c in codes if not wanted or c.division_id in wanted])


@serves("GET /api/v2/routing/wrapupcodes/{codeId}")
def wrapup_code(call: Call) -> Answer:
    """Answer with one code."""
    code = call.simulation.catalogue.codes.get(call.parameter("codeId"))
    if code is None or code.deleted:
        raise Problem("not.found")
    if not call.client.reaches(call.operation.permissions, [code.division_id]):
        raise Problem("missing.division.permission", type="WrapupCode", id=code.id)
    return answer(code_body(code, call.simulation.catalogue))


@serves("GET /api/v2/outbound/wrapupcodemappings")
def wrapup_code_mapping(call: Call) -> Answer:
    """Answer with the `WrapUpCodeMapping`: one of the whole organization, without flags for codes that have none."""
    mapping = {"name": "Wrap-up code mapping", "version": 1, "defaultSet": []}
    return answer(mapping | {"mapping": call.simulation.catalogue.dialler_flags})


@serves("GET /api/v2/routing/queues")
def queues(call: Call) -> Answer:
    """Answer with a page of the queues in the divisions the caller reaches, by name."""
    catalogue = call.simulation.catalogue
    found = sorted(_reached(asked_for(catalogue.queues.values(), call), call), key=lambda queue: queue.name)
    return page(call, [queue_body(queue, catalogue) for queue in found])


@serves("GET /api/v2/routing/queues/{queueId}")
def queue(call: Call) -> Answer:
    """Answer with one queue, its after-call work setting included."""
    return answer(queue_body(_queue(call), call.simulation.catalogue))


@serves("GET /api/v2/routing/queues/{queueId}/wrapupcodes")
def queue_wrapup_codes(call: Call) -> Answer:
    """Answer with a page of the codes a queue's agents may choose."""
    catalogue = call.simulation.catalogue
    codes = asked_for(catalogue.codes_of(_queue(call).id), call)
    return page(call, [code_body(code, catalogue) for code in codes])


@serves("POST /api/v2/routing/queues/{queueId}/wrapupcodes")
def add_queue_wrapup_codes(call: Call) -> Answer:
    """Put up to 100 codes on a queue and answer with them; one that is there already stays, as far as is known."""
    catalogue, queue = call.simulation.catalogue, _queue(call)
    added = [catalogue.codes[code_id] for code_id in _codes_named(call)]
    if not call.dropped:
        queue.code_ids = list(dict.fromkeys([*queue.code_ids, *(code.id for code in added)]))
        if call.simulation.switches.offering_touches_queue:
            queue.modified_at = call.simulation.clock.now()
    return answer([code_body(code, catalogue) for code in added])


def code_body(code: WrapupCode, catalogue: Catalogue) -> dict[str, Any]:
    """Return the `WrapupCode` of a code."""
    body = {
        "id": code.id,
        "name": code.name,
        "division": division_reference(catalogue.divisions[code.division_id]),
        "description": code.description,
        "dateCreated": MADE_AT,
    }
    return body | {"selfUri": f"/api/v2/routing/wrapupcodes/{code.id}"}


def queue_body(queue: Queue, catalogue: Catalogue) -> dict[str, Any]:
    """Return the `Queue` of a queue."""
    acw: dict[str, Any] = {"wrapupPrompt": queue.acw_prompt}
    if queue.acw_timeout_s is not None:
        acw["timeoutMs"] = round(queue.acw_timeout_s * 1000)
    return {
        "id": queue.id,
        "name": queue.name,
        "division": division_reference(catalogue.divisions[queue.division_id]),
        "dateCreated": MADE_AT,
        "dateModified": queue.modified_at,
        "memberCount": sum(queue.id in agent.queue_ids for agent in catalogue.agents.values()),
        "acwSettings": acw,
        "skillEvaluationMethod": "ALL",
        "selfUri": f"/api/v2/routing/queues/{queue.id}",
    }


def _codes_named(call: Call) -> list[str]:
    """Return the ids of the body's `WrapUpCodeReference`s; what an unknown or deleted one meets is not documented."""
    body, codes = call.json(), call.simulation.catalogue.codes
    if not isinstance(body, list) or not 1 <= len(body) <= MOST_ADDED:
        raise Problem("bad.request")
    ids = [str(one.get("id", "")).lower() if isinstance(one, dict) else "" for one in body]
    if not all(is_uuid(code_id) for code_id in ids):
        raise Problem("invalid.id")
    if any(code_id not in codes or codes[code_id].deleted for code_id in ids):
        raise Problem("not.found")
    return ids


def _queue(call: Call) -> Queue:
    queue = call.simulation.catalogue.queues.get(call.parameter("queueId"))
    if queue is None:
        raise Problem("not.found")
    if not call.client.reaches(call.operation.permissions, [queue.division_id]):
        raise Problem("missing.division.permission", type="Queue", id=queue.id)
    return queue


def _reached(owned: Iterable[Owned], call: Call) -> list[Owned]:
    return [one for one in owned if call.client.reaches(call.operation.permissions, [one.division_id])]

"""The control side, `/_sim/...`: what a test or an operator does to the simulated organization, and what it learns.

Each is a function whose keyword arguments are the JSON body. Nothing here is counted, limited or struck by faults.
"""

import inspect
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import orjson

from wrapups.genesys.simulator.call import Answer, Request, answer
from wrapups.genesys.simulator.clients import EVERYWHERE
from wrapups.genesys.simulator.faults import Fault
from wrapups.genesys.simulator.generation.generator import ended_conversations
from wrapups.genesys.simulator.instants import from_epoch, parse
from wrapups.genesys.simulator.loading import timelines
from wrapups.genesys.simulator.simulation import Simulation
from wrapups.genesys.simulator.state import state_of
from wrapups.genesys.simulator.wrapup import Write
from wrapups.genesys.simulator.writing import agent_writes

CONTROL = "/_sim/"
Control = Callable[..., Any]
CONTROLS: dict[str, Control] = {}


def control(simulation: Simulation, request: Request) -> Answer:
    """Return the answer to a control request: 200 and what it returns, or 4xx and an `error` that says what to do."""
    function = CONTROLS.get(f"{request.method} {request.path.removeprefix(CONTROL)}")
    if function is None:
        return answer({"error": f"There is no such control; there are {', '.join(sorted(CONTROLS))}."}, 404)
    try:
        arguments = orjson.loads(request.body or b"{}") | request.query
        inspect.signature(function).bind(simulation, **arguments)
        return answer(function(simulation, **arguments))
    except (ValueError, TypeError, LookupError) as error:
        return answer({"error": str(error)}, 400)


def offers(key: str) -> Callable[[Control], Control]:
    """Register a control under its verb and the path after /_sim/."""

    def register(function: Control) -> Control:
        CONTROLS[key] = function
        return function

    return register


@offers("POST reset")
def reset(simulation: Simulation, *, seed: int | None = None) -> None:
    """Start afresh; the same seed unless another is given."""
    simulation.reset(simulation.seed if seed is None else seed)


@offers("POST generate")
def generate(
    simulation: Simulation,
    *,
    count: int,
    mix: dict[str, int] | None = None,
    within_s: float = 3600.0,
    speed: float = 1.0,
) -> list[str]:
    """Add generated conversations that ended in the last `within_s` seconds; return their ids."""
    numbers = range(simulation.generated, simulation.generated + count)
    made = ended_conversations(
        simulation.catalogue,
        seed=simulation.seed,
        numbers=numbers,
        mix=mix or {},
        until_s=simulation.clock.seconds(),
        within_s=within_s,
        speed=speed,
    )
    ids = [simulation.conversations.add(timeline) for timeline in made]
    simulation.generated += count
    return ids


@offers("POST load")
def load(simulation: Simulation, *, conversations: list[Any], **_about: Any) -> list[str]:
    """Add conversations from analytics JSON (what else its file holds does not matter); return their ids."""
    return [simulation.conversations.add(timeline) for timeline in timelines(conversations, simulation.catalogue)]


@offers("POST arrivals")
def arrivals(simulation: Simulation, *, per_minute: float, speed: float = 1.0) -> None:
    """Let conversations arrive from now on; 0 a minute stops them."""
    simulation.arrivals.start(simulation.clock.seconds(), per_minute=per_minute, speed=speed)


@offers("GET clock")
def now(simulation: Simulation) -> str:
    """Return the simulated instant."""
    return simulation.clock.now()


@offers("POST clock")
def advance(simulation: Simulation, *, seconds: float) -> str:
    """Move the clock forward; return the new instant."""
    return simulation.clock.advance(seconds)


@offers("GET switches")
def switches(simulation: Simulation) -> dict[str, Any]:
    """Return every switch."""
    return simulation.switches.as_dict()


@offers("PATCH switches")
def switch(simulation: Simulation, **changes: Any) -> dict[str, Any]:
    """Set some switches; return them all."""
    simulation.switches = simulation.switches.changed(changes)
    simulation.conversations.forget_renderings()
    return simulation.switches.as_dict()


@offers("GET faults")
def faults(simulation: Simulation) -> list[dict[str, Any]]:
    """Return the faults in force."""
    return simulation.faults.as_list()


@offers("POST faults")
def add_fault(simulation: Simulation, **fault: Any) -> int:
    """Put a fault in force; return its id."""
    return simulation.faults.add(Fault(**fault)).id


@offers("DELETE faults")
def remove_faults(simulation: Simulation, *, fault_id: str | None = None) -> None:
    """End one fault, or all."""
    simulation.faults.remove(int(fault_id) if fault_id else None)


@offers("POST agent_sets_code")
def agent_sets_code(
    simulation: Simulation,
    *,
    conversation_id: str,
    communication_id: str,
    code: str | None,
    at: str | None = None,
    notes: str | None = None,
    provisional: bool = False,
) -> dict[str, Any]:
    """Let the agent set a code in their client, now or at an instant; return the ledger's entry."""
    conversation = simulation.conversations.by_id[conversation_id]
    leg = conversation.timeline.legs[communication_id]
    instant = parse(at) if at else simulation.clock.now()
    wanted = Write(at=instant, by="agent", code=code, notes=notes, provisional=provisional, keeps_end_time=True)
    return asdict(agent_writes(simulation, conversation, leg, wanted))


@offers("POST predict")
def predict(
    simulation: Simulation, *, conversation_id: str, codes: dict[str, float], communication_id: str = ""
) -> None:
    """Let Copilot predict these codes, each with its confidence, for a conversation or one of its communications."""
    catalogue, conversation = simulation.catalogue, simulation.conversations.by_id[conversation_id]
    conversation.predicted[communication_id] = [
        {"id": code_id, "name": catalogue.codes[code_id].name, "confidence": confidence}
        for code_id, confidence in codes.items()
    ]


@offers("GET client")
def client(simulation: Simulation) -> dict[str, Any]:
    """Return the OAuth client: its id, its secret, its grants (permission to divisions, `*` for all)."""
    one = next(iter(simulation.clients.by_id.values()))
    grants = {permission: sorted(divisions) for permission, divisions in one.grants.items()}
    return {"client_id": one.id, "client_secret": one.secret, "grants": grants}


@offers("POST grant")
def grant(simulation: Simulation, *, permission: str, division_ids: list[str] | None = None) -> None:
    """Grant a permission in some divisions only, or everywhere."""
    one = next(iter(simulation.clients.by_id.values()))
    one.grants[permission] = {EVERYWHERE} if division_ids is None else set(division_ids)


@offers("POST revoke")
def revoke(simulation: Simulation, *, permission: str) -> None:
    """Take a permission away in all divisions."""
    next(iter(simulation.clients.by_id.values())).grants.pop(permission, None)


@offers("POST rotate_secret")
def rotate_secret(simulation: Simulation) -> str:
    """Give the client a new secret and return it; tokens stay in force."""
    one = next(iter(simulation.clients.by_id.values()))
    one.secret = secrets.token_urlsafe(24)
    return one.secret


@offers("POST expire_tokens")
def expire_tokens(simulation: Simulation) -> int:
    """End every token now; return how many."""
    return simulation.clients.expire_tokens()


@offers("POST rename_code")
def rename_code(simulation: Simulation, *, code_id: str, name: str) -> None:
    """Rename a wrap-up code."""
    simulation.catalogue.codes[code_id].name = name
    simulation.conversations.forget_renderings()


@offers("POST delete_code")
def delete_code(simulation: Simulation, *, code_id: str) -> None:
    """Delete a wrap-up code."""
    simulation.catalogue.delete_code(code_id)


@offers("POST offer_codes")
def offer_codes(simulation: Simulation, *, queue_id: str, code_ids: list[str]) -> None:
    """Make exactly these the codes of a queue."""
    unknown = [code_id for code_id in code_ids if code_id not in simulation.catalogue.codes]
    if unknown:
        raise LookupError(f"There is no wrap-up code {', '.join(unknown)}.")
    queue = simulation.catalogue.queues[queue_id]
    queue.code_ids = list(code_ids)
    if simulation.switches.offering_touches_queue:
        queue.modified_at = simulation.clock.now()


@offers("POST add_queues")
def add_queues(simulation: Simulation, *, count: int) -> list[str]:
    """Add queues, each like the first one but for its name; return their ids."""
    return simulation.catalogue.add_queues(count)


@offers("POST rename_queue")
def rename_queue(simulation: Simulation, *, queue_id: str, name: str) -> None:
    """Rename a queue, which moves its dateModified."""
    queue = simulation.catalogue.queues[queue_id]
    queue.name, queue.modified_at = name, simulation.clock.now()


@offers("POST set_agent")
def set_agent(simulation: Simulation, *, agent_id: str, **columns: str) -> None:
    """Set an agent's `name`, or their `state` (active, inactive, deleted)."""
    simulation.catalogue.set_agent(agent_id, **columns)


@offers("POST map_code")
def map_code(simulation: Simulation, *, code_id: str, flags: list[str]) -> None:
    """Let a wrap-up code mean this to the dialler."""
    simulation.catalogue.dialler_flags[simulation.catalogue.codes[code_id].id] = list(flags)


@offers("GET catalogue")
def catalogue(simulation: Simulation) -> dict[str, Any]:
    """Return divisions, queues, codes (deleted ones too) and agents."""
    whole = asdict(simulation.catalogue)
    return {part: list(items.values()) if isinstance(items, dict) else items for part, items in whole.items()}


@offers("GET ledger")
def ledger(simulation: Simulation, *, since: str = "0") -> list[dict[str, Any]]:
    """Return every write from number `since` on."""
    return simulation.ledger.rows(int(since))


@offers("POST drop_sockets")
def drop_sockets(simulation: Simulation) -> int:
    """Reset the connection of every open WebSocket; return how many there were."""
    return simulation.channels.order("drop")


@offers("POST announce_closing")
def announce_closing(simulation: Simulation) -> int:
    """Tell every open WebSocket that it is about to close, and close it after `closing_notice_s`; return how many."""
    return simulation.channels.order("closing")


@offers("GET channels")
def channels(simulation: Simulation) -> list[dict[str, Any]]:
    """Return the notification channels that live, oldest first."""
    return [
        {"id": each.id, "topics": each.topics, "connected": each.connected, "expires_at": from_epoch(each.expires_at)}
        for each in simulation.channels.living()
    ]


@offers("GET calls")
def calls(simulation: Simulation) -> dict[str, Any]:
    """Return the statistics of the calls, and the CPU time this process has used so far, in seconds."""
    return simulation.calls.figures() | {"cpu_s": time.process_time()}


@offers("GET call_times")
def call_times(simulation: Simulation) -> list[list[float]]:
    """Return when each token made its calls, in seconds after 1970 of the wall clock."""
    return simulation.calls.times_per_token()


@offers("GET state")
def state(simulation: Simulation) -> list[dict[str, Any]]:
    """Return every communication as it is, nothing lagging."""
    return state_of(simulation)

"""What may be written to a communication, by the switches; and the ledger entry every try leaves."""

from dataclasses import replace

from wrapups.genesys.simulator.call import Call
from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.instants import Instant, shifted
from wrapups.genesys.simulator.ledger import Entry
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.simulation import Simulation
from wrapups.genesys.simulator.timeline import Leg
from wrapups.genesys.simulator.wrapup import Write

WINDOW_CODES = {
    403: "conversation.error.forbidden.not.active.participant",
    404: "conversation.error.conversation.not.found",
    409: "general.conflict",
}


def allow(simulation: Simulation, found: Conversation, leg: Leg, write: Write, *, path: str) -> None:
    """Raise the refusal this write gets, if any; `path` is communication, participant, generic or on_behalf."""
    switches = simulation.switches
    _allow_client(leg, path, switches.user_context_required)
    _allow_leg(simulation, leg, write.at)
    _allow_code(simulation, leg, write.code)
    present = found.after_call_work(leg, write.at, switches).wrapup
    if switches.second_write == "refuse" and present and present.code and not present.code.startswith("ININ-"):
        raise Problem("general.conflict")


def _allow_client(leg: Leg, path: str, refused: list[str]) -> None:
    own = (leg.medium.path or leg.medium.rest, path)
    for pattern in refused:
        if all(part in ("*", name) for part, name in zip(pattern.split("/"), own, strict=True)):
            raise Problem("not.a.user")


def _allow_leg(simulation: Simulation, leg: Leg, now: Instant) -> None:
    switches = simulation.switches
    if leg.participant.get("purpose") not in ("agent", "user") or not leg.medium.wrapup:
        raise Problem("bad.request", message="This communication has no wrap-up.")
    if leg.connected_at is None and switches.unconnected_leg == "reject":
        raise Problem("bad.request", message="The communication was never connected.")
    if leg.queue_id is None and switches.leg_without_queue == "reject":
        raise Problem("bad.request", message="The participant has no queue.")
    window_h, ended_at = switches.write_window_h, leg.ended_at
    if window_h is not None and ended_at is not None and shifted(ended_at, window_h * 3600) < now:
        raise Problem(WINDOW_CODES[switches.write_window_status], status=switches.write_window_status)


def _allow_code(simulation: Simulation, leg: Leg, code_id: str | None) -> None:
    if code_id is None:
        return
    code = simulation.catalogue.codes.get(code_id)
    rule = simulation.switches.unknown_code if code is None else simulation.switches.deleted_code
    if (code is None or code.deleted) and rule != "accept":
        raise Problem("not.found" if rule == "reject 404" else "bad.request")
    queue = simulation.catalogue.queues.get(leg.queue_id or "")
    if code is None or code.deleted or queue is None or simulation.switches.off_queue_code == "accept":
        return
    if code_id not in queue.code_ids:
        raise Problem("bad.request", message="The wrap-up code is not available on the queue.")


def write(call: Call, found: Conversation, leg: Leg, wanted: Write, *, path: str) -> None:
    """Apply a write to a communication, or refuse it (Problem); the ledger has it either way."""
    simulation = call.simulation
    entry = _entry(call, found, leg, wanted)
    try:
        allow(simulation, found, leg, wanted, path=path)
    except Problem as problem:
        simulation.ledger.add(replace(entry, outcome="refused", status=problem.status, error=problem.code))
        raise
    if call.dropped:
        simulation.ledger.add(replace(entry, outcome="dropped"))
        return
    found.write(leg.id, wanted)
    simulation.ledger.add(replace(entry, after=code_at(simulation, found, leg, wanted.at)))


def code_at(simulation: Simulation, found: Conversation, leg: Leg, now: Instant) -> str | None:
    """Return the code a communication carries at an instant."""
    wrapup = found.after_call_work(leg, now, simulation.switches).wrapup
    return wrapup.code if wrapup else None


def agent_writes(simulation: Simulation, found: Conversation, leg: Leg, wanted: Write) -> Entry:
    """Let an agent set a code in their client, at any instant; no switch refuses it. Returns the ledger's entry."""
    before = code_at(simulation, found, leg, wanted.at)
    found.write(leg.id, wanted)
    entry = Entry(
        at=wanted.at,
        method="",
        path="",
        conversation_id=found.timeline.id,
        participant_id=leg.participant["participantId"],
        communication_id=leg.id,
        by=wanted.by,
        before=before,
        after=code_at(simulation, found, leg, wanted.at),
        outcome="applied",
        status=0,
        error="",
        correlation_id="",
    )
    simulation.ledger.add(entry)
    return entry


def _entry(call: Call, found: Conversation, leg: Leg, wanted: Write) -> Entry:
    """Return the entry of an API write that changed nothing yet."""
    before = code_at(call.simulation, found, leg, wanted.at)
    return Entry(
        at=wanted.at,
        method=call.request.method,
        path=call.request.path,
        conversation_id=found.timeline.id,
        participant_id=leg.participant["participantId"],
        communication_id=leg.id,
        by=wanted.by,
        before=before,
        after=before,
        outcome="applied",
        status=202,
        error="",
        correlation_id=call.request.correlation_id,
    )

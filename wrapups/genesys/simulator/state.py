"""What every communication really is right now: for an outside checker, without any lag."""

from typing import Any

from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.instants import Instant
from wrapups.genesys.simulator.simulation import Simulation
from wrapups.genesys.simulator.timeline import Leg


def state_of(simulation: Simulation) -> list[dict[str, Any]]:
    """Return one row for every communication that has begun, of all participants."""
    now = simulation.clock.now()
    return [
        _row(simulation, conversation, leg, now)
        for conversation in simulation.conversations
        for leg in conversation.timeline.legs.values()
        if leg.started_at <= now
    ]


def _row(simulation: Simulation, conversation: Conversation, leg: Leg, now: Instant) -> dict[str, Any]:
    acw = conversation.after_call_work(leg, now, simulation.switches)
    queue = simulation.catalogue.queues.get(leg.queue_id or "")
    return {
        "conversation_id": conversation.timeline.id,
        "participant_id": leg.participant["participantId"],
        "communication_id": leg.id,
        "media_type": leg.session["mediaType"],
        "purpose": leg.participant.get("purpose"),
        "user_id": leg.participant.get("userId"),
        "queue_id": leg.queue_id,
        "queue": queue.name if queue else None,
        "attributes": _attributes(conversation),
        "division_ids": conversation.timeline.division_ids,
        "connected": leg.connected_at is not None and leg.connected_at <= now,
        "connected_at": leg.connected_at,
        "disconnect_type": leg.disconnect_type if leg.is_over(now) else None,
        "observes": leg.observes,
        "campaign": "outboundCampaignId" in leg.session,
        "has_wrapup": leg.medium.wrapup,
        "ended_at": leg.ended_at if leg.is_over(now) else None,
        "acw": acw.state,
        "acw_ended_at": acw.ended_at,
        "code": acw.wrapup.code if acw.wrapup else None,
        "written_by": acw.wrapup.by if acw.wrapup else None,
        "notes": acw.wrapup.notes if acw.wrapup else None,
        "draft": acw.draft is not None,
    }


def _attributes(conversation: Conversation) -> dict[str, str]:
    """Return the attributes of all participants in one."""
    merged: dict[str, str] = {}
    for participant in conversation.timeline.document.get("participants", []):
        merged |= participant.get("attributes", {})
    return merged

"""Serves the writes: a communication's wrap-up, and a participant whose every property is an action."""

from typing import Any

from wrapups.genesys.simulator.call import Answer, Call, serves
from wrapups.genesys.simulator.catalogue import REQUIRED_PROMPTS
from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.serving.conversations import COMMUNICATION, PARTICIPANT, keys, leg_of, legs_of, medium_of
from wrapups.genesys.simulator.timeline import Leg
from wrapups.genesys.simulator.wrapup import Write
from wrapups.genesys.simulator.wrapup_input import checked, read_wrapup_input
from wrapups.genesys.simulator.writing import write

ACCEPTED = Answer(202)
ON_BEHALF = f"PATCH /api/v2/conversations/calls{PARTICIPANT}/user/{{userId}}"
ACTIONS: dict[str, tuple[type, str]] = {
    "wrapup": (dict, "object"),
    "state": (str, "string"),
    "recording": (bool, "boolean"),
    "muted": (bool, "boolean"),
    "confined": (bool, "boolean"),
    "held": (bool, "boolean"),
    "wrapupSkipped": (bool, "boolean"),
    "resumeTime": (str, "date-time"),
}


@serves(*keys("POST", f"{COMMUNICATION}/wrapup"))
def apply_wrapup(call: Call) -> Answer:
    """Accept the wrap-up of one communication: 202 and nothing else."""
    found = call.conversation()
    leg = leg_of(call, found)
    write(call, found, leg, _wrapup(call, call.json()), path="communication")
    return ACCEPTED


@serves(*keys("PATCH", PARTICIPANT), ON_BEHALF)
def change_participant(call: Call) -> Answer:
    """Do what every property sent asks for, in the order state, skip, wrap-up: 202, or the first refusal met."""
    found = call.conversation()
    leg = legs_of(call, found)[-1]
    path = "participant" if medium_of(call) else "generic"
    if call.operation.key == ON_BEHALF:
        path = "on_behalf"
        if leg.participant.get("userId") != call.parameter("userId"):
            raise Problem("not.authorized", type="Conversation", id=found.timeline.id)
    given = checked(call.json(), ACTIONS, "MediaParticipantRequest")
    _check_actions(call, found, leg, given)
    if "state" in given:
        found.disconnect(leg, call.simulation.clock.now())
        leg = found.timeline.legs[leg.id]
    if given.get("wrapupSkipped"):
        _skip(call, found, leg, path)
    if "wrapup" in given:
        call.client.require("conversation:participant:wrapup")
        write(call, found, leg, _wrapup(call, given["wrapup"]), path=path)
    return ACCEPTED


def _wrapup(call: Call, body: Any) -> Write:
    simulation = call.simulation
    return read_wrapup_input(
        body,
        at=simulation.clock.now(),
        by=call.client.id,
        notes_max_length=simulation.switches.notes_max_length,
    )


def _check_actions(call: Call, found: Conversation, leg: Leg, given: dict[str, Any]) -> None:
    """Refuse what cannot be done to this leg; on a leg that is over, every action but wrap-up fails.

    Source: a 2018 thread of the developer forum, where `state: disconnected` on an ended leg was the 403.
    """
    actions = given.keys() - {"wrapup", "wrapupSkipped"}
    over = leg.is_over(call.simulation.clock.now())
    if "state" in given:
        if given["state"] != "disconnected":
            raise Problem("communication.state.required")
        call.client.require("conversation:communication:disconnect")
        if over:
            raise Problem("not.authorized", type="Conversation", id=found.timeline.id)
    if actions and over:
        raise Problem("conversation.error.call.disconnected")
    if others := sorted(actions - {"state"}):
        raise Problem("not.simulated", what=f"{', '.join(others)} on a live communication")


def _skip(call: Call, found: Conversation, leg: Leg, path: str) -> None:
    """End pending after-call work without a code, where the queue lets agents do that."""
    simulation = call.simulation
    call.client.require("conversation:participant:wrapup")
    queue = simulation.catalogue.queues.get(leg.queue_id or "")
    now = simulation.clock.now()
    pending = found.after_call_work(leg, now, simulation.switches).state == "pending"
    if not pending or (queue is not None and queue.acw_prompt in REQUIRED_PROMPTS):
        raise Problem("conversation.error.wrapup.cannot.skip")
    write(call, found, leg, Write(at=now, by=call.client.id, skips=True), path=path)

"""Serves conversations: all media in one, one medium, and the wrap-ups and permitted codes of a participant."""

from wrapups.genesys.simulator.call import Answer, Call, answer, serves
from wrapups.genesys.simulator.communication import assigned_body
from wrapups.genesys.simulator.conversations import Conversation
from wrapups.genesys.simulator.instants import shifted
from wrapups.genesys.simulator.media import BY_PATH, Medium
from wrapups.genesys.simulator.operational import Rendering
from wrapups.genesys.simulator.operations import OPERATIONS
from wrapups.genesys.simulator.problems import Problem
from wrapups.genesys.simulator.serving.catalogue import code_body
from wrapups.genesys.simulator.timeline import Document, Leg
from wrapups.genesys.simulator.wrapup import AfterCallWork, Wrapup

ONE = "/{conversationId}"
PARTICIPANT = "/{conversationId}/participants/{participantId}"
CONVERSATION = "conversation"
"""The kind of the rendering kept for `GET /conversations/{conversationId}`."""
COMMUNICATION = f"{PARTICIPANT}/communications/{{communicationId}}"


def keys(verb: str, ending: str) -> list[str]:
    """Return the served operations of all media, and of the generic path, with this verb and ending."""
    parts = ("", *(f"/{path}" for path in BY_PATH))
    return [key for part in parts if (key := f"{verb} /api/v2/conversations{part}{ending}") in OPERATIONS]


@serves(f"GET /api/v2/conversations{ONE}")
def conversation(call: Call) -> Answer:
    """Answer with the `Conversation`, all media in one."""
    found = call.conversation()
    _, written = _instants(call)
    if written < found.settled_at:
        return answer(_rendering(call, found).conversation_body())
    if CONVERSATION not in found.rendered:
        found.rendered[CONVERSATION] = answer(_rendering(call, found).conversation_body()).body
    return Answer(200, found.rendered[CONVERSATION])


@serves(f"GET /api/v2/conversations{ONE}/summaries")
def summaries(call: Call) -> Answer:
    """Answer with the `ConversationSummariesGetResponse`: here only what Copilot predicts."""
    found, simulation = call.conversation(), call.simulation
    ended_at, now = found.timeline.ended_at, simulation.clock.now()
    there = ended_at is not None and shifted(ended_at, simulation.switches.summary_after_s) <= now
    if not there or not found.predicted:
        if simulation.switches.unset_summary_read == "404":
            raise Problem("not.found")
        return answer({})
    return answer(_summaries_body(found))


@serves(*[key for key in keys("GET", ONE) if key != f"GET /api/v2/conversations{ONE}"])
def media_conversation(call: Call) -> Answer:
    """Answer with the conversation of one medium; 404 when it has no such communication."""
    medium = medium_of(call)
    body = _rendering(call, call.conversation()).media_body(medium) if medium else None
    if body is None:
        raise Problem("not.found")
    return answer(body)


@serves(*keys("GET", f"{PARTICIPANT}/wrapupcodes"))
def permitted_codes(call: Call) -> Answer:
    """Answer with the codes of the participant's queue, unpaged; none without a queue."""
    leg = legs_of(call, call.conversation())[-1]
    catalogue = call.simulation.catalogue
    return answer([code_body(code, catalogue) for code in catalogue.codes_of(leg.queue_id)])


@serves(*keys("GET", f"{PARTICIPANT}/wrapup"))
def participant_wrapup(call: Call) -> Answer:
    """Answer with the `AssignedWrapupCode` of the participant's last communication."""
    found = call.conversation()
    return _assigned(call, found, legs_of(call, found)[-1])


@serves(*keys("GET", f"{COMMUNICATION}/wrapup"))
def communication_wrapup(call: Call) -> Answer:
    """Answer with the `AssignedWrapupCode` of one communication."""
    found = call.conversation()
    return _assigned(call, found, leg_of(call, found))


def _summaries_body(found: Conversation) -> Document:
    conversation = {"id": found.timeline.id, "selfUri": f"/api/v2/conversations/{found.timeline.id}"}
    parts = {name: {"predictedWrapupCodes": codes} for name, codes in found.predicted.items()}
    sessions = [{"communication": {"id": name}, **summary} for name, summary in parts.items() if name]
    return {"conversation": conversation, "summary": parts.get("", {}), "sessionSummaries": sessions}


def medium_of(call: Call) -> Medium | None:
    """Return the medium of the path; None on the generic path."""
    return BY_PATH.get(call.operation.key.split("/")[4])


def legs_of(call: Call, found: Conversation) -> list[Leg]:
    """Return the communications of the path's participant on the path's medium that have begun (404 when none)."""
    participant_id, medium, now = call.parameter("participantId"), medium_of(call), call.simulation.clock.now()
    legs = [leg for leg in found.timeline.legs.values() if leg.participant["participantId"] == participant_id]
    if not legs:
        raise Problem("conversation.error.not.conversation.participant")
    begun = [leg for leg in legs if leg.started_at <= now and medium in (None, leg.medium)]
    if not begun:
        raise Problem("not.found")
    return begun


def leg_of(call: Call, found: Conversation) -> Leg:
    """Return the communication of the path (404 when it is not this participant's, or on another medium)."""
    communication_id = call.parameter("communicationId")
    for leg in legs_of(call, found):
        if leg.id == communication_id:
            return leg
    raise Problem("not.found")


def _instants(call: Call) -> tuple[str, str]:
    clock = call.simulation.clock
    return clock.now(), clock.now(call.simulation.switches.read_lag_s)


def _rendering(call: Call, found: Conversation) -> Rendering:
    simulation = call.simulation
    return Rendering(found, simulation.catalogue, simulation.switches, *_instants(call))


def _assigned(call: Call, found: Conversation, leg: Leg) -> Answer:
    now, written = _instants(call)
    acw = found.after_call_work(leg, now, call.simulation.switches, written=written)
    wrapup = _asked(acw, provisional=call.request.query.get("provisional", "").lower() == "true")
    if wrapup is None and call.simulation.switches.unset_wrapup_read == "404":
        raise Problem("not.found")
    return answer(assigned_body(wrapup) if wrapup else {})


def _asked(acw: AfterCallWork, *, provisional: bool) -> Wrapup | None:
    return acw.draft if provisional and acw.draft else acw.wrapup

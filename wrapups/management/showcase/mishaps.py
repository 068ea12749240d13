"""What goes wrong in the showcase's contact centre, so that a newcomer sees what becomes of it and how it is mended."""

from wrapups.genesys.simulator.client import SimulatorControl

TIDIED_QUEUE = "Technical Support"
TAKEN_OFF = ("Resolved", "Wrong number")
"""Codes that the rules go on choosing for that queue, which is where most conversations end."""
SECOND_THOUGHT = "Escalated"
EDIT_QUEUES = "routing:queue:edit"


def let_happen(simulator: SimulatorControl) -> None:
    """Take codes that rules choose off a queue, and let an agent choose another code than the one we wrote last.

    The first ends among the failures, where an admin can put the codes back: our client is allowed to. Whether Genesys
    Cloud itself refuses such codes is not known (docs/genesys.md); here it does, so that it is seen at once. The second
    is found by the look for later changes. Where nothing was written yet there is no second thought.
    """
    simulator.grant(EDIT_QUEUES)
    simulator.switch(off_queue_code="reject")
    queue = next(queue for queue in simulator.catalogue()["queues"] if queue["name"] == TIDIED_QUEUE)
    off = {simulator.code_id(name) for name in TAKEN_OFF}
    simulator.offer_codes(queue["id"], [code for code in queue["code_ids"] if code not in off])
    ours, other = simulator.client()["client_id"], simulator.code_id(SECOND_THOUGHT)
    for entry in reversed(simulator.ledger()):
        if entry["by"] == ours and entry["outcome"] == "applied" and entry["after"] != other:
            simulator.agent_sets_code(entry["conversation_id"], entry["communication_id"], other)
            return

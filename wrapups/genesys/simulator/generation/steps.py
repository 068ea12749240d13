"""The steps conversations are made of: a customer comes in, a flow talks, a queue waits, an agent helps."""

from typing import Any

from wrapups.genesys.simulator.catalogue import Agent, Queue
from wrapups.genesys.simulator.generation.story import Story
from wrapups.genesys.simulator.timeline import Document

DISPOSITIONS = ("REF-OK", "REF-NO", "RES-017", "ESC-1", "CB-48", "INV-EX", "ADR-CH", "PAY-ARR", "WRONG-NO", "NONE")
PROVIDERS = {
    "voice": "Edge",
    "callback": "PureCloud Callback",
    "email": "PureCloud Email",
    "chat": "PureCloud Webchat v2",
    "message": "PureCloud Messaging",
    "video": "PureCloud Video",
    "unknown": "PureCloud Social",
    "internalmessage": "PureCloud Internal Messaging",
    "cobrowse": "PureCloud Cobrowse",
    "screenshare": "PureCloud Screenshare",
}
ENDINGS = ("peer", "peer", "client")
MESSAGE_TYPES = ("webmessaging", "sms", "whatsapp", "open")


def customer(story: Story, medium: str, *, direction: str = "inbound", **fields: Any) -> float:
    """Let the customer come in; return when somebody or something answers. Their session lasts to the end."""
    attributes = {"crm.disposition": story.rng.choice(DISPOSITIONS)} if story.rng.random() < 0.7 else {}
    if story.rng.random() < 0.4:
        attributes["survey.sent"] = story.rng.choice(("true", "false"))
    party = story.party("customer", participantName=story.customer_name, attributes=attributes)
    if medium == "voice":
        fields |= {"ani": story.phone(), "dnis": story.own_number(), "remote": story.customer_name}
    if medium == "callback":
        fields |= {"callbackNumbers": [story.phone()], "callbackUserName": story.customer_name}
    if medium == "message":
        fields["messageType"] = story.rng.choice(MESSAGE_TYPES)
    session = story.session(party, medium, direction=direction, provider=PROVIDERS[medium], **fields)
    answered_at = story.seconds(0.2, 1)
    story.segment(session, "system", 0.0, answered_at)
    return answered_at


def flow(
    story: Story, medium: str, start: float, *, length: tuple[float, float] = (10, 40), why: str = "transfer"
) -> float:
    """Let a flow talk to the customer; return when it is done."""
    purpose, kind = ("ivr", "INBOUNDCALL") if medium in ("voice", "callback") else ("botflow", "DIGITALBOT")
    outcome = {"flowId": story.identity(), "flowName": "Welcome", "flowType": kind, "exitReason": why.upper()}
    session = story.session(story.party(purpose), medium, provider=PROVIDERS[medium], flow=outcome)
    return story.segment(session, "ivr", start, start + story.seconds(*length), disconnectType=why)


def in_queue(
    story: Story, queue: Queue, medium: str, start: float, *, wait: tuple[float, float] = (2, 60), why: str = "transfer"
) -> float:
    """Let the customer wait in a queue; return when that is over."""
    session = story.session(
        story.party("acd", participantName=queue.name),
        medium,
        provider=PROVIDERS[medium],
        requestedRoutings=["Standard"],
    )
    end = start + story.seconds(*wait)
    return story.segment(session, "interact", start, end, queueId=queue.id, disconnectType=why)


def agent_leg(
    story: Story,
    queue: Queue,
    agent: Agent,
    medium: str,
    start: float,
    *,
    why: str = "",
    talk: tuple[float, float] = (40, 420),
    wraps_up: bool = True,
    **fields: Any,
) -> float:
    """Let an agent be alerted, talk, perhaps hold, end and wrap up; return the end of the talk."""
    why = why or story.rng.choice(ENDINGS)
    session = story.session(story.party("agent", agent=agent), medium, provider=PROVIDERS[medium], **fields)
    talking = story.segment(session, "alert", start, start + story.seconds(1, 9), queueId=queue.id)
    end = talking + story.seconds(*talk)
    if medium == "voice" and story.rng.random() < 0.4:
        held = talking + (end - talking) / 3
        story.segment(session, "interact", talking, held, queueId=queue.id)
        talking = story.segment(session, "hold", held, held + (end - talking) / 4, queueId=queue.id)
    story.segment(session, "interact", talking, end, queueId=queue.id, disconnectType=why)
    if wraps_up:
        story.wrap_up(session, queue, end, why)
    return end


def reached(story: Story, medium: str, *, direction: str = "inbound") -> tuple[Queue, Agent, float]:
    """Let a customer come in and wait; return the queue, its agent, and when the agent is alerted."""
    story.document["originatingDirection"] = direction
    start = customer(story, medium, direction=direction)
    if medium in ("voice", "callback", "message"):
        start = flow(story, medium, start)
    queue = story.queue(medium)
    return queue, story.agent(queue), in_queue(story, queue, medium, start)


def end_of_customers(document: Document, end: float | None) -> None:
    """Let the customers' sessions last to the end of the conversation."""
    for participant in document["participants"]:
        if (
            participant["purpose"] == "customer"
            and participant["sessions"][0]["segments"][-1]["segmentType"] == "system"
        ):
            session = participant["sessions"][0]
            last = {
                "conference": False,
                "segmentType": "interact",
                "segmentStart": session["segments"][-1]["segmentEnd"],
            }
            session["segments"].append(
                last if end is None else last | {"segmentEnd": end, "disconnectType": "endpoint"}
            )

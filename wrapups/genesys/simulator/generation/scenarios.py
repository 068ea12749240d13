"""What happens in a contact centre: one function per kind of conversation, and how common each is."""

from collections.abc import Callable
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


def answered(story: Story, medium: str, *, direction: str = "inbound") -> float:
    """A customer waits in a queue, an agent takes it, one of them ends it; return the end."""
    queue, agent, start = _reached(story, medium, direction=direction)
    return agent_leg(story, queue, agent, medium, start, direction=direction)


def transferred(story: Story) -> float:
    """The first agent transfers to another queue, where a second agent helps: two legs, two wrap-ups."""
    queue, agent, start = _reached(story, "voice")
    end = agent_leg(story, queue, agent, "voice", start, why="transfer")
    second = story.queue("voice")
    waited = in_queue(story, second, "voice", end)
    return agent_leg(story, second, story.agent(second, other_than=agent.id), "voice", waited)


def consulted(story: Story) -> float:
    """An agent consults a colleague and hands over; both were connected."""
    queue, agent, start = _reached(story, "voice")
    end = agent_leg(story, queue, agent, "voice", start, why="consultTransfer")
    colleague = story.agent(queue, other_than=agent.id)
    return agent_leg(story, queue, colleague, "voice", end - story.seconds(5, 15), talk=(30, 120))


def unanswered_once(story: Story) -> float:
    """The first agent does not answer; that leg only alerted. The second does."""
    queue, agent, start = _reached(story, "voice")
    session = story.session(story.party("agent", agent=agent), "voice", provider=PROVIDERS["voice"])
    end = story.segment(
        session, "alert", start, start + story.seconds(8, 12), queueId=queue.id, disconnectType="noAnswerTransfer"
    )
    return agent_leg(story, queue, story.agent(queue, other_than=agent.id), "voice", end)


def monitored(story: Story) -> float:
    """A supervisor listens in for a while."""
    queue, agent, start = _reached(story, "voice")
    end = agent_leg(story, queue, agent, "voice", start, talk=(120, 300))
    watched = story.document["participants"][-1]
    supervisor = story.agent(queue, other_than=agent.id)
    session = story.session(
        story.party("agent", agent=supervisor),
        "voice",
        provider=PROVIDERS["voice"],
        monitoredParticipantId=watched["participantId"],
    )
    story.segment(session, "monitoring", start + story.seconds(15, 20), end, disconnectType="client")
    return end


def campaign(story: Story) -> float:
    """The dialer calls a contact and connects an agent."""
    story.document["originatingDirection"] = "outbound"
    queue = story.on(next(q for q in story.catalogue.queues.values() if q.name == "Outbound Renewals"))
    dialed: dict[str, Any] = {"outboundCampaignId": story.identity(), "outboundContactId": story.identity(),
              "outboundContactListId": story.identity(), "direction": "outbound"}  # fmt: skip
    answered_at = customer(story, "voice", **dialed)
    dialer = story.session(story.party("outbound"), "voice", provider=PROVIDERS["voice"], **dialed)
    story.segment(dialer, "interact", answered_at, answered_at + story.seconds(1, 2), queueId=queue.id)
    return agent_leg(story, queue, story.agent(queue), "voice", answered_at, **dialed)


def called_back(story: Story) -> float:
    """An agent takes a callback and calls the customer: one participant with a callback and a call."""
    end = answered(story, "callback", direction="outbound")
    participant = next(p for p in story.document["participants"] if p["purpose"] == "agent")
    callback = participant["sessions"][0]["segments"]
    session = story.session(participant, "voice", direction="outbound", provider=PROVIDERS["voice"])
    dialed = callback[1]["segmentStart"] + story.seconds(2, 6)
    queue_id = callback[1]["queueId"]
    story.segment(session, "dialing", callback[1]["segmentStart"], dialed, queueId=queue_id)
    story.segment(session, "interact", dialed, end, queueId=queue_id, disconnectType="peer")
    return end


def abandoned(story: Story) -> float:
    """The customer hangs up in the queue: nobody was there."""
    start = flow(story, "voice", customer(story, "voice"))
    return in_queue(story, story.queue("voice"), "voice", start, wait=(40, 300), why="peer")


def bot_only(story: Story, medium: str) -> float:
    """A bot settles it; no agent."""
    return flow(story, medium, customer(story, medium), length=(30, 120), why="endpoint")


def direct(story: Story) -> float:
    """Two users call each other: no queue, no wrap-up asked for."""
    story.document["originatingDirection"] = "outbound"
    end = story.seconds(30, 400)
    users = story.rng.sample(list(story.catalogue.agents.values()), 2)
    for user, direction in zip(users, ("outbound", "inbound"), strict=True):
        session = story.session(
            story.party("user", agent=user), "voice", direction=direction, provider=PROVIDERS["voice"]
        )
        ringing = story.segment(session, "dialing" if direction == "outbound" else "alert", 0.0, story.seconds(2, 8))
        story.segment(session, "interact", ringing, max(end, ringing + 1), disconnectType="client")
    return end


def pending(story: Story) -> float:
    """The agent is still at the after-call work of a queue that demands it, and takes a minute or two."""
    story.still_wrapping_up = True
    queue = story.on(next(q for q in story.catalogue.queues.values() if q.acw_prompt == "MANDATORY"))
    start = in_queue(story, queue, "voice", flow(story, "voice", customer(story, "voice")))
    end = agent_leg(story, queue, story.agent(queue), "voice", start, wraps_up=False)
    session = story.document["participants"][-1]["sessions"][0]
    done = end + story.seconds(60, 120)
    story.segment(session, "wrapup", end, done, queueId=queue.id, wrapUpCode=story.rng.choice(queue.code_ids))
    return end


def parked(story: Story) -> None:
    """The agent parked an e-mail: it is not ended."""
    queue, agent, start = _reached(story, "email")
    session = story.session(story.party("agent", agent=agent), "email", provider=PROVIDERS["email"])
    talk = story.segment(session, "alert", start, start + story.seconds(3, 20), queueId=queue.id)
    talk = story.segment(session, "interact", talk, talk + story.seconds(60, 200), queueId=queue.id)
    story.segment(session, "parked", talk, None, queueId=queue.id)


def shared_screen(story: Story, medium: str) -> float:
    """A call, in the middle of which agent and customer share a screen or browse together."""
    queue = story.on(next(q for q in story.catalogue.queues.values() if medium in q.media))
    start = in_queue(story, queue, "voice", flow(story, "voice", customer(story, "voice")))
    end = agent_leg(story, queue, story.agent(queue), "voice", start, talk=(120, 300))
    for participant in (story.document["participants"][0], story.document["participants"][-1]):
        session = story.session(participant, medium, provider=PROVIDERS[medium])
        story.segment(session, "sharing", start + story.seconds(25, 40), end, queueId=queue.id, disconnectType="client")
    return end


def internal_message(story: Story) -> float:
    """Two colleagues write to each other; such a thing has no wrap-up."""
    end = story.seconds(30, 300)
    for user in story.rng.sample(list(story.catalogue.agents.values()), 2):
        session = story.session(
            story.party("agent", agent=user), "internalmessage", provider=PROVIDERS["internalmessage"]
        )
        story.segment(session, "interact", 0.0, end, disconnectType="client")
    return end


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


def _reached(story: Story, medium: str, *, direction: str = "inbound") -> tuple[Queue, Agent, float]:
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


Scenario = Callable[[Story], float | None]

SCENARIOS: dict[str, tuple[int, Scenario]] = {
    "voice": (14, lambda story: answered(story, "voice")),
    "voice_transferred": (4, transferred),
    "voice_consulted": (2, consulted),
    "voice_unanswered_once": (3, unanswered_once),
    "voice_monitored": (2, monitored),
    "voice_campaign": (3, campaign),
    "voice_abandoned": (3, abandoned),
    "voice_bot_only": (3, lambda story: bot_only(story, "voice")),
    "voice_direct": (2, direct),
    "voice_outbound": (2, lambda story: answered(story, "voice", direction="outbound")),
    "voice_pending": (2, pending),
    "callback": (2, lambda story: answered(story, "callback", direction="outbound")),
    "callback_called": (1, called_back),
    "email": (4, lambda story: answered(story, "email")),
    "email_parked": (1, parked),
    "message": (4, lambda story: answered(story, "message")),
    "message_bot_only": (1, lambda story: bot_only(story, "message")),
    "chat": (2, lambda story: answered(story, "chat")),
    "internal_message": (1, internal_message),
    "video": (1, lambda story: answered(story, "video")),
    "social": (1, lambda story: answered(story, "unknown")),
    "cobrowse": (1, lambda story: shared_screen(story, "cobrowse")),
    "screenshare": (1, lambda story: shared_screen(story, "screenshare")),
}
"""Every scenario with its weight; the weights add up to 60, so 60 conversations hold each of them."""

"""What happens in a contact centre: one function per kind of conversation, and how common each is."""

from collections.abc import Callable
from typing import Any

from wrapups.genesys.simulator.generation.steps import PROVIDERS, agent_leg, customer, flow, in_queue, reached
from wrapups.genesys.simulator.generation.story import Story


def answered(story: Story, medium: str, *, direction: str = "inbound") -> float:
    """A customer waits in a queue, an agent takes it, one of them ends it; return the end."""
    queue, agent, start = reached(story, medium, direction=direction)
    return agent_leg(story, queue, agent, medium, start, direction=direction)


def transferred(story: Story) -> float:
    """The first agent transfers to another queue, where a second agent helps: two legs, two wrap-ups."""
    queue, agent, start = reached(story, "voice")
    end = agent_leg(story, queue, agent, "voice", start, why="transfer")
    second = story.queue("voice")
    waited = in_queue(story, second, "voice", end)
    return agent_leg(story, second, story.agent(second, other_than=agent.id), "voice", waited)


def consulted(story: Story) -> float:
    """An agent consults a colleague and hands over; both were connected."""
    queue, agent, start = reached(story, "voice")
    end = agent_leg(story, queue, agent, "voice", start, why="consultTransfer")
    colleague = story.agent(queue, other_than=agent.id)
    return agent_leg(story, queue, colleague, "voice", end - story.seconds(5, 15), talk=(30, 120))


def unanswered_once(story: Story) -> float:
    """The first agent does not answer; that leg only alerted. The second does."""
    queue, agent, start = reached(story, "voice")
    session = story.session(story.party("agent", agent=agent), "voice", provider=PROVIDERS["voice"])
    end = story.segment(
        session, "alert", start, start + story.seconds(8, 12), queueId=queue.id, disconnectType="noAnswerTransfer"
    )
    return agent_leg(story, queue, story.agent(queue, other_than=agent.id), "voice", end)


def monitored(story: Story) -> float:
    """A supervisor listens in for a while."""
    queue, agent, start = reached(story, "voice")
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
    queue, agent, start = reached(story, "email")
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

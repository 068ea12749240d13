"""Which communications get a wrap-up code from us at all, and when."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from wrapups.domain.conversation import Acw, CommunicationSeen, ConversationSeen
from wrapups.domain.notes import Template
from wrapups.domain.status import SkipReason

MEDIA_WITH_WRAPUP = frozenset(
    {"voice", "callback", "email", "message", "chat", "social", "video", "cobrowse", "screenshare"}
)
"""Media types whose communications carry a wrap-up (analytics spelling). Internal messages and screen monitoring
do not. Source: the models of the official SDK, 269.0.0."""


class Overwrite(StrEnum):
    """Which codes that are already there may be replaced."""

    NEVER = "never"
    SYSTEM = "system"  # only those that Genesys filled in itself, such as ININ-WRAP-UP-TIMEOUT
    AGENT = "agent"  # also those that a person chose


class Legs(StrEnum):
    """Which of a conversation's agent communications get a code from us."""

    EVERY = "every"
    FIRST = "first"
    LAST = "last"
    LONGEST = "longest"


@dataclass(frozen=True, slots=True)
class Policy:
    """What an organization wants done with every communication. What a rule may change is in `overrides`."""

    overwrite: Overwrite = Overwrite.SYSTEM
    skip_campaigns: bool = True
    """The first wrap-up of a campaign call runs contact rules that nothing can take back."""
    require_queue: bool = True
    """Without a queue it is a direct or internal call, which normally needs no wrap-up."""
    grace_s: int = 120
    """Seconds after the end in which agents and other systems have the first word."""
    acw_guard: bool = True
    """Write nothing while after-call work is pending: the write would end it under the agent's hands."""
    acw_recheck_s: int = 60
    """Seconds until a communication with pending after-call work is looked at again."""
    disable_end_time_updates: bool = True
    """Ask Genesys to leave the handle time as it is."""
    read_first: bool = False
    """Read each communication once more right before its write: a call more, and hardly any race."""
    legs: Legs = Legs.EVERY
    """Which of a conversation's agent communications get a code."""
    default_notes: Template = ()
    """Written beside the code where the rule has no notes of its own."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a communication carries now, and of which choices of legs it is the one."""

    chosen_code_id: str | None = None
    system_code_id: str | None = None
    legs: frozenset[Legs] = frozenset({Legs.EVERY})


def is_agent_leg(communication: CommunicationSeen) -> bool:
    """Return whether this is an agent's communication, the only kind that gets an assignment."""
    return communication.purpose == "agent" and bool(communication.user_id)


def has_ended(communication: CommunicationSeen) -> bool:
    """Return whether it is over for good; a parked e-mail or message is not, though its agent has left it."""
    return communication.ended_at is not None and not communication.parked


def ineligible(conversation: ConversationSeen, communication: CommunicationSeen, policy: Policy) -> SkipReason | None:
    """Return why this agent's communication gets nothing, whatever the rules say, or None where they decide.

    Ask only about what `is_agent_leg`; anything else is a ValueError. What a rule may have its own policy about is
    for `withheld` to say.
    """
    if not is_agent_leg(communication):
        raise ValueError(f"Communication {communication.communication_id} is not an agent's; ask is_agent_leg first.")
    reasons = (
        (communication.observing, SkipReason.OBSERVING),
        (communication.connected_at is None, SkipReason.NOT_CONNECTED),
        (communication.parked, SkipReason.PARKED),
        (communication.media_type not in MEDIA_WITH_WRAPUP, SkipReason.NO_WRAPUP_MEDIUM),
        (policy.skip_campaigns and conversation.campaign, SkipReason.CAMPAIGN),
        (policy.require_queue and not communication.queue_id, SkipReason.NO_QUEUE),
    )
    return next((reason for holds, reason in reasons if holds), None)


def withheld(standing: Standing, policy: Policy) -> SkipReason | None:
    """Return why a communication keeps what it has under this policy, that of the rule that matched, or None.

    A code counts as present unless it is a draft, and one that Genesys filled in itself counts only when the policy
    is never to overwrite.
    """
    reasons = (
        (policy.legs not in standing.legs, SkipReason.OTHER_LEG),
        (policy.overwrite is not Overwrite.AGENT and standing.chosen_code_id, SkipReason.AGENT_CHOSE),
        (policy.overwrite is Overwrite.NEVER and standing.system_code_id, SkipReason.ALREADY_CODED),
    )
    return next((reason for holds, reason in reasons if holds), None)


def due_at(communication: CommunicationSeen, policy: Policy, *, now: datetime) -> datetime:
    """Return the earliest time to write to an ended communication; it may be past, which means at once.

    Never before the grace time is over and, under the policy's guard, never while after-call work is pending:
    then the communication is looked at again `acw_recheck_s` from now. Raises ValueError before the end.
    """
    if communication.ended_at is None:
        raise ValueError(f"Communication {communication.communication_id} has not ended; ask has_ended first.")
    after_grace = communication.ended_at + timedelta(seconds=policy.grace_s)
    if policy.acw_guard and communication.acw is Acw.PENDING:
        return max(after_grace, now + timedelta(seconds=policy.acw_recheck_s))
    return after_grace

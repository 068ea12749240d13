"""A conversation as Genesys Cloud last showed it: whole, unchangeable, in our words.

The gateway builds these from either rendering (analytics or the operational API); nothing above it
knows which. Ids are Genesys' own text. Times are aware UTC datetimes. A `None` means "not known from
this reading", never "no".
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from wrapups.domain.predictions import Prediction

SYSTEM_CODE_PREFIX = "ININ-"


def is_system_code(code_id: str | None) -> bool:
    """Return whether Genesys itself set this code, so that no person has chosen anything yet.

    Literals such as ININ-WRAP-UP-TIMEOUT are no catalogue ids.
    Source: help.genesys.cloud, "Configure call work settings".
    """
    return code_id is not None and code_id.upper().startswith(SYSTEM_CODE_PREFIX)


class Acw(StrEnum):
    """After-call work of one communication (REST `afterCallWork.state`, spelled alike)."""

    UNKNOWN = "unknown"
    NOT_APPLICABLE = "notApplicable"
    SKIPPED = "skipped"
    PENDING = "pending"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Wrapup:
    """The wrap-up a communication carries: `code_id` is a catalogue id or an ININ-... literal."""

    code_id: str
    notes: str = ""
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class WrapupRead:
    """What reading one wrap-up back showed. Where none is set, Genesys says so with 200 or 404."""

    wrapup: Wrapup | None
    http_status: int


@dataclass(frozen=True, slots=True)
class CommunicationRef:
    """The address of one communication: what a call to Genesys needs. `user_id`, its agent, only on behalf of one."""

    conversation_id: str
    participant_id: str
    communication_id: str
    media_type: str
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class CommunicationSeen:
    """One participant's leg on one medium. `media_type` is spelled as in analytics (`voice`, `email`, ...)."""

    participant_id: str
    communication_id: str
    media_type: str
    purpose: str
    user_id: str | None = None
    queue_id: str | None = None
    direction: str = ""
    connected_at: datetime | None = None
    ended_at: datetime | None = None
    disconnect_type: str = ""
    held_s: float | None = None
    talk_s: float | None = None
    acw: Acw = Acw.UNKNOWN
    acw_s: float | None = None
    acw_ended_at: datetime | None = None
    parked: bool = False
    observing: bool = False
    """A monitor, coach or barge leg: somebody listening in, who has nothing to wrap up."""
    wrapup: Wrapup | None = None

    @property
    def chosen_code_id(self) -> str | None:
        """The code somebody chose for this communication: no draft, and none that Genesys filled in itself."""
        if self.wrapup is None or self.wrapup.provisional or is_system_code(self.wrapup.code_id):
            return None
        return self.wrapup.code_id or None

    @property
    def system_code_id(self) -> str | None:
        """The literal, such as ININ-WRAP-UP-TIMEOUT, that Genesys filled in because nobody chose a code."""
        return self.wrapup.code_id if self.wrapup and is_system_code(self.wrapup.code_id) else None


@dataclass(frozen=True, slots=True)
class ConversationSeen:
    """One conversation with every communication that reading showed, agents' and others'."""

    conversation_id: str
    read_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    originating_direction: str = ""
    division_ids: tuple[str, ...] = ()
    ani: str = ""
    dnis: str = ""
    campaign: bool = False
    flow_outcomes: tuple[str, ...] = ()
    attributes: dict[str, str] | None = None
    """Participant attributes, all participants merged; None where the reading has none (sync analytics)."""
    communications: tuple[CommunicationSeen, ...] = ()
    predictions: tuple[Prediction, ...] = ()
    """What Copilot predicted, where somebody asked; no reading has it."""

    def ref(self, communication: CommunicationSeen) -> CommunicationRef:
        """Return the address of one of this conversation's communications."""
        return CommunicationRef(
            self.conversation_id,
            communication.participant_id,
            communication.communication_id,
            communication.media_type,
            communication.user_id,
        )


@dataclass(frozen=True, slots=True)
class EndedPage:
    """One page of ended conversations, latest end first; `total` is Genesys' own approximate count."""

    conversations: tuple[ConversationSeen, ...] = field(default=())
    total: int = 0

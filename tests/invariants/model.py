"""What the machine believes: plain values that know nothing of how the services do their work."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from tests.services.centre import ANY_CALL, OTHER, WANTED, Conditions, when
from wrapups.domain.conversation import Wrapup
from wrapups.domain.errors import GenesysError
from wrapups.domain.status import SkipReason, Status
from wrapups.services.dispatching import Claim

SALE = "sale"
AGENTS_OWN = "Callback promised"
SAID_SALE: Conditions = when("disposition.crm", "is", SALE)

RULEBOOKS: Mapping[str, Sequence[tuple[Conditions, str]]] = {
    "everything": [(ANY_CALL, WANTED)],
    "sales apart": [(SAID_SALE, OTHER), (ANY_CALL, WANTED)],
    "the other code": [(ANY_CALL, OTHER)],
    "sales only": [(SAID_SALE, WANTED)],
}


@dataclass(frozen=True, slots=True)
class Leg:
    """An agent's ended communication."""

    conversation_id: str
    communication_id: str


@dataclass(frozen=True, slots=True)
class Said:
    """One disposition, as its source says it: twice, late, in any order."""

    event_id: str
    conversation_id: str
    code: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class Basis:
    """What a write rests on: the last look before its claim, counted in events."""

    looked: int = 0
    over_the_agents: bool = False
    """Whether a person wants it in place of the agent's code, which was shown to them."""


@dataclass(slots=True)
class Hand:
    """A worker that holds a claim; after its call also the answer, not yet stored."""

    claim: Claim
    basis: Basis
    until: datetime
    answered: bool = False
    error: GenesysError | None = None
    seen: Wrapup | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What the invariants ask of one assignment, as it stands."""

    pk: int
    communication_id: str
    conversation_id: str
    status: str
    reason: str
    code: str | None
    release: int | None
    rule: UUID | None
    lane: str
    fence: int
    writes: int
    reads: int
    due_at: datetime
    lease_until: datetime | None
    unresolved: bool
    insisted: bool
    corrects: int | None
    retried: int

    @property
    def open(self) -> bool:
        """Whether the decision follows what is said: nothing was sent or sent again, or no rule matched."""
        unsent = self.status == Status.PENDING and self.writes == 0 and not self.insisted and not self.retried
        return unsent or (self.status == Status.SKIPPED and self.reason == SkipReason.NO_RULE)


@dataclass(slots=True)
class Model:
    """Everything that was done to the system from outside."""

    legs: list[Leg] = field(default_factory=list)
    said: dict[str, Said] = field(default_factory=dict)
    rulebook_of: dict[int, str] = field(default_factory=dict)
    """Release: which rules it has."""
    in_force: int = 0
    held: bool = False
    held_lanes: set[str] = field(default_factory=set)
    held_rules: set[UUID] = field(default_factory=set)
    quiet_until: datetime | None = None
    pauses: list[tuple[float, float]] = field(default_factory=list)
    agents_chose: dict[str, int] = field(default_factory=dict)
    """Communication id: when, counted in events, its agent last chose a code. It is always the same one."""
    refused: set[tuple[int, int]] = field(default_factory=set)
    """Assignment and fence of each call that never left, or that was refused: it changed and showed nothing."""
    sent_again: Counter[int] = field(default_factory=Counter)
    """Assignment: how often a person had it sent again, by itself or by naming it."""
    acts: list[int] = field(default_factory=list)
    """The acts on many that people asked for."""
    decides_again: bool = False
    """Whether a release was published that decides again what waits."""
    hands: dict[str, Hand] = field(default_factory=dict)
    rows: dict[int, Row] = field(default_factory=dict)
    """As they stood after the last step."""

    def is_held(self, row: Row) -> bool:
        """Return whether it would begin something of a lane or a rule that is paused."""
        paused = row.lane in self.held_lanes or row.rule in self.held_rules
        return row.status == Status.PENDING and paused

    def wanted(self, row: Row) -> str | None:
        """Return the code's name that the row's own release wants, by all that was said; None where no rule matches."""
        said = [each for each in self.said.values() if each.conversation_id == row.conversation_id]
        latest = max(said, key=lambda each: each.said_at, default=None)
        sale = latest is not None and latest.code == SALE
        rules = RULEBOOKS[self.rulebook_of[row.release]]
        return next((code for conditions, code in rules if sale or conditions is ANY_CALL), None)


def row_of(values: Mapping[str, Any]) -> Row:
    """Return a row from the columns that `COLUMNS` names."""
    return Row(*(values[column] for column in COLUMNS))


COLUMNS = (
    "pk",
    "communication__communication_id",
    "communication__conversation__conversation_id",
    "status",
    "reason",
    "wrapup_code__name",
    "release",
    "rule_identity",
    "lane",
    "fence",
    "write_count",
    "read_count",
    "due_at",
    "lease_until",
    "unresolved_write",
    "insisted",
    "corrects",
    "retry_epoch",
)

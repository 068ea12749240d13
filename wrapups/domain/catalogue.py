"""What Genesys Cloud's catalogue lists: wrap-up codes, queues, divisions and agents, as last seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True)
class CodeSeen:
    """A wrap-up code. Its `id` is what a write sends; a name alone identifies nothing."""

    id: str
    name: str
    division_id: str | None = None
    description: str = ""


@dataclass(frozen=True, slots=True)
class QueueSeen:
    """A queue. `acw_prompt` is spelled as in `acwSettings.wrapupPrompt` (MANDATORY_TIMEOUT, ...)."""

    id: str
    name: str
    division_id: str | None = None
    acw_prompt: str = ""
    acw_timeout_ms: int | None = None
    modified_at: datetime | None = None
    """When Genesys says it was last changed. Whether putting a code on it or off it counts is not documented."""


@dataclass(frozen=True, slots=True)
class DivisionSeen:
    """A division: what the OAuth client's role must cover for its conversations to be seen and written."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class AgentSeen:
    """A user of the organization; `state` is active, inactive or deleted."""

    id: str
    name: str
    email: str = ""
    state: str = ""
    division_id: str | None = None


@dataclass(frozen=True, slots=True)
class DiallerMapping:
    """What wrap-up codes mean to outbound campaigns, as flags in Genesys' own spelling ("Contact_UnCallable")."""

    flags: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    otherwise: tuple[str, ...] = ()
    """The flags of a code that `flags` does not name."""

    def of(self, code_id: str) -> tuple[str, ...]:
        """Return the flags of a code."""
        return self.flags.get(code_id, self.otherwise)


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class CataloguePage(Generic[Item]):
    """One page of a listing. Read on until `page >= page_count`, keep one item per id, compare the count with `total`.

    The order of a listing is not guaranteed, so items can repeat or be missed while it changes.
    """

    items: tuple[Item, ...]
    page: int
    page_count: int
    total: int

"""What the contact centre consists of: divisions, queues, wrap-up codes and agents."""

from dataclasses import dataclass, field, replace
from uuid import UUID, uuid5

PROMPTS = {
    "OPTIONAL": "optional",
    "MANDATORY": "mandatory",
    "MANDATORY_TIMEOUT": "timeout",
    "MANDATORY_FORCED_TIMEOUT": "forcedTimeout",
    "AGENT_REQUESTED": "agentRequested",
}
"""A queue's after-call work setting, and how its participants spell it."""
TIMED_PROMPTS = ("MANDATORY_TIMEOUT", "MANDATORY_FORCED_TIMEOUT")
REQUIRED_PROMPTS = ("MANDATORY", *TIMED_PROMPTS)
TIMEOUT_CODE = "ININ-WRAP-UP-TIMEOUT"
MADE_AT = "2026-01-01T00:00:00.000Z"


@dataclass(slots=True)
class Division:
    """A division; `home` is where everything without one belongs."""

    id: str
    name: str
    home: bool = False


@dataclass(slots=True)
class WrapupCode:
    """A wrap-up code; a deleted one is in no list and stays in old conversations."""

    id: str
    name: str
    division_id: str
    description: str = ""
    deleted: bool = False


@dataclass(slots=True)
class Queue:
    """A queue; `acw_prompt` is one of PROMPTS, `code_ids` what its agents may choose from."""

    id: str
    name: str
    division_id: str
    media: tuple[str, ...]
    acw_prompt: str
    acw_timeout_s: float | None
    code_ids: list[str]
    modified_at: str = MADE_AT


@dataclass(slots=True)
class Agent:
    """An agent and the queues they work on; `state` is active, inactive or deleted."""

    id: str
    name: str
    email: str
    division_id: str
    title: str = "Customer Service Agent"
    queue_ids: tuple[str, ...] = ()
    state: str = "active"


@dataclass(slots=True)
class Catalogue:
    """Everything by id, in the order it was made."""

    organization_id: str
    organization_name: str
    divisions: dict[str, Division] = field(default_factory=dict)
    queues: dict[str, Queue] = field(default_factory=dict)
    codes: dict[str, WrapupCode] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    dialler_flags: dict[str, list[str]] = field(default_factory=dict)

    @property
    def home(self) -> Division:
        """Return the home division."""
        return next(division for division in self.divisions.values() if division.home)

    def codes_of(self, queue_id: str | None) -> list[WrapupCode]:
        """Return the codes an agent on this queue may choose; none without a queue."""
        queue = self.queues.get(queue_id or "")
        return [self.codes[code_id] for code_id in queue.code_ids if not self.codes[code_id].deleted] if queue else []

    def delete_code(self, code_id: str) -> None:
        """Delete a code: it leaves every queue and every list, and stays in old conversations."""
        self.codes[code_id].deleted = True
        for queue in self.queues.values():
            queue.code_ids = [other for other in queue.code_ids if other != code_id]

    def add_queues(self, count: int) -> list[str]:
        """Add so many queues, each like the first one but for its name, and return their ids."""
        like, before = next(iter(self.queues.values())), len(self.queues)
        added = [
            replace(like, id=str(uuid5(UUID(like.id), str(n))), name=f"Queue {n}", code_ids=list(like.code_ids))
            for n in range(before, before + count)
        ]
        self.queues |= {queue.id: queue for queue in added}
        return [queue.id for queue in added]

    def set_agent(self, agent_id: str, **columns: str) -> None:
        """Set an agent's name or state (TypeError for anything else)."""
        self.agents[agent_id] = replace(self.agents[agent_id], **columns)  # type: ignore[arg-type]

    def adopt(self, *, divisions: set[str], queues: set[str], agents: set[str], codes: set[str]) -> None:
        """Add what loaded conversations refer to and nobody described, under names made from the ids.

        Such a queue offers every code, and after-call work on it is optional.
        """
        for division_id in sorted(divisions - self.divisions.keys()):
            self.divisions[division_id] = Division(division_id, f"Division {division_id[:8]}")
        for code_id in sorted(code_id for code_id in codes - self.codes.keys() if is_uuid(code_id)):
            self.codes[code_id] = WrapupCode(code_id, f"Wrap-up code {code_id[:8]}", self.home.id)
        for agent_id in sorted(agents - self.agents.keys()):
            name = f"Agent {agent_id[:8]}"
            self.agents[agent_id] = Agent(agent_id, name, f"{agent_id[:8]}@example.com", self.home.id)
        offered = [code.id for code in self.codes.values() if not code.deleted]
        for queue_id in sorted(queues - self.queues.keys()):
            name = f"Queue {queue_id[:8]}"
            self.queues[queue_id] = Queue(queue_id, name, self.home.id, ("voice",), "OPTIONAL", None, list(offered))


def is_uuid(text: str) -> bool:
    """Return whether this is a UUID in its usual form with hyphens."""
    if len(text) != 36:
        return False
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False

"""The ledger: every write anybody asked for, and what became of it. What an outside checker trusts."""

from dataclasses import asdict, dataclass
from typing import Any

from wrapups.genesys.simulator.instants import Instant


@dataclass(frozen=True, slots=True)
class Entry:
    """One write. `before` and `after` are the codes; equal when nothing changed. `by` is a client's id or "agent".

    `outcome`: applied, dropped (accepted and never applied), or refused with `status` and `error`.
    """

    at: Instant
    method: str
    path: str
    conversation_id: str
    participant_id: str
    communication_id: str
    by: str
    before: str | None
    after: str | None
    outcome: str
    status: int
    error: str
    correlation_id: str


class Ledger:
    """All entries in the order they were made."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Append one entry; none is ever changed."""
        self.entries.append(entry)

    def rows(self, since: int = 0) -> list[dict[str, Any]]:
        """Return the entries from number `since` (counted from 0) on."""
        return [asdict(entry) for entry in self.entries[since:]]
